using System.Security.Cryptography;

namespace SmtpTransport.Outbox;

/// <summary>What a certificate of Amazon SNS says.</summary>
/// <param name="Key">The public key.</param>
/// <param name="NotBefore">From when on it is valid.</param>
/// <param name="NotAfter">Until when it is valid.</param>
internal sealed record SnsCertificate(RSAParameters Key, DateTimeOffset NotBefore, DateTimeOffset NotAfter)
{
    /// <summary>Whether the key has signed a text (RSASSA-PKCS1-v1_5).</summary>
    public bool HasSigned(byte[] text, byte[] signature, HashAlgorithmName algorithm)
    {
        using var key = RSA.Create(Key);
        return key.VerifyData(text, signature, algorithm, RSASignaturePadding.Pkcs1);
    }
}
