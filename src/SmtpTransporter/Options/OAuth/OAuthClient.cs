using System.Net;
using System.Text.Json;

namespace SmtpTransport;

/// <summary>Sends requests to an authorization server; each failure becomes an <see cref="AccessTokenException"/>.</summary>
internal sealed class OAuthClient(HttpClient? http, TimeProvider time)
{
    public const string Allowed = "an https URL (RFC 6749, section 3.2) without user and password";

    private const int MaxResponse = 1 << 20;

    /// <summary>The time for a request and its whole response.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static readonly string[] SecretNames =
        ["client_secret", "refresh_token", "client_assertion", "assertion", "code", "code_verifier", "device_code"];

    // A redirection would carry the secret to another server.
    private static readonly HttpClient SharedHttp = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    })
    {
        Timeout = Limit,
    };

    private readonly HttpClient _http = http ?? SharedHttp;

    /// <summary>A secret must be sent over TLS (RFC 6749, section 3.2). A test's own server on this machine is the exception.</summary>
    public static bool IsAllowed(Uri url) =>
        url.IsAbsoluteUri && url.UserInfo.Length == 0
        && (url.Scheme == Uri.UriSchemeHttps || (url.IsLoopback && url.Scheme == Uri.UriSchemeHttp));

    /// <exception cref="ArgumentNullException">The URL is null.</exception>
    /// <exception cref="ArgumentException">The URL is not https.</exception>
    public static Uri Check(Uri url, string parameter)
    {
        ArgumentNullException.ThrowIfNull(url, parameter);
        return IsAllowed(url) ? url : throw new ArgumentException($"The URL of an authorization server must be {Allowed}.", parameter);
    }

    /// <summary>Sends a form.</summary>
    /// <exception cref="AccessTokenException">There is no successful response with a JSON object.</exception>
    public async Task<OAuthResponse> PostAsync(
        Uri url, IReadOnlyCollection<KeyValuePair<string, string>> form, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new FormUrlEncodedContent(form) };
        return await SendAsync(
            request, [.. form.Where(p => SecretNames.Contains(p.Key)).Select(p => p.Value)], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks a token endpoint.</summary>
    /// <exception cref="AccessTokenException">There is no token.</exception>
    public async Task<TokenResponse> GetTokenAsync(
        Uri url, IReadOnlyCollection<KeyValuePair<string, string>> form, CancellationToken cancellationToken) =>
        TokenResponse.Read(await PostAsync(url, form, cancellationToken).ConfigureAwait(false), time.GetUtcNow());

    /// <param name="request">The request.</param>
    /// <param name="secrets">What must not appear in an error, although the server may repeat it.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <param name="transient">Further statuses that may change although nothing is done.</param>
    /// <exception cref="AccessTokenException">There is no successful response with a JSON object.</exception>
    public async Task<OAuthResponse> SendAsync(
        HttpRequestMessage request, IReadOnlyCollection<string> secrets, CancellationToken cancellationToken,
        params HttpStatusCode[] transient)
    {
        var asked = request.RequestUri!;
        var endpoint = asked.GetLeftPart(UriPartial.Path);
        request.Headers.Accept.ParseAdd("application/json");
        // The limit of the HTTP client ends with the header of the response.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token)
                .ConfigureAwait(false);
            if (response.RequestMessage?.RequestUri is { } answering && answering != asked)
            {
                throw new AccessTokenException(
                    $"{endpoint} redirected to {answering.GetLeftPart(UriPartial.Path)}, which may have received a secret. Give the "
                    + "right URL, and an HTTP client that follows no redirection.",
                    isTransient: false);
            }
            var json = await ReadObjectAsync(response, limit.Token).ConfigureAwait(false);
            return response.IsSuccessStatusCode && json is { } value
                ? new OAuthResponse(endpoint, value, response.Headers.Date)
                : throw TokenRefusal.Create(endpoint, response, json, time.GetUtcNow(), secrets, transient);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new AccessTokenException(
                $"{endpoint} did not answer within the time limit. Check the network and the proxy.", true, exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw new AccessTokenException(
                $"{endpoint} cannot be reached: {exception.Message.TrimEnd('.')}. Check the URL, the network, the firewall and the proxy.",
                true, exception);
        }
    }

    /// <summary>The response as an object; null if it is something else, such as the page of a proxy.</summary>
    private static async Task<JsonElement?> ReadObjectAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        using var buffer = new MemoryStream();
        var block = new byte[4096];
        int read;
        while (buffer.Length < MaxResponse && (read = await stream.ReadAsync(block, cancellationToken).ConfigureAwait(false)) > 0)
            buffer.Write(block, 0, read);
        try
        {
            using var json = JsonDocument.Parse(buffer.GetBuffer().AsMemory(0, (int)buffer.Length));
            return json.RootElement.ValueKind == JsonValueKind.Object ? json.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
