using System.Security.Cryptography;
using System.Text;

namespace SmtpTransport.Outbox;

/// <summary>The secrets of a service of which any counts: those of today and of yesterday. It prints nothing. Thread-safe.</summary>
/// <param name="secrets">The secrets.</param>
internal sealed class Secrets(IEnumerable<string> secrets)
{
    private readonly byte[][] _secrets = [.. secrets.Select(Encoding.UTF8.GetBytes)];

    /// <summary>Whether a text is one of the secrets, in a time that tells nothing of them.</summary>
    public bool Contains(ReadOnlySpan<byte> text)
    {
        // Of the same length, whatever the secrets are.
        var hash = SHA256.HashData(text);
        var isFound = false;
        foreach (var secret in _secrets)
            isFound |= CryptographicOperations.FixedTimeEquals(hash, SHA256.HashData(secret));
        return isFound;
    }

    /// <summary>Whether a text was signed with one of the secrets (HMAC with SHA-256), in a time that tells nothing of them.</summary>
    public bool HaveSigned(ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature)
    {
        var isFound = false;
        foreach (var secret in _secrets)
            isFound |= CryptographicOperations.FixedTimeEquals(signature, HMACSHA256.HashData(secret, text));
        return isFound;
    }
}
