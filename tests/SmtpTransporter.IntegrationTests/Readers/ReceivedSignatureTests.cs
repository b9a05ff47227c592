using System.Text;
using SmtpTransport.Testing;

namespace SmtpTransport.IntegrationTests.Readers;

/// <summary>Signatures that OpenSSL, GnuPG and dkimpy have made are valid after a message was read and written, or sent on.</summary>
public sealed class ReceivedSignatureTests : Scratch
{
    private const string Header =
        "Received: from a\r\n\tby b; Mon, 2 Mar 2026 10:11:12 +0100\r\nfrom: Ann <ann@example.com>\r\nTO:you@example.org\r\n"
        + "Subject:  two  blanks \r\nDate: Mon,  2 Mar 2026 10:11:12 +0100 (CET)\r\nMessage-ID:\r\n <1@example.com>\r\n";

    // Nothing of it is as this library writes it.
    private const string Signed = "Content-Type: multipart/mixed;\r\n\tboundary=\"-- inner\"\r\nX-Odd:a\r\n\r\npreamble\r\n"
        + "---- inner\r\nContent-Type:text/plain; charset=\"utf-8\"\r\nContent-Transfer-Encoding:  quoted-printable\r\n\r\n"
        + "Gr=c3=bc=C3=9Fe = \r\n  =20\r\n\r\n\r\n---- inner\r\nContent-Disposition: attachment;\r\n filename=a.bin\r\n"
        + "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: BASE64\r\n\r\nAA EC\r\n\r\n---- inner--\r\nepilogue\r\n";

    private const string CheckDkim = """
        import dkim, sys
        record = open('record.txt', 'rb').read()
        print('valid' if dkim.verify(open('out.eml', 'rb').read(), dnsfunc=lambda name, timeout=5: record) else 'not valid')
        """;

    private const string SplitPgp = """
        import email
        raw = open('out.eml', 'rb').read()
        signed = raw.split(b'--outer\r\n')[1][:-2]
        open('signed.part', 'wb').write(signed)
        message = email.message_from_bytes(raw)
        open('signature.asc', 'w').write(message.get_payload(1).get_payload())
        """;

