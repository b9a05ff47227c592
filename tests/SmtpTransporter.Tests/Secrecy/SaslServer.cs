using System.Security.Cryptography;
using System.Text;

namespace SmtpTransport.Tests;

/// <summary>The server side of every mechanism, as far as needed to receive everything that a client sends. It accepts any proof.</summary>
internal sealed class SaslServer(string mechanism, string secret)
{
    private readonly List<string> _received = [];
    private string _serverFirst = "";
    private int _asked;

    /// <summary>Returns the next challenge in base64, or null if the client has sent its last response.</summary>
    public string? Next(string? reply)
    {
        if (reply is not null)
            _received.Add(Encoding.UTF8.GetString(Convert.FromBase64String(reply == "=" ? "" : reply)));
        return mechanism switch
        {
            "PLAIN" or "XOAUTH2" or "OAUTHBEARER" => _received.Count == 0 ? "" : null,
            "LOGIN" => _received.Count switch { 0 => Base64("Username:"), 1 => Base64("Password:"), _ => null },
            "CRAM-MD5" => _received.Count == 0 ? Base64("<1896.697170952@localhost>") : null,
            "NTLM" => _received.Count switch { 0 => "", 1 => Convert.ToBase64String(NtlmChallenge()), _ => null },
            _ => _asked++ < 4 && _received.Count < 3 ? Scram() : null,
        };
    }

    private string Scram()
    {
        if (_received.Count == 0)
            return "";
        if (_received.Count == 1)
        {
            var nonce = _received[0].Split(',').Single(p => p.StartsWith("r=", StringComparison.Ordinal));
            _serverFirst = $"{nonce}server,s={Base64("salt of the server")},i=4096";
            return Base64(_serverFirst);
        }

        var bare = _received[0][(_received[0].IndexOf(",n=", StringComparison.Ordinal) + 1)..];
        var withoutProof = _received[1][.._received[1].IndexOf(",p=", StringComparison.Ordinal)];
        var hash = mechanism.Contains("512", StringComparison.Ordinal) ? HashAlgorithmName.SHA512
            : mechanism.Contains("256", StringComparison.Ordinal) ? HashAlgorithmName.SHA256
            : HashAlgorithmName.SHA1;
        var size = hash == HashAlgorithmName.SHA512 ? 64 : hash == HashAlgorithmName.SHA256 ? 32 : 20;
        var salted = Rfc2898DeriveBytes.Pbkdf2(
            Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes("salt of the server"), 4096, hash, size);
        return Base64($"v={Convert.ToBase64String(Hmac(hash, Hmac(hash, salted, "Server Key"), $"{bare},{_serverFirst},{withoutProof}"))}");
    }

    private static byte[] Hmac(HashAlgorithmName hash, byte[] key, string text)
    {
        using var hmac = IncrementalHash.CreateHMAC(hash, key);
        hmac.AppendData(Encoding.UTF8.GetBytes(text));
        return hmac.GetHashAndReset();
    }

    /// <summary>Creates a type 2 message: Unicode, extended session security, and the name of the server as target information.</summary>
    private static byte[] NtlmChallenge()
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write("NTLMSSP\0"u8);
        writer.Write(2);
        writer.Write([0, 0, 0, 0, 56, 0, 0, 0]);
        writer.Write(0x00880205);
        writer.Write("01234567"u8);
        writer.Write(0L);
        writer.Write([14, 0, 14, 0, 56, 0, 0, 0]);
        writer.Write(0x0F000000_00000A06);
        writer.Write([1, 0, 6, 0]);
        writer.Write(Encoding.Unicode.GetBytes("srv"));
        writer.Write(0);
        return bytes.ToArray();
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
