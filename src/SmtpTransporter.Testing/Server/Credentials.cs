using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace SmtpTransport.Testing;

/// <summary>The users, passwords and token that a server accepts, shared by all its sessions. Safe for concurrent callers.</summary>
internal sealed class Credentials(SmtpTestServerOptions options)
{
    public const int Iterations = 4096;

    // 4,096 rounds for every authentication would make a server with thousands of sessions slow.
    private readonly ConcurrentDictionary<string, byte[]> _saltedPasswords = new(StringComparer.Ordinal);

    public string HostName => options.HostName;

    public byte[] Salt { get; } = RandomNumberGenerator.GetBytes(16);

    public bool IsTokenValid(string token) =>
        (options.AccessToken is { } expected
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(token)))
        || options.AccessTokenValidator?.Invoke(token) == true;

    /// <returns>Null for an unknown user.</returns>
    public string? FindPassword(string user) => options.Users.TryGetValue(user, out var password) ? password : null;

    /// <returns>The SaltedPassword (RFC 5802, section 3), or null for an unknown user.</returns>
    public byte[]? FindSaltedPassword(string user) =>
        FindPassword(user) is { } password
            ? _saltedPasswords.GetOrAdd(user, _ => Rfc2898DeriveBytes.Pbkdf2(
                Encoding.UTF8.GetBytes(password.Normalize(NormalizationForm.FormKC)), Salt, Iterations, HashAlgorithmName.SHA256, 32))
            : null;
}
