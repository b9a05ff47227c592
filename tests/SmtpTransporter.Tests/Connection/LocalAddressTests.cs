using System.Net;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests the forms of IP addresses: of the server, and of this machine in EHLO.</summary>
public sealed class LocalAddressTests : SocketTest
{
    [Theory]
    [InlineData("127.0.0.1", "[127.0.0.1]")]
    [InlineData("[127.0.0.1]", "[127.0.0.1]")]
    [InlineData("::1", "[IPv6:::1]")]
    [InlineData("[IPv6:::1]", "[IPv6:::1]")]
    [InlineData("[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]")]
    [InlineData("me.example.com", "me.example.com")]
    public async Task An_address_in_EHLO_is_written_as_a_literal(string domain, string expected)
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { LocalDomain = domain });

        AssertAccepted(await transporter.SendAsync(NewMail(), Cancellation));

        Assert.Equal($"EHLO {expected}", server.Sessions[0].Commands[0], ignoreCase: true);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task An_IPv4_address_in_the_form_of_IPv6_is_reached_over_IPv4(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Address = IPAddress.Loopback, Tls = SmtpTestTlsMode.None });
        var options = server.ToServerOptions();
        await using var direct = new SmtpTransporter(options with { Host = "::ffff:127.0.0.1" });
        using var resolved = new SmtpTransporter(
            options with { Host = "mail.example.com" }, null, TimeProvider.System, new FixedResolver(IPAddress.Parse("::ffff:127.0.0.1")));

        AssertAccepted(await SendAsync(direct, async));
        AssertAccepted(await SendAsync(resolved, async));
    }
}
