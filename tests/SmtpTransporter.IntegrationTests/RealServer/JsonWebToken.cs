using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace SmtpTransport.IntegrationTests.RealServer;

/// <summary>Access tokens (RFC 7519, HS256) as an identity provider would issue them.</summary>
internal static class JsonWebToken
{
    /// <summary>The key of the signature, which the server has, too. It exists in this process only.</summary>
    public static byte[] Secret { get; } = RandomNumberGenerator.GetBytes(32);

    public static string Create(string subject, TimeSpan lifetime)
    {
        var now = DateTimeOffset.UtcNow;
        var header = """{"alg":"HS256","typ":"JWT"}""";
        var (issued, expires) = (now.AddMinutes(-1).ToUnixTimeSeconds(), now.Add(lifetime).ToUnixTimeSeconds());
        var claims = $$"""{"sub":"{{subject}}","iat":{{issued}},"exp":{{expires}}}""";
        var signed = $"{Encode(Encoding.UTF8.GetBytes(header))}.{Encode(Encoding.UTF8.GetBytes(claims))}";
        return $"{signed}.{Encode(HMACSHA256.HashData(Secret, Encoding.ASCII.GetBytes(signed)))}";
    }

    private static string Encode(byte[] bytes) => Base64Url.EncodeToString(bytes);
}
