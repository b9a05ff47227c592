using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using MimeKit;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Security;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>
/// Tests encryption (S/MIME) for certificates with RSA keys and with elliptic curves. Other programs test whether they can read it.
/// </summary>
public sealed class EncryptionTests : SocketTest
{
    [Theory]
    [InlineData("rsa")]
    [InlineData("nistP256")]
    [InlineData("nistP384")]
    [InlineData("nistP521")]
    public async Task The_holder_of_a_key_decrypts_what_was_encrypted_for_it(string kind)
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var (certificate, key) = NewCertificate("ann@example.org", kind);
        var email = NewMail();
        email.TextBody = "Geheim für Ann\r\n";
        email.EncryptFor.Add(certificate);

        var result = await transporter.SendAsync(email, Cancellation);

        AssertAccepted(result);
        var body = Assert.IsAssignableFrom<MimePart>(server.Messages[0].Message.Body);
        Assert.Equal("enveloped-data", body.ContentType.Parameters["smime-type"]);
        Assert.Equal("Geheim für Ann", Decrypt(server.Messages[0], key));
    }

    [Fact]
    public async Task Each_of_several_recipients_can_decrypt_a_message_with_the_own_key()
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var ann = NewCertificate("ann@example.org", "nistP256");
        var bob = NewCertificate("bob@example.org", "rsa");
        var cid = NewCertificate("cid@example.org", "nistP256");
        var email = NewMail("ann@example.org, bob@example.org, cid@example.org");
        foreach (var (certificate, _) in new[] { ann, bob, cid })
            email.EncryptFor.Add(certificate);

        AssertAccepted(await transporter.SendAsync(email, Cancellation));

        Assert.All([ann.Key, bob.Key, cid.Key], key => Assert.Equal("Hello Ann", Decrypt(server.Messages[0], key)));
    }

    [Fact]
    public void An_agreed_key_and_the_content_have_keys_of_the_same_size()
    {
        var (certificate, _) = NewCertificate("ann@example.org", "nistP256");
        var cms = new EnvelopedCms();
        cms.Decode(SmimeEnvelope.Create([1, 2, 3], [certificate]));

        var recipient = Assert.IsType<KeyAgreeRecipientInfo>(Assert.Single(cms.RecipientInfos.Cast<RecipientInfo>()));
        Assert.Equal("2.16.840.1.101.3.4.1.42", cms.ContentEncryptionAlgorithm.Oid.Value);
        Assert.Equal("1.3.132.1.11.1", recipient.KeyEncryptionAlgorithm.Oid.Value);
        // Encrypted with a key of 256 bits, a key of 256 bits has 40 bytes (RFC 3394).
        Assert.Equal(40, recipient.EncryptedKey.Length);
    }

    [Fact]
    public async Task A_certificate_that_does_not_allow_key_agreement_is_an_error_that_names_it()
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var email = NewMail();
        email.EncryptFor.Add(NewCertificate("ann@example.org", "nistP256", X509KeyUsageFlags.DigitalSignature).Certificate);

        var result = await transporter.SendAsync(email, Cancellation);

        AssertNotSent(result, SmtpErrorCodes.SigningFailed, "smim");
        Assert.Contains("The key of CN=ann@example.org cannot encrypt", result.Reason, StringComparison.Ordinal);
        Assert.Contains("does not allow key agreement", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_whose_key_cannot_encrypt_is_an_error_that_names_it()
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var email = NewMail();
        email.EncryptFor.Add(NewEd25519Certificate("ann@example.org"));

        var result = await transporter.SendAsync(email, Cancellation);

        AssertNotSent(result, SmtpErrorCodes.SigningFailed, "smim");
        Assert.Contains("The key of CN=Ann cannot encrypt", result.Reason, StringComparison.Ordinal);
    }

    private static X509Certificate2 NewEd25519Certificate(string address)
    {
        var pairs = new Org.BouncyCastle.Crypto.Generators.Ed25519KeyPairGenerator();
        pairs.Init(new Org.BouncyCastle.Crypto.Parameters.Ed25519KeyGenerationParameters(new SecureRandom()));
        var pair = pairs.GenerateKeyPair();
        var generator = new Org.BouncyCastle.X509.X509V3CertificateGenerator();
        generator.SetSerialNumber(Org.BouncyCastle.Math.BigInteger.One);
        generator.SetIssuerDN(new X509Name("CN=Ann"));
        generator.SetSubjectDN(new X509Name("CN=Ann"));
        generator.SetNotBefore(DateTimeOffset.UtcNow.UtcDateTime.AddDays(-1));
        generator.SetNotAfter(DateTimeOffset.UtcNow.UtcDateTime.AddDays(1));
        generator.SetPublicKey(pair.Public);
        generator.AddExtension(
            X509Extensions.SubjectAlternativeName, critical: false, new GeneralNames(new GeneralName(GeneralName.Rfc822Name, address)));
        var certificate = generator.Generate(new Org.BouncyCastle.Crypto.Operators.Asn1SignatureFactory("Ed25519", pair.Private));
#pragma warning disable SYSLIB0057 // The replacement is not in .NET 8.
        return new X509Certificate2(certificate.GetEncoded());
#pragma warning restore SYSLIB0057
    }

    private static (X509Certificate2 Certificate, byte[] Key) NewCertificate(
        string address, string kind, X509KeyUsageFlags usage = X509KeyUsageFlags.KeyAgreement)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddEmailAddress(address);
        var (from, to) = (DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        if (kind == "rsa")
        {
            using var rsa = RSA.Create(2048);
            var request = new CertificateRequest($"CN={address}", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            request.CertificateExtensions.Add(names.Build());
            return (request.CreateSelfSigned(from, to), rsa.ExportPkcs8PrivateKey());
        }
        using var key = ECDsa.Create(ECCurve.CreateFromFriendlyName(kind));
        var curved = new CertificateRequest($"CN={address}", key, HashAlgorithmName.SHA256);
        curved.CertificateExtensions.Add(names.Build());
        curved.CertificateExtensions.Add(new X509KeyUsageExtension(usage, critical: true));
        // Not self-signed by the request: it refuses a key that is for agreement alone.
        var signer = X509SignatureGenerator.CreateForECDsa(key);
        return (curved.Create(curved.SubjectName, signer, from, to, [1]), key.ExportPkcs8PrivateKey());
    }

    /// <summary>Decrypts as RFC 5652, 5753 and 3565 have it, without the code that encrypts.</summary>
    private static string Decrypt(ReceivedMessage message, byte[] key)
    {
        using var encrypted = new MemoryStream();
        ((MimePart)message.Message.Body!).Content!.DecodeTo(encrypted);
        var cms = new EnvelopedCms();
        cms.Decode(encrypted.ToArray());
        // The framework does not show the parameters of AES.
        var parameters = new Org.BouncyCastle.Cms.CmsEnvelopedData(encrypted.ToArray()).EncryptionAlgorithmID.Parameters;
        foreach (var recipient in cms.RecipientInfos)
        {
            if (ContentKey(recipient, key) is not { } contentKey)
                continue;
            using var aes = Aes.Create();
            aes.Key = contentKey;
            var iv = Asn1OctetString.GetInstance(parameters).GetOctets();
            using var clear = new MemoryStream(aes.DecryptCbc(cms.ContentInfo.Content, iv));
            return ((TextPart)MimeEntity.Load(clear, Cancellation)).Text.Trim();
        }
        throw new InvalidOperationException("The key opens nothing.");
    }

    /// <summary>Returns null if the key is for another recipient.</summary>
    private static byte[]? ContentKey(RecipientInfo recipient, byte[] key)
    {
        try
        {
            if (recipient is not KeyAgreeRecipientInfo agreed)
            {
                using var rsa = RSA.Create();
                rsa.ImportPkcs8PrivateKey(key, out _);
                return rsa.Decrypt(recipient.EncryptedKey, RSAEncryptionPadding.Pkcs1);
            }
            using var own = ECDiffieHellman.Create();
            own.ImportPkcs8PrivateKey(key, out _);
            var (hash, size) = agreed.KeyEncryptionAlgorithm.Oid.Value switch
            {
                "1.3.132.1.11.1" => (HashAlgorithmName.SHA256, 32),
                "1.3.132.1.11.2" => (HashAlgorithmName.SHA384, 48),
                "1.3.132.1.11.3" => (HashAlgorithmName.SHA512, 66),
                var other => throw new InvalidOperationException(other),
            };
            var point = ((PublicKeyInfo)agreed.OriginatorIdentifierOrKey.Value!).KeyValue;
            var length = (point.Length - 1) / 2;
            Assert.Equal(size, length);
            using var ephemeral = ECDiffieHellman.Create(new ECParameters
            {
                Curve = own.ExportParameters(false).Curve,
                Q = new() { X = point[1..(1 + length)], Y = point[(1 + length)..] },
            });
            // id-aes256-wrap without parameters, and 256 bits.
            var info = Convert.FromHexString("3015300B060960864801650304012DA206040400000100");
            var wrapKey = own.DeriveKeyFromHash(ephemeral.PublicKey, hash, null, [0, 0, 0, 1, .. info])[..32];
            var engine = new Org.BouncyCastle.Crypto.Engines.AesWrapEngine();
            engine.Init(false, new Org.BouncyCastle.Crypto.Parameters.KeyParameter(wrapKey));
            return engine.Unwrap(agreed.EncryptedKey, 0, agreed.EncryptedKey.Length);
        }
        catch (Exception exception) when (exception is CryptographicException or Org.BouncyCastle.Crypto.InvalidCipherTextException)
        {
            return null;
        }
    }
}
