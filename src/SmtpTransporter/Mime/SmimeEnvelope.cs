using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Nist;
using Org.BouncyCastle.Cms;
using Org.BouncyCastle.Security;

namespace SmtpTransport;

/// <summary>
/// Encrypts bytes for the holders of certificates: <c>EnvelopedData</c> (RFC 5652, section 6) in AES-256. The key is transported with RSA,
/// or agreed with ECDH (RFC 8551, section 2.3). Not by the framework, which knows RSA only.
/// </summary>
internal static class SmimeEnvelope
{
    /// <exception cref="CryptographicException">A certificate has a key that cannot encrypt.</exception>
    /// <exception cref="GeneralSecurityException">The encryption failed.</exception>
    public static byte[] Create(byte[] content, IEnumerable<X509Certificate2> certificates)
    {
        var generator = new CmsEnvelopedDataGenerator(new SecureRandom());
        foreach (var certificate in certificates)
            AddRecipient(generator, certificate);
        return generator.Generate(new CmsProcessableByteArray(content), NistObjectIdentifiers.IdAes256Cbc)
            .ContentInfo.GetEncoded(Asn1Encodable.Der);
    }

    private static void AddRecipient(CmsEnvelopedDataGenerator generator, X509Certificate2 certificate)
    {
        var recipient = DotNetUtilities.FromX509Certificate(certificate);
        using var rsa = certificate.GetRSAPublicKey();
        if (rsa is not null)
            generator.AddKeyTransRecipient(recipient);
        else
            generator.AddRecipientInfoGenerator(EcdhRecipient.Create(certificate, recipient) ?? throw CannotEncrypt(certificate));
    }

    private static CryptographicException CannotEncrypt(X509Certificate2 certificate) => new(
        $"The key of {certificate.Subject} cannot encrypt: it is neither an RSA key nor on an elliptic curve such as P-256, or the "
        + "certificate does not allow key agreement.");
}
