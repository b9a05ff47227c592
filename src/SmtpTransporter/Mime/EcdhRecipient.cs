using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Cms;
using Org.BouncyCastle.Asn1.Nist;
using Org.BouncyCastle.Asn1.Sec;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Cms;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Security;

namespace SmtpTransport;

/// <summary>
/// Gives the key of the content to the holder of a key on an elliptic curve: ephemeral-static ECDH (RFC 5753, section 3.1). Not by
/// BouncyCastle, which derives the key from parameters of AES key wrap that there must not be (RFC 3565): only BouncyCastle
/// itself, and so MimeKit, could decrypt what it makes.
/// </summary>
internal sealed class EcdhRecipient : RecipientInfoGenerator
{
    // The key that encrypts the content and the one that wraps it have the same size (RFC 8551, section 2.3).
    private const int KeyBits = 256;

    private static readonly AlgorithmIdentifier Wrap = new(NistObjectIdentifiers.IdAes256Wrap);

    private readonly ECParameters _key;
    private readonly IssuerAndSerialNumber _certificate;

    private EcdhRecipient(ECParameters key, IssuerAndSerialNumber certificate)
    {
        _key = key;
        _certificate = certificate;
    }

    /// <summary>Returns null if the certificate has no key for key agreement.</summary>
    public static EcdhRecipient? Create(X509Certificate2 certificate, Org.BouncyCastle.X509.X509Certificate parsed)
    {
        using var key = certificate.GetECDiffieHellmanPublicKey();
        return key is null
            ? null
            : new EcdhRecipient(
                key.ExportParameters(includePrivateParameters: false), new IssuerAndSerialNumber(parsed.CertificateStructure));
    }

    public RecipientInfo Generate(KeyParameter contentEncryptionKey, SecureRandom random)
    {
        using var recipient = ECDiffieHellman.Create(_key);
        using var ephemeral = ECDiffieHellman.Create(_key.Curve);
        var (agreement, hash) = AgreementFor(ephemeral.KeySize);
        var wrapped = WrapKey(DeriveKey(ephemeral, recipient.PublicKey, hash), contentEncryptionKey.GetKey());
        var originator = SubjectPublicKeyInfo.GetInstance(ephemeral.PublicKey.ExportSubjectPublicKeyInfo());
        var encrypted = new RecipientEncryptedKey(new KeyAgreeRecipientIdentifier(_certificate), new DerOctetString(wrapped));
        return new RecipientInfo(new KeyAgreeRecipientInfo(
            new OriginatorIdentifierOrKey(new OriginatorPublicKey(originator.Algorithm, originator.PublicKey)),
            null, new AlgorithmIdentifier(agreement, Wrap), new DerSequence(encrypted)));
    }

    /// <summary>The hash is as strong as the curve (RFC 5753, section 7.1.2).</summary>
    private static (DerObjectIdentifier Agreement, HashAlgorithmName Hash) AgreementFor(int bits) =>
        bits <= 256 ? (SecObjectIdentifiers.dhSinglePass_stdDH_sha256kdf_scheme, HashAlgorithmName.SHA256)
        : bits <= 384 ? (SecObjectIdentifiers.dhSinglePass_stdDH_sha384kdf_scheme, HashAlgorithmName.SHA384)
        : (SecObjectIdentifiers.dhSinglePass_stdDH_sha512kdf_scheme, HashAlgorithmName.SHA512);

    /// <summary>The key derivation of X9.63: one block is enough, because each hash is at least as long as the key.</summary>
    private static byte[] DeriveKey(ECDiffieHellman own, ECDiffieHellmanPublicKey other, HashAlgorithmName hash)
    {
        var bits = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bits, KeyBits);
        // ECC-CMS-SharedInfo (RFC 5753, section 7.2).
        var info = new DerSequence(Wrap, new DerTaggedObject(true, 2, new DerOctetString(bits))).GetEncoded(Asn1Encodable.Der);
        return own.DeriveKeyFromHash(other, hash, secretPrepend: null, secretAppend: [0, 0, 0, 1, .. info])[..(KeyBits / 8)];
    }

    private static byte[] WrapKey(byte[] key, byte[] wrapped)
    {
        var engine = new AesWrapEngine();
        engine.Init(true, new KeyParameter(key));
        return engine.Wrap(wrapped, 0, wrapped.Length);
    }
}
