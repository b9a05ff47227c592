using System.Text.Json;

namespace SmtpTransport;

/// <summary>Reads token objects: <c>{"token": {"access_token": "…"}, "tokenExpiration": "…"}</c>, as 4D NetKit has them.</summary>
/// <remarks>The expiry is not used: a fixed token cannot be renewed, and the server knows best whether it has expired.</remarks>
internal static class TokenObject
{
    private const string Member = "token";
    private const string TokenName = "access_token";

    /// <summary>The access token of a token object or of the response of a token endpoint; other text as it is.</summary>
    public static string? AccessTokenOf(string? text)
    {
        if (!IsObject(text))
            return text;
        try
        {
            using var json = JsonDocument.Parse(text!);
            var holder = json.RootElement.TryGetProperty(Member, out var inner) && inner.ValueKind == JsonValueKind.Object
                ? inner
                : json.RootElement;
            return holder.TryGetProperty(TokenName, out var token) && token.ValueKind == JsonValueKind.String ? token.GetString() : text;
        }
        catch (JsonException)
        {
            return text;
        }
    }

    /// <summary>Whether the text looks like JSON, which no token does (RFC 6750, section 2.1).</summary>
    public static bool IsObject(string? text) => text.AsSpan().TrimStart().StartsWith("{");

    /// <summary>Reads a member of a token object in settings, such as <c>AccessTokenOAuth2:token:access_token</c>.</summary>
    /// <returns>False if the key is not one of a token object.</returns>
    public static bool TryReadSetting(string key, string value, ref ServerOptions options)
    {
        const string Section = $"{nameof(ServerOptions.AccessTokenOAuth2)}:";
        if (!key.StartsWith(Section, StringComparison.OrdinalIgnoreCase))
            return false;
        var name = key[Section.Length..];
        if (name.Equals($"{Member}:{TokenName}", StringComparison.OrdinalIgnoreCase))
            options = options with { AccessTokenOAuth2 = value };
        // The other members of the token are those of the authorization server, whatever they are.
        return name.StartsWith($"{Member}:", StringComparison.OrdinalIgnoreCase)
            || name.Equals("tokenExpiration", StringComparison.OrdinalIgnoreCase);
    }
}
