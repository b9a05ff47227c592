using System.Globalization;
using System.Text.Json;

namespace SmtpTransport;

/// <summary>
/// Gets access tokens from an authorisation server's token endpoint (RFC 6749) over HTTP, keeps the last one, and gets the next shortly before that
/// ends. One request is under way at a time, whoever asks. Safe for concurrent callers.
/// </summary>
public abstract class OAuthTokenProvider : IAccessTokenProvider, IDisposable
{
    // A login that begins with a token may take the whole ConnectionTimeout.
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(2);

    private static readonly HttpClient SharedHttp = new() { Timeout = TimeSpan.FromSeconds(30) };

    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly Uri _tokenEndpoint;
    private readonly HttpClient _http;
    private readonly TimeProvider _time;
    private volatile AccessToken? _token;
    private DateTimeOffset _renewAt;

    private protected OAuthTokenProvider(Uri tokenEndpoint, HttpClient? http, TimeProvider? time)
    {
        ArgumentNullException.ThrowIfNull(tokenEndpoint);
        // RFC 6749, section 3.2: the secret goes over TLS. A test's own server on this machine is the exception.
        if (!tokenEndpoint.IsAbsoluteUri || (tokenEndpoint.Scheme != Uri.UriSchemeHttps && !(tokenEndpoint.IsLoopback && tokenEndpoint.Scheme == Uri.UriSchemeHttp)))
            throw new ArgumentException("tokenEndpoint must be an https URL (RFC 6749, section 3.2).", nameof(tokenEndpoint));
        _tokenEndpoint = tokenEndpoint;
        _http = http ?? SharedHttp;
        _time = time ?? TimeProvider.System;
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The endpoint refused, with its words, or gave no token.</exception>
    /// <exception cref="HttpRequestException">The endpoint cannot be reached.</exception>
    public async ValueTask<AccessToken> GetTokenAsync(bool renew, CancellationToken cancellationToken)
    {
        var known = _token;
        if (!renew && known is not null && _time.GetUtcNow() < _renewAt)
            return known;
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Another caller has fetched one meanwhile.
            if (_token is { } current && current != known && _time.GetUtcNow() < _renewAt)
                return current;
            return await FetchAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Frees what waits. The HTTP client is the caller's, or shared.</summary>
    public void Dispose()
    {
        _one.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Shows no secret.</summary>
    public override string ToString() => $"{GetType().Name} {_tokenEndpoint.GetLeftPart(UriPartial.Path)}";

    /// <summary>The parameters of the request.</summary>
    private protected abstract IEnumerable<KeyValuePair<string, string>> Parameters();

    /// <summary>The endpoint may give a new refresh token with each answer.</summary>
    private protected virtual void Learn(JsonElement answer)
    {
    }

    private async Task<AccessToken> FetchAsync(CancellationToken cancellationToken)
    {
        using var content = new FormUrlEncodedContent(Parameters());
        using var request = new HttpRequestMessage(HttpMethod.Post, _tokenEndpoint) { Content = content };
        request.Headers.Accept.ParseAdd("application/json");
        using var response = await _http.SendAsync(request, cancellationToken).ConfigureAwait(false);
        var text = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        using var answer = Json(text);
        if (!response.IsSuccessStatusCode || answer is null)
            throw new InvalidOperationException($"The token endpoint answered {(int)response.StatusCode}: {WithoutSecrets(ErrorOf(answer))}");
        if (Text(answer.RootElement, "access_token") is not { Length: > 0 } value)
            throw new InvalidOperationException("The token endpoint answered without an access_token.");
        var now = _time.GetUtcNow();
        var token = new AccessToken(value, LifetimeOf(answer.RootElement) is { } lifetime ? now + lifetime : null);
        // A token of unknown lifetime is kept until a server refuses it; a short one for half of its life.
        _renewAt = token.ExpiresAt is not { } end ? DateTimeOffset.MaxValue : end - (end - now > 2 * Margin ? Margin : (end - now) / 2);
        Learn(answer.RootElement);
        return _token = token;
    }

    private string WithoutSecrets(string text)
    {
        foreach (var (name, value) in Parameters())
        {
            if (name is "client_secret" or "refresh_token")
                text = text.Replace(value, "***", StringComparison.Ordinal);
        }
        return ServerText.Clean(text);
    }

    private static JsonDocument? Json(string text)
    {
        try
        {
            var json = JsonDocument.Parse(text);
            if (json.RootElement.ValueKind == JsonValueKind.Object)
                return json;
            json.Dispose();
        }
        catch (JsonException)
        {
            // A proxy's page, most often: the status says more.
        }
        return null;
    }

    private static TimeSpan? LifetimeOf(JsonElement answer) =>
        answer.TryGetProperty("expires_in", out var lifetime)
            && double.TryParse(lifetime.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and < 1e9
            ? TimeSpan.FromSeconds(seconds)
            : null;

    // RFC 6749, section 5.2. Only what is meant for people: the rest may hold the request.
    private static string ErrorOf(JsonDocument? answer) =>
        answer is null ? "no JSON" : $"{Text(answer.RootElement, "error") ?? "no error code"} {Text(answer.RootElement, "error_description")}".TrimEnd();

    private protected static string? Text(JsonElement answer, string name) =>
        answer.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
