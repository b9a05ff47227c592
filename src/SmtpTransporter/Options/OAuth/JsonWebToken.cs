using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace SmtpTransport;

/// <summary>Writes signed assertions (RFC 7515, RFC 7519).</summary>
internal static class JsonWebToken
{
    // Servers refuse an assertion that lives longer than some minutes, and one from the future: clocks differ.
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);

    /// <summary>Signs with RSA: PS256 or RS256.</summary>
    public static string Sign(RSA key, bool pss, JsonObject header, JsonObject claims)
    {
        header["alg"] = pss ? "PS256" : "RS256";
        return Write(header, claims, data => key.SignData(
            data, HashAlgorithmName.SHA256, pss ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1));
    }

    /// <summary>Signs with an elliptic curve: ES256, ES384 or ES512 by its size.</summary>
    public static string Sign(ECDsa key, JsonObject header, JsonObject claims)
    {
        (header["alg"], var hash) = key.KeySize switch
        {
            <= 256 => ("ES256", HashAlgorithmName.SHA256),
            <= 384 => ("ES384", HashAlgorithmName.SHA384),
            _ => ("ES512", HashAlgorithmName.SHA512),
        };
        return Write(header, claims, data => key.SignData(data, hash));
    }

    public static JsonObject Claims(string issuer, string subject, Uri audience, DateTimeOffset now, TimeSpan lifetime) => new()
    {
        ["iss"] = issuer,
        ["sub"] = subject,
        ["aud"] = audience.AbsoluteUri,
        ["iat"] = (now - Skew).ToUnixTimeSeconds(),
        ["exp"] = (now - Skew + lifetime).ToUnixTimeSeconds(),
        ["jti"] = Guid.NewGuid().ToString(),
    };

    public static string Encode(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static string Write(JsonObject header, JsonObject claims, Func<byte[], byte[]> sign)
    {
        header["typ"] = "JWT";
        var text = $"{Encode(Encoding.UTF8.GetBytes(header.ToJsonString()))}.{Encode(Encoding.UTF8.GetBytes(claims.ToJsonString()))}";
        return $"{text}.{Encode(sign(Encoding.ASCII.GetBytes(text)))}";
    }
}
