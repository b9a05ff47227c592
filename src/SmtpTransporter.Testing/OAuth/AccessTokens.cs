using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace SmtpTransport.Testing;

/// <summary>Issues access tokens: JSON Web Tokens (RFC 7519) with HS256. Safe for concurrent callers.</summary>
internal sealed class AccessTokens(OAuthTestServerOptions options)
{
    private readonly ConcurrentDictionary<string, DateTimeOffset> _ends = new(StringComparer.Ordinal);
    private int _count;

    public byte[] Key { get; } = RandomNumberGenerator.GetBytes(32);

    public int Count => Volatile.Read(ref _count);

    public string Issue()
    {
        var now = options.Time.GetUtcNow();
        var end = now + options.TokenLifetime;
        var header = new JsonObject { ["alg"] = "HS256", ["typ"] = "JWT" };
        var claims = new JsonObject
        {
            ["sub"] = options.User,
            ["azp"] = options.ClientId,
            ["iat"] = now.AddMinutes(-1).ToUnixTimeSeconds(),
            ["exp"] = end.ToUnixTimeSeconds(),
            ["jti"] = Guid.NewGuid().ToString(),
        };
        var text = $"{Encode(Encoding.UTF8.GetBytes(header.ToJsonString()))}.{Encode(Encoding.UTF8.GetBytes(claims.ToJsonString()))}";
        var token = $"{text}.{Encode(HMACSHA256.HashData(Key, Encoding.ASCII.GetBytes(text)))}";
        _ends[token] = end;
        Interlocked.Increment(ref _count);
        return token;
    }

    public bool IsValid(string token) => _ends.TryGetValue(token, out var end) && options.Time.GetUtcNow() < end;

    public void Revoke() => _ends.Clear();

    public static string Encode(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    public static byte[]? Decode(string text)
    {
        var padded = text.Replace('-', '+').Replace('_', '/').PadRight((text.Length + 3) / 4 * 4, '=');
        var bytes = new byte[padded.Length];
        return Convert.TryFromBase64String(padded, bytes, out var length) ? bytes[..length] : null;
    }
}
