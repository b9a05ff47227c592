using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SmtpTransport.Testing;

namespace SmtpTransport.IntegrationTests.Readers;

/// <summary>OpenSSL and dkimpy verify our signatures.</summary>
public sealed class SignatureTests : Scratch
{
    private const string CheckDkim = """
        import dkim, sys
        record = open('record.txt', 'rb').read()
        def lookup(name, timeout=5):
            return record if name == b'mail._domainkey.example.com.' else None
        ok = dkim.verify(open('mail.eml', 'rb').read(), dnsfunc=lookup)
        print('valid' if ok else 'not valid')
        """;

    private const string Ed25519Key = """
        from nacl.signing import SigningKey
        import base64
        key = SigningKey.generate()
        pkcs8 = bytes.fromhex('302e020100300506032b657004220420') + bytes(key)
        pem = '-----BEGIN PRIVATE KEY-----\n' + base64.b64encode(pkcs8).decode() + '\n-----END PRIVATE KEY-----\n'
        open('ed.pem', 'w').write(pem)
        open('record.txt', 'w').write('v=DKIM1; k=ed25519; p=' + base64.b64encode(bytes(key.verify_key)).decode())
        """;

    private static Email FullMail() => new()
    {
        From = "Jörg <me@example.com>",
        To = "you@example.org",
        Subject = "Signed – 署名",
        TextBody = "Grüße\n.\nFrom here on\n trailing \n\n\n",
        HtmlBody = "<p>Grüße</p>",
        Attachments = { MailAttachment.FromBytes([.. Enumerable.Range(0, 5000).Select(i => (byte)i)], "Übersicht 日本.bin") },
    };

