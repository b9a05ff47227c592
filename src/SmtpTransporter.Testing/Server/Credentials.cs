using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace SmtpTransport.Testing;

/// <summary>Who may log in. Shared by all sessions of a server.</summary>
internal sealed class Credentials(SmtpTestServerOptions options)
{
    public const int Iterations = 4096;

    // 4,096 rounds for every login would make the server slow where thousands of sessions come.
    private readonly ConcurrentDictionary<string, byte[]> _saltedPasswords = new(StringComparer.Ordinal);

    public string HostName => options.HostName;

    public string? AccessToken => options.AccessToken;

    public byte[] Salt { get; } = RandomNumberGenerator.GetBytes(16);

    public string? PasswordOf(string user) => options.Users.TryGetValue(user, out var password) ? password : null;

    /// <summary>The SaltedPassword of RFC 5802, or null for an unknown user.</summary>
    public byte[]? SaltedPasswordOf(string user)
        => PasswordOf(user) is { } password
            ? _saltedPasswords.GetOrAdd(user, _ => Rfc2898DeriveBytes.Pbkdf2(
                Encoding.UTF8.GetBytes(password.Normalize(NormalizationForm.FormKC)), Salt, Iterations, HashAlgorithmName.SHA256, 32))
            : null;
}
