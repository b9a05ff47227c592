using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MimeKit;
using MimeKit.Cryptography;
using SmtpTransport.Testing;
using Xunit;
using X509KeyUsageFlags = System.Security.Cryptography.X509Certificates.X509KeyUsageFlags;

namespace SmtpTransport.Tests;

/// <summary>
/// Certificates and keys for signatures, and the messages that are signed. Other programs test whether the signatures are valid.
/// </summary>
public sealed class SigningTests : SocketTest
{
    private const string P12Password = "p12-Pässword";

    private static readonly ServerOptions Options = new() { Host = "smtp.example.com" };

    private static X509Certificate2 NewCertificate(
        string address = "me@example.com",
        int fromDays = -1,
        int toDays = 1,
        X509KeyUsageFlags usage = X509KeyUsageFlags.DigitalSignature,
        string use = "1.3.6.1.5.5.7.3.4")
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=Me", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(Names(address));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(use)], false));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(fromDays), DateTimeOffset.UtcNow.AddDays(toDays));
    }

    /// <summary>A DNS name, and the address in its form: <c>rfc822Name</c>, or <c>SmtpUTF8Mailbox</c> if it is not ASCII.</summary>
    private static X509Extension Names(string address)
    {
        var (first, second) = (new Asn1Tag(TagClass.ContextSpecific, 0), new Asn1Tag(TagClass.ContextSpecific, 1));
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteCharacterString(UniversalTagNumber.IA5String, "example.com", new Asn1Tag(TagClass.ContextSpecific, 2));
            if (System.Text.Ascii.IsValid(address))
            {
                writer.WriteCharacterString(UniversalTagNumber.IA5String, address, second);
            }
            else
            {
                using (writer.PushSequence(first))
                {
                    writer.WriteObjectIdentifier("1.3.6.1.5.5.7.8.9");
                    using (writer.PushSequence(first))
                        writer.WriteCharacterString(UniversalTagNumber.UTF8String, address);
                }
            }
        }
        return new X509Extension("2.5.29.17", writer.Encode(), critical: false);
    }

    private static byte[] Pkcs12(X509Certificate2 certificate) => certificate.Export(X509ContentType.Pkcs12, P12Password);

    public static TheoryData<string, ServerOptions> Wrong
    {
        get
        {
            var good = NewCertificate();
            return new()
            {
                { "CertificateName", Options with { Certificate = good, CertificateName = "Me" } },
                { "CertificateName", Options with { CertificateName = "no such certificate anywhere" } },
                { "CertificatePassword", Options with { CertificatePassword = P12Password } },
                { "Certificate", Options with { Certificate = "/nowhere/me.p12" } },
                { "Certificate", Options with { Certificate = Pkcs12(good), CertificatePassword = "wrong" } },
                { "Certificate", Options with { Certificate = Pkcs12(good) } },
                { "Certificate", Options with { Certificate = new byte[] { 1, 2, 3 }, CertificatePassword = P12Password } },
                { "Certificate", Options with { Certificate = X509Certificate2.CreateFromPem(good.ExportCertificatePem()) } },
                { "Certificate", Options with { Certificate = NewCertificate(fromDays: -10, toDays: -2) } },
                { "Certificate", Options with { Certificate = NewCertificate(fromDays: 2, toDays: 10) } },
                { "Certificate", Options with { Certificate = NewCertificate(usage: X509KeyUsageFlags.KeyEncipherment) } },
                { "Certificate", Options with { Certificate = NewCertificate(use: "1.3.6.1.5.5.7.3.1") } },
                { "Dkim", Options with { Dkim = new() } },
                { "Dkim", Options with { Dkim = Dkim() with { Domain = "exa mple.com" } } },
                { "Dkim", Options with { Dkim = Dkim() with { Selector = "a;b" } } },
                { "Dkim", Options with { Dkim = Dkim() with { Headers = ["From:"] } } },
                {
                    "Dkim",
                    Options with { Dkim = Dkim() with { PrivateKey = "-----BEGIN PRIVATE KEY-----\nAAEC\n-----END PRIVATE KEY-----" } }
                },
                { "Dkim", Options with { Dkim = Dkim() with { PrivateKey = P12Password } } },
                { "Dkim", Options with { Dkim = Dkim() with { PrivateKey = null! } } },
                { "Dkim", Options with { Dkim = Dkim(512) } },
                { "DkimKeys", Options with { DkimKeys = [null!] } },
                { "DkimKeys", Options with { DkimKeys = [Dkim(), Dkim(512)] } },
                { "DkimKeys", Options with { DkimKeys = [Dkim() with { Domain = "" }] } },
                { "Dkim", Options with { Dkim = Dkim() with { PrivateKey = PublicKey() } } },
            };
        }
    }

    private static DkimOptions Dkim(int bits = 1024)
    {
        using var rsa = RSA.Create(bits);
        return new() { Domain = "example.com", Selector = "mail", PrivateKey = rsa.ExportPkcs8PrivateKeyPem() };
    }

    private static string PublicKey()
    {
        using var rsa = RSA.Create(1024);
        return rsa.ExportSubjectPublicKeyInfoPem();
    }

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void A_certificate_or_key_that_cannot_sign_makes_the_constructor_throw(string property, ServerOptions options)
    {
        var exception = Assert.Throws<ArgumentException>(() => new SmtpTransporter(options));

        Assert.Equal(property, exception.ParamName);
        Assert.StartsWith(property, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(P12Password, exception.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_and_passwords_are_not_printed()
    {
        var options = Options with { Certificate = Pkcs12(NewCertificate()), CertificatePassword = P12Password, Dkim = Dkim() };

        Assert.DoesNotContain(P12Password, options.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("PRIVATE", options.ToString(), StringComparison.Ordinal);
        Assert.Contains("Selector = mail", options.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task A_message_is_signed_with_a_file_with_bytes_and_with_a_certificate(bool fromFile, bool async)
    {
        var certificate = NewCertificate();
        var path = Path.GetTempFileName();
        await File.WriteAllBytesAsync(path, Pkcs12(certificate), Cancellation);
        await using var server = SmtpTestServer.Start();
        foreach (var source in (CertificateSource[])[fromFile ? path : Pkcs12(certificate), certificate])
        {
            await using var transporter = new SmtpTransporter(
                server.ToServerOptions() with { Certificate = source, CertificatePassword = P12Password });
            var result = await SendAsync(transporter, async);
            AssertAccepted(result);
            Assert.Empty(result.Warnings);
        }

        File.Delete(path);
        Assert.Equal(2, server.Messages.Count);
        foreach (var message in server.Messages)
        {
            var signed = Assert.IsType<MultipartSigned>(message.Message.Body);
            Assert.Equal("text/plain", signed[0].ContentType.MimeType);
            Assert.Equal("smime.p7s", ((MimePart)signed[1]).FileName);
        }
    }

    [Theory]
    [InlineData("Me of the store")]
    [InlineData("store@example.com")]
    public async Task A_certificate_is_found_in_the_system_store_by_its_name_or_address(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest(
            "CN=Me of the store, E=store@example.com", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var store = new X509Store(StoreName.My, StoreLocation.CurrentUser);
        store.Open(OpenFlags.ReadWrite);
        store.Add(certificate);
        try
        {
            await using var server = SmtpTestServer.Start();
            await using var transporter = new SmtpTransporter(server.ToServerOptions() with { CertificateName = name });
            Assert.Equal(name, transporter.CertificateName);

            AssertAccepted(await SendAsync(transporter, async: true));

            Assert.IsType<MultipartSigned>(server.Messages[0].Message.Body);
        }
        finally
        {
            store.Remove(certificate);
        }
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_certificate_that_does_not_name_the_sender_is_a_warning(bool async)
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(
            server.ToServerOptions() with { Certificate = NewCertificate("other@example.com") });

        var result = await SendAsync(transporter, async);

        AssertAccepted(result);
        var warning = Assert.Single(result.Warnings);
        Assert.Equal((SmtpErrorCodes.CertificateSenderMismatch, "smim"), (warning.ErrCode, warning.ComponentSignature));
        Assert.Contains("me@example.com", warning.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_recipient_without_a_certificate_is_an_error(bool async)
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var email = NewMail("ann@example.org, bob@example.org");
        email.EncryptFor.Add(NewCertificate("ann@example.org"));

        var result = await SendAsync(transporter, async, email);

        AssertNotSent(result, SmtpErrorCodes.InvalidContent, "mail");
        Assert.Contains("bob@example.org", result.Errors[^1].Message, StringComparison.Ordinal);
        Assert.Empty(server.Sessions);
    }

    [Theory]
    [InlineData("ann@xn--bcher-kva.test", "ann@bücher.test")]
    [InlineData("ann@xn--bcher-kva.test", "Ann@BÜCHER.test")]
    [InlineData("ann@bücher.test", "ann@xn--bcher-kva.test")]
    [InlineData("änn@bücher.test", "änn@xn--bcher-kva.test")]
    public async Task Addresses_of_certificates_and_emails_are_compared_with_their_domains_in_ASCII(string named, string address)
    {
        await using var server = SmtpTestServer.Start();
        using var certificate = NewCertificate(named, usage: X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment);
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { Certificate = certificate });
        var email = NewMail(address);
        email.From = address;
        email.EncryptFor.Add(certificate);

        var result = await transporter.SendAsync(email, Cancellation);

        AssertAccepted(result);
        Assert.Empty(result.Warnings);
    }

    [Theory]
    [InlineData("ann@example.org", "bob@example.org")]
    [InlineData("", "bob@example.org, cid@example.org")]
    public async Task A_Bcc_recipient_of_an_encrypted_message_is_not_shown_to_the_others(string to, string bcc)
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var email = NewMail(to);
        email.Bcc = bcc;
        foreach (var name in (string[])["ann", "bob", "cid"])
            email.EncryptFor.Add(NewCertificate($"{name}@example.org"));

        var result = await transporter.SendAsync(email, Cancellation);

        AssertNotSent(result, SmtpErrorCodes.InvalidContent, "mail");
        Assert.Contains("bob@example.org, which is in Bcc", result.Errors[^1].Message, StringComparison.Ordinal);
        Assert.Equal(EmailDiagnosticCodes.Invalid, email.Analyze()[0].Code);
        Assert.Empty(server.Sessions);

        // Each hidden recipient alone, and the author's own copy, show nobody.
        email.Envelope = new() { Recipients = ["bob@example.org"] };
        AssertAccepted(await transporter.SendAsync(email, Cancellation));
        (email.To, email.Envelope, email.Bcc) = ("ann@example.org", null, email.From);
        email.EncryptFor.Add(NewCertificate());
        AssertAccepted(await transporter.SendAsync(email, Cancellation));
        Assert.Equal(["ann@example.org", "me@example.com"], server.Messages[1].Recipients);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_message_of_the_caller_is_copied_before_it_is_signed(bool async)
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { Dkim = Dkim(), Certificate = NewCertificate() });
        var message = new MimeMessage { Subject = "Hello", Body = new TextPart("plain") { Text = "Grüße" } };
        message.From.Add(new MailboxAddress("Me", "me@example.com"));
        message.To.Add(new MailboxAddress("Ann", "ann@example.org"));
        message.Bcc.Add(new MailboxAddress("Bob", "bob@example.org"));

        var result = async ? await transporter.SendAsync(message, Cancellation) : transporter.Send(message, Cancellation);

        AssertAccepted(result);
        Assert.False(message.Headers.Contains(HeaderId.DkimSignature));
        Assert.IsType<TextPart>(message.Body);
        var received = server.Messages[0].Message;
        Assert.Equal(HeaderId.DkimSignature, received.Headers[0].Id);
        Assert.IsType<MultipartSigned>(received.Body);
        Assert.Empty(received.Bcc);
    }

    [Fact]
    public async Task Concurrent_messages_are_signed_separately()
    {
        using var rsa = RSA.Create(2048);
        var dkim = new DkimOptions { Domain = "example.com", Selector = "mail", PrivateKey = rsa.ExportRSAPrivateKeyPem() };
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { Dkim = dkim });

        var results = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => SendAsync(transporter, async: true)));

        Assert.All(results, AssertAccepted);
        var verifier = new DkimVerifier(new Locator(rsa));
        foreach (var message in server.Messages)
            Assert.True(await verifier.VerifyAsync(message.Message, message.Message.Headers[0], Cancellation));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Each_key_signs_and_each_signature_can_be_verified(bool async)
    {
        using var rsa = RSA.Create(2048);
        var generator = new Org.BouncyCastle.Crypto.Generators.Ed25519KeyPairGenerator();
        generator.Init(new Org.BouncyCastle.Crypto.Parameters.Ed25519KeyGenerationParameters(new Org.BouncyCastle.Security.SecureRandom()));
        var ed25519 = generator.GenerateKeyPair();
        var pkcs8 = Org.BouncyCastle.Pkcs.PrivateKeyInfoFactory.CreatePrivateKeyInfo(ed25519.Private).GetEncoded();
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with
        {
            Dkim = new() { Domain = "example.com", Selector = "rsa", PrivateKey = rsa.ExportPkcs8PrivateKeyPem() },
            DkimKeys = [new() { Domain = "example.com", Selector = "ed", PrivateKey = PemEncoding.WriteString("PRIVATE KEY", pkcs8) }],
        });

        AssertAccepted(await SendAsync(transporter, async));

        var message = server.Messages[0].Message;
        var signatures = message.Headers.Where(h => h.Id == HeaderId.DkimSignature).ToList();
        Assert.Equal(2, signatures.Count);
        Assert.Contains("a=ed25519-sha256", signatures[0].Value, StringComparison.Ordinal);
        Assert.Contains("a=rsa-sha256", signatures[1].Value, StringComparison.Ordinal);
        var verifier = new DkimVerifier(new Locator(rsa) { Ed25519 = ed25519.Public });
        foreach (var signature in signatures)
            Assert.True(await verifier.VerifyAsync(message, signature, Cancellation));
    }

    private sealed class Locator(RSA key) : DkimPublicKeyLocatorBase
    {
        public Org.BouncyCastle.Crypto.AsymmetricKeyParameter? Ed25519 { get; init; }

        public override Org.BouncyCastle.Crypto.AsymmetricKeyParameter LocatePublicKey(
            string methods, string domain, string selector, CancellationToken cancellationToken = default) =>
            selector == "ed" ? Ed25519! : Org.BouncyCastle.Security.DotNetUtilities.GetRsaPublicKey(key);

        public override Task<Org.BouncyCastle.Crypto.AsymmetricKeyParameter> LocatePublicKeyAsync(
            string methods, string domain, string selector, CancellationToken cancellationToken = default) =>
            Task.FromResult(LocatePublicKey(methods, domain, selector, cancellationToken));
    }
}
