using System.Runtime.ExceptionServices;

namespace SmtpTransport;

/// <summary>Gets access tokens by OAuth 2 (RFC 6749), keeps the last one and renews it from two minutes before it expires.</summary>
/// <remarks>
/// It sends one request at a time, and all callers who waited share its outcome: a thousand senders renew a token once. While a token is
/// valid, it is given out at once and renewed in the background. A request goes on, for 30 s at most, if its caller gives up: the server
/// may have replaced the refresh token already. After the second refusal in a row that is not transient, the server is not asked for a
/// while, which grows from one second to one minute. A lifetime is counted from the arrival of the token, so that a wrong clock does not
/// matter. Safe for concurrent callers. Two providers are equal if they ask the same server with the same credentials.
/// </remarks>
public abstract class OAuthTokenProvider : IAccessTokenProvider, IDisposable
{
    // An authentication that begins with a token may take the whole ConnectionTimeout.
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(2);

    // A renewal in the background that failed is not repeated by each of many senders.
    private static readonly TimeSpan RenewalPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan MaxPause = TimeSpan.FromMinutes(1);

    private readonly object _gate = new();
    private readonly HttpClient? _http;
    private volatile TokenLease? _lease;
    private Task<Attempt>? _running;
    private AccessTokenException? _refusal;
    private int _refusals;
    private long? _failedAt;

    /// <param name="http">The client for requests; null for a shared one.</param>
    /// <param name="time">The clock; null for that of the system.</param>
    private protected OAuthTokenProvider(HttpClient? http, TimeProvider? time)
    {
        _http = http;
        Time = time ?? TimeProvider.System;
        Client = new OAuthClient(http, Time);
    }

    /// <summary>What asks the server.</summary>
    private protected OAuthClient Client { get; }

    /// <summary>The clock.</summary>
    private protected TimeProvider Time { get; }

    /// <summary>What makes two providers equal, with value equality: endpoint and credentials.</summary>
    private protected abstract object Identity { get; }

    /// <summary>The address that is asked.</summary>
    private protected abstract Uri Endpoint { get; }

    /// <inheritdoc/>
    /// <exception cref="AccessTokenException">
    /// The server cannot be reached, refused the request, or answered without a token. The message contains no secret.
    /// </exception>
    /// <exception cref="OperationCanceledException">The request was canceled.</exception>
    public ValueTask<AccessToken> GetTokenAsync(bool renew, CancellationToken cancellationToken) =>
        GetAsync(renew, _lease?.Token.Value, cancellationToken);

    /// <summary>Returns another token than the one that a server refused: another caller may have fetched it already.</summary>
    internal ValueTask<AccessToken> RenewAsync(string refused, CancellationToken cancellationToken) =>
        GetAsync(renew: true, refused, cancellationToken);

    /// <summary>Does nothing: a request that is under way goes on, and the HTTP client is not disposed.</summary>
    public void Dispose() => GC.SuppressFinalize(this);

    /// <summary>Whether the other provider asks the same server with the same credentials.</summary>
    /// <param name="obj">The other provider.</param>
    /// <returns>True if type, endpoint, credentials, HTTP client and clock are the same.</returns>
    public override bool Equals(object? obj) =>
        obj is OAuthTokenProvider other && GetType() == other.GetType() && _http == other._http && Time == other.Time
        && Identity.Equals(other.Identity);

    /// <inheritdoc/>
    public override int GetHashCode() => Identity.GetHashCode();

    /// <summary>The type and the endpoint, without secrets.</summary>
    /// <returns>Text for people.</returns>
    public override string ToString() => $"{GetType().Name} {Endpoint.GetLeftPart(UriPartial.Path)}";

    /// <summary>Asks for a new token.</summary>
    private protected abstract Task<TokenResponse> RequestAsync(CancellationToken cancellationToken);