    private static async Task<ReceivedMessage> SendAsync(
        Func<ServerOptions, ServerOptions> change, Email? email = null, bool eightBit = true)
    {
        await using var server = SmtpTestServer.Start(new() { EightBitMime = eightBit });
        await using var transporter = new SmtpTransporter(change(server.ToServerOptions()));
        var result = await transporter.SendAsync(email ?? FullMail(), Cancellation);
        Assert.True(result.Success, string.Join('\n', [result.ToString(), .. result.Errors]));
        Assert.Empty(result.Warnings);
        return server.Messages[0];
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OpenSSL_and_dkimpy_accept_a_message_with_both_signatures(bool latin)
    {
        var (pkcs12, root) = NewCertificates();
        using var rsa = RSA.Create(2048);
        var received = await SendAsync(o => o with
        {
            Certificate = pkcs12,
            CertificatePassword = "p12-secret",
            Dkim = new() { Domain = "example.com", Selector = "mail", PrivateKey = rsa.ExportRSAPrivateKeyPem() },
            BodyCharset = latin ? MailMode.Iso88591 : MailMode.Utf8,
        });
        Write("mail.eml", received.Raw);
        Write("root.pem", root);
        Write("record.txt", $"v=DKIM1; k=rsa; p={Convert.ToBase64String(rsa.ExportSubjectPublicKeyInfo())}");

        // Only the root is given: the intermediate certificate must have been sent with the message.
        var content = await RunAsync("openssl", "cms", "-verify", "-in", "mail.eml", "-CAfile", "root.pem", "-purpose", "smimesign");
        _ = await RunAsync("openssl", "smime", "-verify", "-in", "mail.eml", "-CAfile", "root.pem");

        Assert.Contains("multipart/mixed", content, StringComparison.Ordinal);
        Assert.Equal("valid\n", await RunAsync("/usr/bin/python3", "-c", CheckDkim));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Dkimpy_accepts_RSA(bool eightBit)
    {
        using var rsa = RSA.Create(2048);
        var received = await SendAsync(
            o => o with
            {
                Dkim = new() { Domain = "example.com", Selector = "mail", PrivateKey = rsa.ExportPkcs8PrivateKeyPem() },
                BodyCharset = MailMode.Iso88591,
            },
            eightBit: eightBit);
        Write("mail.eml", received.Raw);
        Write("record.txt", $"v=DKIM1; k=rsa; p={Convert.ToBase64String(rsa.ExportSubjectPublicKeyInfo())}");

        Assert.Equal("valid\n", await RunAsync("/usr/bin/python3", "-c", CheckDkim));
        Assert.Contains("c=relaxed/relaxed", received.Message.Headers["DKIM-Signature"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dkimpy_accepts_Ed25519()
    {
        await RunAsync("/usr/bin/python3", "-c", Ed25519Key);
        var key = await File.ReadAllTextAsync(PathOf("ed.pem"), Cancellation);
        var received = await SendAsync(o => o with { Dkim = new() { Domain = "example.com", Selector = "mail", PrivateKey = key } });
        Write("mail.eml", received.Raw);

        Assert.Equal("valid\n", await RunAsync("/usr/bin/python3", "-c", CheckDkim));
    }

    [Fact]
    public async Task Dkimpy_accepts_both_signatures_of_RSA_and_Ed25519()
    {
        await RunAsync("/usr/bin/python3", "-c", Ed25519Key);
        var ed25519 = await File.ReadAllTextAsync(PathOf("ed.pem"), Cancellation);
        using var rsa = RSA.Create(2048);
        var received = await SendAsync(o => o with
        {
            Dkim = new() { Domain = "example.com", Selector = "rsa", PrivateKey = rsa.ExportPkcs8PrivateKeyPem() },
            DkimKeys = [new() { Domain = "example.com", Selector = "mail", PrivateKey = ed25519 }],
        });
        Write("mail.eml", received.Raw);
        Write("rsa.txt", $"v=DKIM1; k=rsa; p={Convert.ToBase64String(rsa.ExportSubjectPublicKeyInfo())}");

        var verdicts = await RunAsync("/usr/bin/python3", "-c", """
            import dkim
            records = {b'mail._domainkey.example.com.': 'record.txt', b'rsa._domainkey.example.com.': 'rsa.txt'}
            signed = dkim.DKIM(open('mail.eml', 'rb').read())
            for i in range(2):
                print(signed.verify(idx=i, dnsfunc=lambda name, timeout=5: open(records[name], 'rb').read()))
            """);

        Assert.Equal("True\nTrue\n", verdicts);
    }

    [Fact]
    public async Task OpenSSL_decrypts_a_message_for_its_recipient()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=You, E=you@example.org", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var email = FullMail();
        email.EncryptFor.Add(certificate);
        var received = await SendAsync(o => o, email);
        Write("mail.eml", received.Raw);
        Write("key.pem", key.ExportPkcs8PrivateKeyPem());
        Write("certificate.pem", certificate.ExportCertificatePem());

        var opened = await RunAsync("openssl", "cms", "-decrypt", "-in", "mail.eml", "-inkey", "key.pem", "-recip", "certificate.pem");

        Assert.Contains("multipart/mixed", opened, StringComparison.Ordinal);
        Assert.DoesNotContain("multipart/mixed", System.Text.Encoding.ASCII.GetString(received.Raw.Span), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nistP256")]
    [InlineData("nistP384")]
    [InlineData("nistP521")]
    public async Task OpenSSL_decrypts_a_message_for_a_key_on_an_elliptic_curve_and_one_of_RSA(string curve)
    {
        using var key = ECDsa.Create(ECCurve.CreateFromFriendlyName(curve));
        using var rsa = RSA.Create(2048);
        using var certificate = Self(new CertificateRequest("CN=You, E=you@example.org", key, HashAlgorithmName.SHA256));
        using var other = Self(new CertificateRequest(
            "CN=Bob, E=bob@example.org", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        var email = FullMail();
        email.Cc = "bob@example.org";
        email.EncryptFor.Add(certificate);
        email.EncryptFor.Add(other);
        var received = await SendAsync(o => o, email);
        Write("mail.eml", received.Raw);
        Write("key.pem", key.ExportPkcs8PrivateKeyPem());
        Write("certificate.pem", certificate.ExportCertificatePem());
        Write("other-key.pem", rsa.ExportPkcs8PrivateKeyPem());
        Write("other.pem", other.ExportCertificatePem());

        var opened = await RunAsync("openssl", "cms", "-decrypt", "-in", "mail.eml", "-inkey", "key.pem", "-recip", "certificate.pem");
        var same = await RunAsync("openssl", "cms", "-decrypt", "-in", "mail.eml", "-inkey", "other-key.pem", "-recip", "other.pem");

        Assert.Contains("multipart/mixed", opened, StringComparison.Ordinal);
        Assert.Equal(opened, same);

        static X509Certificate2 Self(CertificateRequest request) =>
            request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    /// <summary>A root, an intermediate authority, and a certificate of the sender, the last two in a PKCS #12 file.</summary>
    private static (byte[] Pkcs12, string Root) NewCertificates()
    {
        var (from, to) = (DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(10));
        using var rootKey = RSA.Create(2048);
        using var middleKey = RSA.Create(2048);
        using var key = RSA.Create(2048);
        using var root = Request("CN=Root", rootKey, authority: true).CreateSelfSigned(from, to);
        using var middle = Request("CN=Middle", middleKey, authority: true).Create(root, from, to, [1]).CopyWithPrivateKey(middleKey);
        var request = Request("CN=Me", key, authority: false);
        var names = new SubjectAlternativeNameBuilder();
        names.AddEmailAddress("me@example.com");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.4")], false));
        using var certificate = request.Create(middle, from, to, [2]).CopyWithPrivateKey(key);
        using var publicMiddle = X509CertificateLoader.LoadCertificate(middle.RawData);
        var pkcs12 = new X509Certificate2Collection { certificate, publicMiddle }.Export(X509ContentType.Pkcs12, "p12-secret")!;
        return (pkcs12, root.ExportCertificatePem());
    }

    private static CertificateRequest Request(string name, RSA key, bool authority)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(authority, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(
            authority ? X509KeyUsageFlags.KeyCertSign : X509KeyUsageFlags.DigitalSignature, true));
        return request;
    }
}
