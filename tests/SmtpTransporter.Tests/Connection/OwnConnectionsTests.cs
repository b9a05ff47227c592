using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests that an email is sent only over connections that were made with the options it is sent by.</summary>
public sealed class OwnConnectionsTests : SocketTest
{
    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_connection_serves_only_the_login_the_certificate_the_address_and_the_proxy_that_it_was_made_with(bool async)
    {
        using var certificate = NewCertificate();
        await using var server = SmtpTestServer.Start(new()
        {
            Users = new Dictionary<string, string> { ["one"] = "password-1", ["two"] = "password-2" },
            RequestClientCertificate = true,
        });
        await using var relay = new Relay(new IPEndPoint(IPAddress.Loopback, 0), server.Port);
        await using var proxy = new ScriptedProxy("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray()) { Target = server.Port };
        var one = server.ToServerOptions() with { Port = relay.Port, User = "one", Password = "password-1", LocalDomain = "d0.example" };
        // One host, one port, and four ways to connect: the name in EHLO tells which it is.
        ServerOptions[] ways =
        [
            one,
            one with { User = "two", Password = "password-2", LocalDomain = "d1.example" },
            one with { ClientCertificates = [certificate], LocalDomain = "d2.example" },
            one with { LocalAddress = IPAddress.Parse("127.0.0.9"), LocalDomain = "d3.example" },
            one with { Proxy = $"http://127.0.0.1:{proxy.Port}", LocalDomain = "d4.example" },
        ];
        await using var transporter = new SmtpTransporter(ways, ServerSelection.RoundRobin);

        for (var i = 0; i < 4 * ways.Length; i++)
            AssertAccepted(await SendAsync(transporter, async));

        Assert.Equal(ways.Length, server.Sessions.Count);
        Assert.All(server.Messages, (message, i) =>
        {
            var way = i % ways.Length;
            Assert.Contains($"d{way}.example", message.Session.Commands[0], StringComparison.Ordinal);
            Assert.Equal(ways[way].User, message.AuthenticatedUser);
            Assert.Equal(way == 2, message.Session.ClientCertificate is not null);
        });
        Assert.Single(relay.Clients, c => ((IPEndPoint)c!).Address.ToString() == "127.0.0.9");
        Assert.Equal((4, 1), (relay.Clients.Count, proxy.Requests.Count));
    }

    private static X509Certificate2 NewCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=client", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
#pragma warning disable SYSLIB0057 // The replacement is not in .NET 8.
        return new X509Certificate2(certificate.Export(X509ContentType.Pkcs12));
#pragma warning restore SYSLIB0057
    }
}
