using System.Text.Json;

namespace SmtpTransport.Tool;

/// <summary>Finds the addresses of an authorization server by its URL (RFC 8414, OpenID Connect Discovery).</summary>
internal static class ServerMetadata
{
    private const int MaxResponse = 1 << 20;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly string[] Names = ["oauth-authorization-server", "openid-configuration"];

    /// <exception cref="UsageException">The server does not publish its addresses.</exception>
    public static async Task<AuthorizationServer> FindAsync(
        Uri issuer, string? scope, HttpClient http, CancellationToken cancellationToken)
    {
        foreach (var name in Names)
        {
            // The one inserts the name before the path, the other appends it.
            var path = issuer.AbsolutePath.TrimEnd('/');
            var url = new Uri(issuer, name == Names[0] ? $"/.well-known/{name}{path}" : $"{path}/.well-known/{name}");
            try
            {
                if (await ReadAsync(url, http, cancellationToken) is not { } metadata
                    || Address(metadata, "token_endpoint") is not { } token)
                    continue;
                var named = metadata.TryGetProperty("issuer", out var value) ? value.ToString() : null;
                // RFC 8414, section 3.3: or else another server could pass for this one.
                if (named?.TrimEnd('/') != issuer.AbsoluteUri.TrimEnd('/'))
                    throw new UsageException($"{url} names the issuer {named ?? "not at all"} instead of {issuer}. Check the URL.");
                return new AuthorizationServer
                {
                    TokenEndpoint = token,
                    AuthorizationEndpoint = Address(metadata, "authorization_endpoint"),
                    DeviceAuthorizationEndpoint = Address(metadata, "device_authorization_endpoint"),
                    Scope = scope,
                };
            }
            catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
            {
                throw new UsageException($"{url} did not answer in time. Check the URL and the network.", exception);
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or InvalidOperationException)
            {
                throw new UsageException($"{url} cannot be read: {exception.Message}", exception);
            }
        }
        throw new UsageException($"{issuer} does not publish its addresses in /.well-known/{Names[0]} or /.well-known/{Names[1]}.");
    }

    /// <summary>Returns the metadata; null if there is something else, such as a page.</summary>
    private static async Task<JsonElement?> ReadAsync(Uri url, HttpClient http, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        using var response = await http.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, limit.Token);
        if (!response.IsSuccessStatusCode)
            return null;
        await response.Content.LoadIntoBufferAsync(MaxResponse, limit.Token);
        try
        {
            using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync(limit.Token));
            return json.RootElement.ValueKind == JsonValueKind.Object ? json.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static Uri? Address(JsonElement metadata, string name) =>
        metadata.TryGetProperty(name, out var value) && Uri.TryCreate(value.GetString(), UriKind.Absolute, out var url) ? url : null;
}
