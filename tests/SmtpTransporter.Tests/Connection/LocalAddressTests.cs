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

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Connections_come_from_the_chosen_address(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        await using var relay = new Relay(new IPEndPoint(IPAddress.Loopback, 0), server.Port);
        var options = server.ToServerOptions() with { Host = "mail.example.com", Port = relay.Port };
        using var transporter = new SmtpTransporter(
            options with { LocalAddress = IPAddress.Parse("127.0.0.7") }, null, TimeProvider.System,
            new FixedResolver(IPAddress.IPv6Loopback, IPAddress.Loopback));
        await using var mapped = new SmtpTransporter(
            options with { Host = "127.0.0.1", LocalAddress = IPAddress.Parse("::ffff:127.0.0.8") });

        AssertAccepted(await SendAsync(transporter, async));
        AssertAccepted(await SendAsync(mapped, async));

        Assert.Equal(["127.0.0.7", "127.0.0.8"], relay.Clients.Select(c => ((IPEndPoint)c!).Address.ToString()));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task An_address_that_this_machine_does_not_have_is_an_error_of_its_own(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        await using var transporter = new SmtpTransporter(
            server.ToServerOptions() with { LocalAddress = IPAddress.Parse("192.0.2.77") });

        var result = await SendAsync(transporter, async);

        AssertNotSent(result, SmtpErrorCodes.LocalAddressUnusable, "tcp");
        Assert.Contains("192.0.2.77 is not an address of this machine", result.Reason, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1", result.Reason, StringComparison.Ordinal);
        Assert.False(result.IsTransient);
        Assert.Equal("own.local-address", result.Explanation?.Code);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task An_address_of_the_other_family_is_an_error_of_its_own(bool async)
    {
        await using var transporter = new SmtpTransporter(
            new ServerOptions { Host = "127.0.0.1", Port = 9, LocalAddress = IPAddress.IPv6Loopback });

        var result = await SendAsync(transporter, async);

        AssertNotSent(result, SmtpErrorCodes.LocalAddressUnusable, "tcp");
        Assert.Contains("::1 is IPv6, and \"127.0.0.1\" has only IPv4", result.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("eth0")]
    public void An_address_of_no_machine_is_not_valid(string address) => Assert.Throws<ArgumentException>(
        () => ServerOptions.FromSettings([new("Host", "smtp.example.com"), new("LocalAddress", address)]));
}
