using System.Text.Json;

namespace SmtpTransport;

/// <summary>A JSON object with which an authorization server answered. Immutable.</summary>
/// <param name="Endpoint">The URL of the server, for messages.</param>
/// <param name="Json">The object.</param>
/// <param name="Date">The server's clock; null if it did not tell the time.</param>
internal sealed record OAuthResponse(string Endpoint, JsonElement Json, DateTimeOffset? Date)
{
    /// <summary>The member's text; null if it is missing or not text.</summary>
    public string? Text(string name) =>
        Json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public int? Number(string name) =>
        Json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)
            ? number
            : null;
}
