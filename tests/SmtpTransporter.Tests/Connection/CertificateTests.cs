using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests trusted certificates with a wrong name, a weak key or a revocation.</summary>
public sealed class CertificateTests : SocketTest
{
    [Theory]
    [InlineData("mail.example.com", "mail.example.com", true)]
    [InlineData("MAIL.example.COM", "mail.example.com", true)]
    [InlineData("mail.example.com", "*.example.com", true)]
    [InlineData("a.mail.example.com", "*.example.com", false)]
    [InlineData("example.com", "*.com", false)]
    [InlineData("example.com", "*", false)]
    [InlineData("mail.example.com", "www.example.com", false)]
    [InlineData("example.com", "*.com other.example", false)]
    [InlineData("example.com", "*.com example.com", true)]
    [InlineData("mail.example.com", "", false)]
    public async Task A_certificate_name_must_match_the_host_and_not_a_whole_top_level_domain(string host, string names, bool accepted)
    {
        using var key = RSA.Create(2048);
        using var certificate = Issue(host, names, key);
        await using var server = SmtpTestServer.Start(new() { Certificate = certificate, Users = Users });
        using var transporter = new SmtpTransporter(
            server.ToServerOptions() with { Host = host }, null, TimeProvider.System, new FixedResolver(IPAddress.Loopback));

        foreach (var async in (bool[])[false, true])
        {
            var result = await SendAsync(transporter, async);

            if (accepted)
                AssertAccepted(result);
            else
                AssertNotSent(result, SmtpErrorCodes.CertificateNotTrusted, "tls");
        }

        Assert.Equal(accepted, server.Sessions.Any(s => Verbs(s).Contains("AUTH")));
    }

    [Fact]
    public async Task An_entry_that_is_not_a_name_does_not_prevent_the_handshake()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        // A sequence of dNSName: "a..b.test", "localhost".
        byte[] names = [0x30, 22, 0x82, 9, .. "a..b.test"u8, 0x82, 9, .. "localhost"u8];
        request.CertificateExtensions.Add(new X509Extension("2.5.29.17", names, false));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await using var server = SmtpTestServer.Start(new() { Certificate = certificate });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        AssertAccepted(await SendAsync(transporter, async: true));
    }

    [Theory]
    [InlineData(1024, false)]
    [InlineData(2048, true)]
    public void A_certificate_with_a_weak_key_is_refused(int bits, bool accepted)
    {
        using var key = RSA.Create(bits);
        using var certificate = Issue("localhost", "localhost", key);
        var check = new ServerCertificateCheck(new ServerOptions { Host = "localhost", TrustedCertificates = [certificate] });

        var trusted = check.Accepts(null, certificate, null, System.Net.Security.SslPolicyErrors.None);

        Assert.Equal(accepted, trusted);
        Assert.Equal(accepted ? null : $"its RSA key has only {bits} bits", check.Refusal);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task A_revoked_certificate_is_refused_if_revocation_is_checked(bool async, bool check)
    {
        using var lists = new TcpListener(IPAddress.Loopback, 0);
        lists.Start();
        using var issuerKey = RSA.Create(2048);
        using var issuer = Authority(issuerKey);
        using var key = RSA.Create(2048);
        using var certificate = IssuedBy(issuer, key, $"http://127.0.0.1:{((IPEndPoint)lists.LocalEndpoint).Port}/{Guid.NewGuid():n}.crl");
        var serving = ServeAsync(lists, RevocationList(issuer, certificate));
        await using var server = SmtpTestServer.Start(new() { Certificate = certificate, Users = Users });
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with
        {
            TrustedCertificates = [issuer],
            CheckCertificateRevocation = check,
        });

        var result = await SendAsync(transporter, async);

        if (check)
        {
            AssertNotSent(result, SmtpErrorCodes.CertificateNotTrusted, "tls");
            Assert.Contains("it was revoked by", result.Errors[^1].Message, StringComparison.Ordinal);
            Assert.DoesNotContain("AUTH", Verbs(server.Sessions[0]));
        }
        else
        {
            AssertAccepted(result);
        }

        lists.Stop();
        await serving;
    }

    private static X509Certificate2 Issue(string host, string names, RSA key)
    {
        var request = new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            alternatives.AddDnsName(name);
        if (names.Length > 0)
            request.CertificateExtensions.Add(alternatives.Build());
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private static X509Certificate2 Authority(RSA key)
    {
        var request = new CertificateRequest("CN=Test authority", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-2), DateTimeOffset.UtcNow.AddDays(2));
    }

    private static X509Certificate2 IssuedBy(X509Certificate2 issuer, RSA key, string list)
    {
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(CertificateRevocationListBuilder.BuildCrlDistributionPointExtension([list]));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, true, false));
        using var bare = request.Create(issuer, DateTimeOffset.UtcNow
            .AddDays(-1), DateTimeOffset.UtcNow.AddDays(1), RandomNumberGenerator.GetBytes(8));
        return bare.CopyWithPrivateKey(key);
    }

    private static byte[] RevocationList(X509Certificate2 issuer, X509Certificate2 revoked)
    {
        var list = new CertificateRevocationListBuilder();
        list.AddEntry(revoked, DateTimeOffset.UtcNow.AddHours(-1));
        return list.Build(
            issuer, 1, DateTimeOffset.UtcNow.AddDays(1), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1,
            DateTimeOffset.UtcNow.AddHours(-1));
    }

    /// <summary>Answers every request with the revocation list.</summary>
    private static async Task ServeAsync(TcpListener listener, byte[] list)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync(Cancellation);
                await using var stream = client.GetStream();
                _ = await stream.ReadAsync(new byte[4096], Cancellation);
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: "
                    + $"application/pkix-crl\r\nContent-Length: {list.Length}\r\nConnection: close\r\n\r\n"), Cancellation);
                await stream.WriteAsync(list, Cancellation);
            }
        }
        catch (Exception exception) when (exception is SocketException or InvalidOperationException)
        {
            // The test is over.
        }
    }
}
