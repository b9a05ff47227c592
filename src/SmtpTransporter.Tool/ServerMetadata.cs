using System.Text.Json;

namespace SmtpTransport.Tool;

/// <summary>Finds the addresses of an authorization server by its URL (RFC 8414, OpenID Connect Discovery).</summary>
internal static class ServerMetadata
{
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
                using var response = await http.GetAsync(url, cancellationToken);
                if (!response.IsSuccessStatusCode)
                    continue;
                using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellationToken));
                if (Address(json.RootElement, "token_endpoint") is { } token)
                {
                    return new AuthorizationServer
                    {
                        TokenEndpoint = token,
                        AuthorizationEndpoint = Address(json.RootElement, "authorization_endpoint"),
                        DeviceAuthorizationEndpoint = Address(json.RootElement, "device_authorization_endpoint"),
                        Scope = scope,
                    };
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or JsonException or InvalidOperationException)
            {
                throw new UsageException($"{url} cannot be read: {exception.Message}", exception);
            }
        }
        throw new UsageException($"{issuer} does not publish its addresses in /.well-known/{Names[0]} or /.well-known/{Names[1]}.");
    }

    private static Uri? Address(JsonElement metadata, string name) =>
        metadata.TryGetProperty(name, out var value) && Uri.TryCreate(value.GetString(), UriKind.Absolute, out var url) ? url : null;
}
