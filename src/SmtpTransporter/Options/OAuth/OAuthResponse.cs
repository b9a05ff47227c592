using System.Globalization;
using System.Text;
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

    /// <summary>The member's number, which some servers write as text; null if it is missing or not a number.</summary>
    public double? Number(string name) =>
        Json.TryGetProperty(name, out var value)
            && double.TryParse(value.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number) ? number : null;

    // The object has tokens and codes.
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Endpoint = ").Append(Endpoint).Append(", Date = ").Append(Date);
        return true;
    }
}
