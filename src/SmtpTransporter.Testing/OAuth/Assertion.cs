using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace SmtpTransport.Testing;

/// <summary>A signed assertion of a client or a service account (RFC 7523). Immutable.</summary>
internal sealed class Assertion
{
    private readonly JsonObject _header;
    private readonly JsonObject _claims;
    private readonly byte[] _signed;
    private readonly byte[] _signature;

    private Assertion(JsonObject header, JsonObject claims, byte[] signed, byte[] signature) =>
        (_header, _claims, _signed, _signature) = (header, claims, signed, signature);

    public string? Id => Text(_claims, "jti");

    /// <returns>Null if the text is not an assertion.</returns>
    public static Assertion? Parse(string text)
    {
        if (text.Split('.') is not [var header, var claims, var signature] || AccessTokens.Decode(signature) is not { } bytes
            || ParseObject(header) is not { } first || ParseObject(claims) is not { } second)
            return null;
        return new(first, second, Encoding.ASCII.GetBytes($"{header}.{claims}"), bytes);
    }

    public string? Header(string name) => Text(_header, name);

    public string? Claim(string name) => Text(_claims, name);

    /// <summary>Whether it is valid now: from the past, and for at most an hour.</summary>
    public bool IsInTime(DateTimeOffset now) =>
        Time("exp") is { } end && Time("iat") is { } start && start <= now && now < end && end - start <= TimeSpan.FromHours(1);

    public bool IsSignedBy(RSA key) => Header("alg") switch
    {
        "RS256" => key.VerifyData(_signed, _signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
        "PS256" => key.VerifyData(_signed, _signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pss),
        _ => false,
    };

    public bool IsSignedBy(ECDsa key) => Header("alg") switch
    {
        "ES256" => key.VerifyData(_signed, _signature, HashAlgorithmName.SHA256),
        "ES384" => key.VerifyData(_signed, _signature, HashAlgorithmName.SHA384),
        "ES512" => key.VerifyData(_signed, _signature, HashAlgorithmName.SHA512),
        _ => false,
    };

    private DateTimeOffset? Time(string name) =>
        _claims[name] is JsonValue value && value.TryGetValue<long>(out var seconds) ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;

    private static string? Text(JsonObject json, string name) =>
        json[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static JsonObject? ParseObject(string text)
    {
        try
        {
            return AccessTokens.Decode(text) is { } bytes ? JsonNode.Parse(bytes) as JsonObject : null;
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }
}
