using System.Globalization;
using System.Text.Json;

namespace SmtpTransport;

/// <summary>
/// Gets access tokens from the token endpoint of an authorization server (RFC 6749), keeps the last one, and renews it shortly before it
/// expires. It sends one request at a time. Safe for concurrent callers.
/// </summary>
internal sealed class TokenEndpoint : IDisposable
{
    public const string Allowed = "an https URL (RFC 6749, section 3.2)";

    // An authentication that begins with a token may take the whole ConnectionTimeout.
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(2);

    private static readonly HttpClient SharedHttp = new() { Timeout = TimeSpan.FromSeconds(30) };

    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly Uri _url;
    private readonly HttpClient _http;
    private readonly TimeProvider _time;
    private readonly Func<IEnumerable<KeyValuePair<string, string>>> _parameters;
    private readonly Action<string>? _refreshTokenReceived;
    private volatile AccessToken? _token;
    private DateTimeOffset _renewAt;

    /// <param name="tokenEndpoint">The URL of the endpoint.</param>
    /// <param name="http">The client for requests; null for a shared one.</param>
    /// <param name="time">The clock; null for that of the system.</param>
    /// <param name="parameters">Returns the parameters of a request.</param>
    /// <param name="refreshTokenReceived">Called with the refresh token of a response, if it has one.</param>
    /// <exception cref="ArgumentException">The URL is not https.</exception>
    public TokenEndpoint(
        Uri tokenEndpoint, HttpClient? http, TimeProvider? time, Func<IEnumerable<KeyValuePair<string, string>>> parameters,
        Action<string>? refreshTokenReceived = null)
    {
        ArgumentNullException.ThrowIfNull(tokenEndpoint);
        if (!IsAllowed(tokenEndpoint))
            throw new ArgumentException($"The token endpoint must be {Allowed}.", nameof(tokenEndpoint));
        _url = tokenEndpoint;
        _http = http ?? SharedHttp;
        _time = time ?? TimeProvider.System;
        _parameters = parameters;
        _refreshTokenReceived = refreshTokenReceived;
    }

    /// <summary>The secret must be sent over TLS (RFC 6749, section 3.2). A test's own server on this machine is the exception.</summary>
    public static bool IsAllowed(Uri url) =>
        url.IsAbsoluteUri && (url.Scheme == Uri.UriSchemeHttps || (url.IsLoopback && url.Scheme == Uri.UriSchemeHttp));

    /// <exception cref="InvalidOperationException">The endpoint refused the request, or its response has no token.</exception>
    /// <exception cref="HttpRequestException">The endpoint cannot be reached.</exception>
    public async ValueTask<AccessToken> GetTokenAsync(bool renew, CancellationToken cancellationToken)
    {
        var known = _token;
        if (!renew && known is not null && _time.GetUtcNow() < _renewAt)
            return known;
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Another caller has fetched one in the meantime.
            if (_token is { } current && current != known && _time.GetUtcNow() < _renewAt)
                return current;
            return await FetchAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Whether the other endpoint is the same server, reached in the same way.</summary>
    public bool IsSameAs(TokenEndpoint other) => _url == other._url && _http == other._http && _time == other._time;

    public void Dispose() => _one.Dispose();

    /// <summary>The URL without its query, which could have a secret.</summary>
    public override string ToString() => _url.GetLeftPart(UriPartial.Path);

    private async Task<AccessToken> FetchAsync(CancellationToken cancellationToken)
    {
        using var content = new FormUrlEncodedContent(_parameters());
        using var request = new HttpRequestMessage(HttpMethod.Post, _url) { Content = content };
        request.Headers.Accept.ParseAdd("application/json");
        using var response = await _http.SendAsync(request, cancellationToken).ConfigureAwait(false);
        var text = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        using var json = ParseObject(text);
        if (!response.IsSuccessStatusCode || json is null)
            throw new InvalidOperationException($"The token endpoint answered {(int)response.StatusCode}: {WithoutSecrets(ErrorOf(json))}");
        if (Text(json.RootElement, "access_token") is not { Length: > 0 } value)
            throw new InvalidOperationException("The token endpoint answered without an access_token.");
        var now = _time.GetUtcNow();
        var token = new AccessToken(value, LifetimeOf(json.RootElement) is { } lifetime ? now + lifetime : null);
        // A token of unknown lifetime is kept until a server refuses it; a short one for half of its life.
        _renewAt = token.ExpiresAt is not { } end ? DateTimeOffset.MaxValue : end - (end - now > 2 * Margin ? Margin : (end - now) / 2);
        if (Text(json.RootElement, "refresh_token") is { Length: > 0 } refreshToken)
            _refreshTokenReceived?.Invoke(refreshToken);
        return _token = token;
    }

    private string WithoutSecrets(string text)
    {
        foreach (var (name, value) in _parameters())
        {
            if (name is "client_secret" or "refresh_token")
                text = text.Replace(value, OptionText.Hidden, StringComparison.Ordinal);
        }
        return ServerText.Clean(text);
    }

    private static JsonDocument? ParseObject(string text)
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
            // Most often the page of a proxy; the status says more.
        }
        return null;
    }

    private static TimeSpan? LifetimeOf(JsonElement response) =>
        response.TryGetProperty("expires_in", out var lifetime)
            && double.TryParse(lifetime.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
            && seconds is > 0 and < 1e9
            ? TimeSpan.FromSeconds(seconds)
            : null;

    // RFC 6749, section 5.2. Only what is meant for people: the other members may repeat the request.
    private static string ErrorOf(JsonDocument? response) =>
        response is null
            ? "no JSON"
            : $"{Text(response.RootElement, "error") ?? "no error code"} {Text(response.RootElement, "error_description")}".TrimEnd();

    private static string? Text(JsonElement response, string name) =>
        response.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
