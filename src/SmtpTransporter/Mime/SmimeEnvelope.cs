using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Nist;
using Org.BouncyCastle.Cms;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Security;

namespace SmtpTransport;

/// <summary>
/// Encrypts bytes for the holders of certificates: <c>EnvelopedData</c> (RFC 5652, section 6) in AES-256. The key is transported with RSA,
/// or agreed with ECDH (RFC 8551, section 2.3; RFC 5753). Not by the framework, which knows RSA only.
/// </summary>
internal static class SmimeEnvelope
{
    private static readonly SecureRandom Random = new();

    /// <exception cref="CryptographicException">A certificate has a key that cannot encrypt.</exception>
    /// <exception cref="GeneralSecurityException">The encryption failed.</exception>
    public static byte[] Create(byte[] content, IEnumerable<X509Certificate2> certificates)
    {
        var generator = new CmsEnvelopedDataGenerator(Random);
        foreach (var certificate in certificates)
            AddRecipient(generator, certificate);
        return generator.Generate(new CmsProcessableByteArray(content), NistObjectIdentifiers.IdAes256Cbc)
            .ContentInfo.GetEncoded(Asn1Encodable.Der);
    }

    private static void AddRecipient(CmsEnvelopedDataGenerator generator, X509Certificate2 certificate)
    {
        var recipient = DotNetUtilities.FromX509Certificate(certificate);
        switch (recipient.GetPublicKey())
        {
            case RsaKeyParameters:
                generator.AddKeyTransRecipient(recipient);
                break;
            case ECPublicKeyParameters key:
                var ephemeral = new ECKeyPairGenerator();
                ephemeral.Init(new ECKeyGenerationParameters(key.Parameters, Random));
                var pair = ephemeral.GenerateKeyPair();
                // The key that encrypts the content has the same size as the one that wraps it.
                generator.AddKeyAgreementRecipient(
                    Agreement(key.Parameters.Curve.FieldSize), pair.Private, pair.Public, recipient, CmsEnvelopedGenerator.Aes256Wrap);
                break;
            default:
                throw new CryptographicException(
                    $"The key of {certificate.Subject} cannot encrypt. Its kind is {certificate.PublicKey.Oid.FriendlyName}; RSA and "
                    + "elliptic curves such as P-256 are supported");
        }
    }

    /// <summary>The hash is as strong as the curve (RFC 5753, section 7.1.2).</summary>
    private static string Agreement(int bits) =>
        bits <= 256 ? CmsEnvelopedGenerator.ECDHSha256Kdf
        : bits <= 384 ? CmsEnvelopedGenerator.ECDHSha384Kdf
        : CmsEnvelopedGenerator.ECDHSha512Kdf;
}
