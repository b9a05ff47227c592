using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using SmtpTransport.Feedback;

namespace SmtpTransport.Outbox;

/// <summary>
/// Reads the members of JSON that services send: members that are missing, or have another type than usual, are no errors, and those that
/// nobody knows are passed over.
/// </summary>
internal static class WebhookJson
{
    /// <summary>How deep objects and arrays may be nested.</summary>
    public const int MaxDepth = 32;

    /// <summary>Parses a body.</summary>
    /// <exception cref="WebhookException">The text is not JSON, or is nested too deeply.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            return JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaxDepth });
        }
        catch (JsonException)
        {
            throw Malformed();
        }
    }

    public static WebhookException Malformed() =>
        new(StatusCodes.Status400BadRequest, $"The body is not the JSON that this service sends, at most {MaxDepth} levels deep.");

    /// <summary>The member; undefined if there is none.</summary>
    public static JsonElement Member(this JsonElement json, string name)
    {
        if (json.ValueKind != JsonValueKind.Object)
            return default;
        try
        {
            return json.TryGetProperty(name, out var value) ? value : default;
        }
        catch (InvalidOperationException)
        {
            // The name of another member cannot be read.
            return json.EnumerateObject().LastOrDefault(p => Read(() => p.NameEquals(name))).Value;
        }
    }

    /// <summary>The first member whose name has these letters, in any case; undefined if there is none.</summary>
    public static JsonElement MemberInAnyCase(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object
            ? json.EnumerateObject()
                .FirstOrDefault(p => string.Equals(Read(() => p.Name), name, StringComparison.OrdinalIgnoreCase)).Value
            : default;

    /// <summary>The elements of an array; none if it is something else.</summary>
    public static IEnumerable<JsonElement> Elements(this JsonElement json, string name) =>
        json.Member(name) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : [];

    /// <summary>The text or number of a member, in one line without control characters; empty if there is none.</summary>
    public static string Text(this JsonElement json, string name) => json.Member(name).Text();

    /// <summary>The text or number, in one line without control characters; empty if it is something else.</summary>
    public static string Text(this JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => FieldText.Clean(Read(value.GetString) ?? ""),
        JsonValueKind.Number => FieldText.Clean(value.GetRawText()),
        _ => "",
    };

    /// <summary>The member that names an event; without one, the hash of the event, which is the same if it comes again.</summary>
    public static string IdOf(this JsonElement json, string name) => json.Text(name) is { Length: > 0 } id
        ? id
        : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json.GetRawText())));

    /// <summary>The address in a member; null if there is none.</summary>
    public static string? Address(this JsonElement json, string name) => json.Member(name).Address();

    /// <summary>The address; null if it is none.</summary>
    public static string? Address(this JsonElement value) =>
        value.Text() is { Length: > 0 } text && AddressText.Clean(text) is { Length: > 0 } address && AddressText.IsAddress(address)
            ? address
            : null;

    /// <summary>The time of a member, by ISO 8601; null if there is none.</summary>
    public static DateTimeOffset? Time(this JsonElement json, string name) => ParseTime(json.Text(name));

    /// <summary>Reads a time by ISO 8601; null if it is none.</summary>
    public static DateTimeOffset? ParseTime(string text) =>
        DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : null;

    /// <summary>The time of a member, in seconds since 1970; null if there is none.</summary>
    public static DateTimeOffset? UnixTime(this JsonElement json, string name) =>
        double.TryParse(json.Text(name), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
        && seconds >= 0 && seconds < DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeMilliseconds((long)(seconds * 1000))
            : null;

    /// <summary>Reads a text. Half of a surrogate pair in it, where a service has cut it, makes it empty and spoils nothing else.</summary>
    private static T? Read<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException)
        {
            return default;
        }
    }
}
