namespace SmtpTransport;

/// <summary>Gets access tokens by OAuth 2 (RFC 6749), keeps the last one and renews it two minutes before it expires.</summary>
/// <remarks>
/// It sends one request at a time, whose outcome all callers share who waited for it: a thousand senders renew a token once. A lifetime is
/// counted from the arrival of the token, so that a wrong clock does not matter. Safe for concurrent callers. Two providers are equal if
/// they ask the same server with the same credentials.
/// </remarks>
public abstract class OAuthTokenProvider : IAccessTokenProvider, IDisposable
{
    // An authentication that begins with a token may take the whole ConnectionTimeout.
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(2);

    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly HttpClient? _http;
    private volatile TokenLease? _lease;
    private volatile AccessTokenException? _failure;
    private volatile int _requests;

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

    /// <summary>Releases the provider's resources, but not the HTTP client.</summary>
    public void Dispose()
    {
        _one.Dispose();
        GC.SuppressFinalize(this);
    }

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

    /// <summary>Keeps a token that was fetched otherwise.</summary>
    private protected void Keep(AccessToken token) => _lease = TokenLease.Create(token, Time.GetUtcNow(), Margin);

    private async ValueTask<AccessToken> GetAsync(bool renew, string? refused, CancellationToken cancellationToken)
    {
        var requests = _requests;
        if (Known(renew, refused) is { } known)
            return known;
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (Known(renew, refused) is { } current)
                return current;
            // The request of another caller has failed in the meantime, or the server has asked to wait.
            if (_failure is { } failure && (requests != _requests || Time.GetUtcNow() < failure.RetryAt))
                throw failure.Copy();
            return await FetchAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (AccessTokenException exception)
            when (exception.IsTransient && !renew && _lease is { } old && !old.HasExpired(Time.GetUtcNow()))
        {
            // The renewal began early; there is time for another attempt.
            return old.Token;
        }
        finally
        {
            _one.Release();
        }
    }

    private AccessToken? Known(bool renew, string? refused) =>
        _lease is { } lease && Time.GetUtcNow() < lease.RenewAt && !(renew && lease.Token.Value == refused) ? lease.Token : null;

    private async Task<AccessToken> FetchAsync(CancellationToken cancellationToken)
    {
        try
        {
            var response = await RequestAsync(cancellationToken).ConfigureAwait(false);
            _failure = null;
            Keep(response.Token);
            return response.Token;
        }
        catch (AccessTokenException exception)
        {
            _failure = exception;
            _requests++;
            throw;
        }
    }
}
