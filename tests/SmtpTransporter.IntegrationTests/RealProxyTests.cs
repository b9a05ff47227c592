using SmtpTransport.IntegrationTests.RealServer;
using SmtpTransport.Testing;

namespace SmtpTransport.IntegrationTests;

/// <summary>Tests connections through the proxies of Debian: Microsocks and Dante (SOCKS), Tinyproxy (HTTP).</summary>
public sealed class RealProxyTests
{
    // Nobody listens there.
    private const int ClosedPort = 1;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_email_arrives_through_SOCKS_5_with_and_without_a_password()
    {
        using var open = await ProxyProgram.StartMicrosocksAsync();
        using var closed = await ProxyProgram.StartMicrosocksAsync("-u", "me", "-P", "p@ss/word");

        await AssertArrivesAsync($"socks5://127.0.0.1:{open.Port}");
        await AssertArrivesAsync($"socks5://me:p%40ss%2Fword@127.0.0.1:{closed.Port}");
    }

    [Fact]
    public async Task An_email_arrives_through_SOCKS_4_and_5_of_one_proxy()
    {
        using var proxy = await ProxyProgram.StartDanteAsync(ClosedPort);

        await AssertArrivesAsync($"socks4://me@127.0.0.1:{proxy.Port}");
        await AssertArrivesAsync($"socks5://127.0.0.1:{proxy.Port}");
    }

    [Fact]
    public async Task An_email_arrives_through_HTTP_with_and_without_a_password()
    {
        using var open = await ProxyProgram.StartTinyproxyAsync();
        using var closed = await ProxyProgram.StartTinyproxyAsync("BasicAuth me pass-word");

        await AssertArrivesAsync($"http://127.0.0.1:{open.Port}");
        await AssertArrivesAsync($"http://me:pass-word@127.0.0.1:{closed.Port}");
    }

    [Fact]
    public async Task Each_wrong_setting_of_SOCKS_has_its_own_error()
    {
        using var open = await ProxyProgram.StartMicrosocksAsync();
        using var closed = await ProxyProgram.StartMicrosocksAsync("-u", "me", "-P", "right");
        using var ruled = await ProxyProgram.StartDanteAsync(forbiddenPort: 25);

        await AssertFailsAsync($"socks5://127.0.0.1:{closed.Port}", SmtpErrorCodes.ProxyAuthenticationRequired);
        await AssertFailsAsync($"socks5://me:wrong@127.0.0.1:{closed.Port}", SmtpErrorCodes.ProxyAuthenticationFailed);
        await AssertFailsAsync($"socks5://127.0.0.1:{open.Port}", SmtpErrorCodes.ProxyCannotConnect);
        await AssertFailsAsync($"socks5://127.0.0.1:{open.Port}", SmtpErrorCodes.ProxyCannotConnect, host: "no-such-host.invalid");
        await AssertFailsAsync($"socks5://127.0.0.1:{ruled.Port}", SmtpErrorCodes.ProxyForbidden, port: 25);
        await AssertFailsAsync($"socks4://127.0.0.1:{ruled.Port}", SmtpErrorCodes.ProxyCannotConnect, port: 25);
        // Dante closes the connection, as a proxy does that is about to restart.
        await AssertFailsAsync($"http://127.0.0.1:{ruled.Port}", SmtpErrorCodes.ProxyUnreachable);
        await AssertFailsAsync($"socks5://127.0.0.1:{ClosedPort}", SmtpErrorCodes.ProxyUnreachable);
    }

    [Fact]
    public async Task Each_wrong_setting_of_HTTP_has_its_own_error()
    {
        using var closed = await ProxyProgram.StartTinyproxyAsync("BasicAuth me right");
        using var ruled = await ProxyProgram.StartTinyproxyAsync("ConnectPort 443", $"ConnectPort {ClosedPort}");

        await AssertFailsAsync($"http://127.0.0.1:{closed.Port}", SmtpErrorCodes.ProxyAuthenticationRequired);
        await AssertFailsAsync($"http://me:wrong@127.0.0.1:{closed.Port}", SmtpErrorCodes.ProxyAuthenticationFailed);
        await AssertFailsAsync($"http://127.0.0.1:{ruled.Port}", SmtpErrorCodes.ProxyCannotConnect);
        await AssertFailsAsync($"http://127.0.0.1:{ruled.Port}", SmtpErrorCodes.ProxyForbidden, port: 25);
        // Tinyproxy waits for a line, and SOCKS has none.
        await AssertFailsAsync($"socks5://127.0.0.1:{ruled.Port}", SmtpErrorCodes.ProxyTimeout, limit: TimeSpan.FromSeconds(1));
    }

    private static async Task AssertArrivesAsync(string proxy)
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { Host = "localhost", Proxy = proxy });

        var result = await transporter.SendAsync(NewEmail(), Cancellation);

        Assert.True(result.Success, $"{proxy}: {result.Reason}");
        Assert.True(Assert.Single(server.Messages).IsSecure);
        Assert.True(transporter.Send(NewEmail(), Cancellation).Success);
    }

    private static async Task AssertFailsAsync(
        string proxy, int code, string host = "127.0.0.1", int port = ClosedPort, TimeSpan? limit = null)
    {
        await using var transporter = new SmtpTransporter(new ServerOptions
        {
            Host = host,
            Port = port,
            Proxy = proxy,
            ConnectionTimeout = limit ?? TimeSpan.FromSeconds(30),
        });

        var sent = await transporter.SendAsync(NewEmail(), Cancellation);
        var status = transporter.CheckConnection(Cancellation);

        Assert.True(code == sent.Errors[^1].ErrCode, $"{proxy}: {sent.Errors[^1]}");
        Assert.True(code == status.Errors[^1].ErrCode, $"{proxy}: {status.Errors[^1]}");
        Assert.Equal("proxy", sent.Errors[^1].ComponentSignature);
        Assert.NotNull(sent.Explanation);
    }

    private static Email NewEmail() =>
        new() { From = "me@example.com", To = "ann@example.org", Subject = "Hello", TextBody = "Hello Ann\r\n" };
}