    public static TheoryData<bool, bool> Ways => new() { { false, false }, { false, true }, { true, false }, { true, true } };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task OpenSSL_verifies_its_detached_signature(bool isSent, bool isChanged)
    {
        await CreateCertificateAsync();
        Write("body.txt", Signed);
        _ = await RunAsync("openssl", "cms", "-sign", "-in", "body.txt", "-signer", "cert.pem", "-inkey", "key.pem", "-out", "made.eml");

        await PassOnAsync(
            Encoding.ASCII.GetBytes(Header.ReplaceLineEndings("\n") + await File.ReadAllTextAsync(PathOf("made.eml"), Cancellation)),
            isSent, isChanged);

        var content = await RunAsync("openssl", "cms", "-verify", "-in", "out.eml", "-CAfile", "cert.pem", "-purpose", "any");
        Assert.Contains("X-Odd:a", content, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task OpenSSL_verifies_its_opaque_signature(bool isSent, bool isChanged)
    {
        await CreateCertificateAsync();
        Write("body.txt", Signed);
        _ = await RunAsync(
            "openssl", "cms", "-sign", "-nodetach", "-in", "body.txt", "-signer", "cert.pem", "-inkey", "key.pem", "-out", "made.eml");

        await PassOnAsync(
            Encoding.ASCII.GetBytes(Header.ReplaceLineEndings("\n") + await File.ReadAllTextAsync(PathOf("made.eml"), Cancellation)),
            isSent, isChanged);

        Assert.Contains(
            "X-Odd:a", await RunAsync("openssl", "cms", "-verify", "-in", "out.eml", "-CAfile", "cert.pem", "-purpose", "any"),
            StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task GnuPG_verifies_its_signature(bool isSent, bool isChanged)
    {
        Directory.CreateDirectory(PathOf("home"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _ = await GpgAsync("--passphrase", "", "--quick-gen-key", "ann@example.com", "rsa2048", "sign", "never");
        Write("body.txt", Signed);
        _ = await GpgAsync("--armor", "--output", "made.asc", "--detach-sign", "body.txt");

        var signature = (await File.ReadAllTextAsync(PathOf("made.asc"), Cancellation)).ReplaceLineEndings("\r\n");
        var message = Header + "MIME-Version: 1.0\r\nContent-Type: multipart/signed; micalg=pgp-sha512;\r\n"
            + "\tprotocol=\"application/pgp-signature\"; boundary=outer\r\n\r\n"
            + $"An OpenPGP message\r\n--outer\r\n{Signed}\r\n--outer\r\n"
            + $"Content-Type: application/pgp-signature; name=OpenPGP_signature.asc\r\n\r\n{signature}\r\n--outer--\r\n";
        await PassOnAsync(Encoding.ASCII.GetBytes(message), isSent, isChanged);

        _ = await RunAsync("/usr/bin/python3", "-c", SplitPgp);
        _ = await GpgAsync("--verify", "signature.asc", "signed.part");
        _ = await RunAsync("gpgconf", "--homedir", PathOf("home"), "--kill", "all");
    }

    [Theory]
    [InlineData("simple", "simple")]
    [InlineData("relaxed", "simple")]
    [InlineData("simple", "relaxed")]
    [InlineData("relaxed", "relaxed")]
    public async Task Dkimpy_verifies_its_signature(string header, string body)
    {
        _ = await RunAsync("openssl", "genrsa", "-traditional", "-out", "dkim.pem", "2048");
        var key = (await RunAsync("openssl", "rsa", "-in", "dkim.pem", "-pubout")).Split('\n').Where(line => !line.StartsWith('-'));
        Write("record.txt", $"v=DKIM1; k=rsa; p={string.Concat(key)}");
        Write("plain.eml", Header + Signed);
        var sign = $"""
            import dkim
            raw = open('plain.eml', 'rb').read()
            field = dkim.sign(raw, b'mail', b'example.com', open('dkim.pem', 'rb').read(), canonicalize=(b'{header}', b'{body}'))
            open('made.eml', 'wb').write(field + raw)
            """;
        _ = await RunAsync("/usr/bin/python3", "-c", sign);
        var made = await File.ReadAllBytesAsync(PathOf("made.eml"), Cancellation);

        foreach (var isSent in (bool[])[false, true])
        {
            await PassOnAsync(made, isSent, isChanged: false);
            Assert.Equal(made, await File.ReadAllBytesAsync(PathOf("out.eml"), Cancellation));
            Assert.Equal("valid\n", await RunAsync("/usr/bin/python3", "-c", CheckDkim));
        }

        // A message that is made from it has no signature that it would break.
        await PassOnAsync(made, isSent: true, isChanged: true);
        Assert.DoesNotContain("DKIM", await File.ReadAllTextAsync(PathOf("out.eml"), Cancellation), StringComparison.Ordinal);
    }

    private Task<string> GpgAsync(params string[] arguments) =>
        RunAsync("gpg", ["--homedir", PathOf("home"), "--batch", "--quiet", .. arguments]);

    private Task<string> CreateCertificateAsync() => RunAsync(
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-subj",
        "/CN=Ann/emailAddress=ann@example.com");

    /// <summary>Reads a message, and writes it to a file or receives it from a server.</summary>
    private async Task PassOnAsync(byte[] message, bool isSent, bool isChanged)
    {
        var email = Email.FromMime(message);
        if (isChanged)
            (email.To, email.Subject) = ("eve@example.net", "FW: signed");
        if (!isSent)
        {
            using var stream = new MemoryStream();
            await email.ToMimeAsync(stream, cancellationToken: Cancellation);
            Write("out.eml", stream.ToArray());
            return;
        }
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var result = await transporter.SendAsync(email, Cancellation);
        Assert.True(result.Success, result.ToString());
        Write("out.eml", server.Messages[0].Raw);
    }
}