    /// <summary>Stores and keeps a token that was fetched otherwise: after the request that is under way, and before the next.</summary>
    private protected async Task KeepAsync(Func<CancellationToken, Task<TokenResponse>> store)
    {
        while (true)
        {
            Task<Attempt>? before, mine = null;
            lock (_gate)
            {
                before = _running;
                if (before is null)
                    mine = Start(store);
            }
            if (mine is not null)
            {
                (await mine.ConfigureAwait(false)).GetToken();
                return;
            }
            await before!.ConfigureAwait(false);
        }
    }

    private async ValueTask<AccessToken> GetAsync(bool renew, string? refused, CancellationToken cancellationToken)
    {
        if (_lease is { } fresh && Time.GetUtcNow() < fresh.RenewAt && !(renew && fresh.Token.Value == refused))
            return fresh.Token;
        Task<Attempt> running;
        lock (_gate)
        {
            if (_lease is { } lease && !(renew && lease.Token.Value == refused) && !lease.HasExpired(Time.GetUtcNow()))
            {
                if (Time.GetUtcNow() >= lease.RenewAt && _running is null && CanRenewEarly())
                    Start(RequestAsync);
                return lease.Token;
            }
            if (_running is null)
                ThrowIfRefused();
            running = _running ?? Start(RequestAsync);
        }
        return (await running.WaitAsync(cancellationToken).ConfigureAwait(false)).GetToken();
    }

    private bool CanRenewEarly() =>
        (_failedAt is not { } at || Time.GetElapsedTime(at) >= RenewalPause) && !(Time.GetUtcNow() < _refusal?.RetryAt);

    /// <summary>The server has asked to wait, or has refused again and again just now: the answer would be the same.</summary>
    private void ThrowIfRefused()
    {
        if (_refusal is not { } refusal)
            return;
        var pause = _refusals < 2 ? TimeSpan.Zero
            : TimeSpan.FromSeconds(Math.Min(MaxPause.TotalSeconds, Math.Pow(2, Math.Min(_refusals, 10) - 2)));
        if (Time.GetUtcNow() < refusal.RetryAt || (_failedAt is { } at && Time.GetElapsedTime(at) < pause))
            throw refusal.Copy();
    }

    // Another thread, because the lock is held.
    private Task<Attempt> Start(Func<CancellationToken, Task<TokenResponse>> request) =>
        _running = Task.Run(() => RunAsync(request), CancellationToken.None);

    private async Task<Attempt> RunAsync(Func<CancellationToken, Task<TokenResponse>> request)
    {
        using var limit = new CancellationTokenSource(OAuthClient.Limit);
        try
        {
            var response = await request(limit.Token).WaitAsync(limit.Token).ConfigureAwait(false);
            lock (_gate)
            {
                _lease = TokenLease.Create(response.Token, Time.GetUtcNow(), Margin);
                (_running, _refusal, _refusals, _failedAt) = (null, null, 0, null);
            }
            return new(response.Token, null);
        }
        // It is the error of each caller who waits.
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            var failure = exception is OperationCanceledException && limit.IsCancellationRequested
                ? new AccessTokenException(
                    $"The {this} returned no token within {OAuthClient.Limit.TotalSeconds} s. Check the network, the firewall "
                    + "and the proxy.",
                    isTransient: true, exception)
                : exception;
            lock (_gate)
            {
                _refusal = failure as AccessTokenException;
                _refusals = _refusal is { IsTransient: false } ? _refusals + 1 : 0;
                (_running, _failedAt) = (null, Time.GetTimestamp());
            }
            return new(null, failure);
        }
    }

    /// <summary>How a request ended: with a token or a failure.</summary>
    private sealed record Attempt(AccessToken? Token, Exception? Failure)
    {
        public AccessToken GetToken()
        {
            if (Failure is not null)
                ExceptionDispatchInfo.Throw(Failure is AccessTokenException failure ? failure.Copy() : Failure);
            return Token!;
        }
    }
}
