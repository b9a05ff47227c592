using System.Globalization;
using System.Net;
using System.Text;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests connections through proxies, whose answers the tests write.</summary>
public sealed class ProxyTests : SocketTest
{
    private const string Secret = "prox/y:s3cret@pass";

    private static readonly byte[] Socks5Ok = [5, 0, 0, 1, 127, 0, 0, 1, 0, 25];
    private static readonly byte[] Socks4Ok = [0, 90, 0, 25, 127, 0, 0, 1];

    public static TheoryData<string, string, string[], bool> Ways
    {
        get
        {
            var ways = new TheoryData<string, string, string[], bool>();
            foreach (var async in (bool[])[false, true])
            {
                ways.Add("http://", "127.0.0.1", ["HTTP/1.1 200 OK\r\nVia: x\r\n\r\n"], async);
                ways.Add("http://me:pw@", "localhost", ["HTTP/1.1 103 Early\r\n\r\nHTTP/1.0 200 Connected\n\n"], async);
                ways.Add("socks5://", "127.0.0.1", ["0500", Hex(Socks5Ok)], async);
                ways.Add("socks5h://", "localhost", ["0500", Hex([5, 0, 0, 4, .. new byte[18]])], async);
                ways.Add("socks5://me:pw@", "localhost", ["0502", "0100", Hex(5, 0, 0, 3, 2, 0x61, 0x62, 0, 25)], async);
                ways.Add("socks5://me:pw@", "localhost", ["0500", Hex(Socks5Ok)], async);
                ways.Add("socks4a://", "localhost", [Hex(Socks4Ok)], async);
                ways.Add("socks4://me@", "127.0.0.1", [Hex(Socks4Ok)], async);
            }
            return ways;
        }
    }

    // The scheme with a user, the answers, the code, whether it may pass, and a part of the message.
    public static TheoryData<string, string[], int, bool, string> Failures => new()
    {
        { "socks5://", ["05ff"], SmtpErrorCodes.ProxyAuthenticationRequired, false, "set user and password" },
        { "socks5://me:pw@", ["05ff"], SmtpErrorCodes.ProxyAuthenticationFailed, false, "neither" },
        { "socks5://me:pw@", ["0502", "0101"], SmtpErrorCodes.ProxyAuthenticationFailed, false, "refused the user" },
        { "socks5://", ["0502"], SmtpErrorCodes.ProxyProtocolError, false, "not offered" },
        { "socks5://", ["0500", "05020001000000000000"],
            SmtpErrorCodes.ProxyForbidden, false, "forbids connections to mail.example.com:" },
        { "socks5://", ["0500", "05010001000000000000"], SmtpErrorCodes.ProxyCannotConnect, true, "general failure" },
        { "socks5://", ["0500", "05030001000000000000"], SmtpErrorCodes.ProxyCannotConnect, true, "network" },
        { "socks5://", ["0500", "05040001000000000000"], SmtpErrorCodes.ProxyCannotConnect, true, "unreachable" },
        { "socks5://", ["0500", "05050001000000000000"], SmtpErrorCodes.ProxyCannotConnect, true, "refused" },
        { "socks5://", ["0500", "05080001000000000000"], SmtpErrorCodes.ProxyCannotConnect, true, "type of address" },
        { "socks5://", ["HTTP/1.1 400 Bad Request\r\n\r\n"], SmtpErrorCodes.ProxyProtocolError, false, "use http://" },
        { "socks5://", ["220 mail.example.com ESMTP\r\n"], SmtpErrorCodes.ProxyProtocolError, false, "like a mail server" },
        { "socks5://", ["0500", "0500000900"], SmtpErrorCodes.ProxyProtocolError, false, "does not answer as a proxy" },
        { "socks4a://", ["005b000000000000"], SmtpErrorCodes.ProxyCannotConnect, true, "does not say which" },
        { "socks4a://", ["005c000000000000"], SmtpErrorCodes.ProxyAuthenticationRequired, false, "identd" },
        { "socks4a://me@", ["005d000000000000"], SmtpErrorCodes.ProxyAuthenticationFailed, false, "identd" },
        { "socks4a://", ["0500"], SmtpErrorCodes.ProxyProtocolError, false, "check scheme" },
        { "http://", ["HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=x\r\n\r\n"],
            SmtpErrorCodes.ProxyAuthenticationRequired, false, "set user" },
        { "http://me:pw@", ["HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=x\r\n\r\n"],
            SmtpErrorCodes.ProxyAuthenticationFailed, false, "refused" },
        { "http://me:pw@", ["HTTP/1.1 407 No\r\nproxy-authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n\r\n"],
            SmtpErrorCodes.ProxyAuthenticationRequired, false, "requires Negotiate or NTLM; only Basic" },
        { "http://me:pw@", ["HTTP/1.0 401 Unauthorized\r\n\r\n"], SmtpErrorCodes.ProxyAuthenticationFailed, false, "refused" },
        { "http://", ["HTTP/1.1 403 Forbidden\r\n\r\n"], SmtpErrorCodes.ProxyForbidden, false, "403 Forbidden" },
        { "http://", ["HTTP/1.1 408 Request Timeout\r\n\r\n"], SmtpErrorCodes.ProxyCannotConnect, true, "408" },
        { "http://", ["HTTP/1.1 425 Too Early\r\n\r\n"], SmtpErrorCodes.ProxyCannotConnect, true, "425" },
        { "http://", ["HTTP/1.1 429 Too Many Requests\r\n\r\n"], SmtpErrorCodes.ProxyCannotConnect, true, "429" },
        { "http://", ["HTTP/1.1 502 Bad Gateway\r\n\r\n"], SmtpErrorCodes.ProxyCannotConnect, true, "502 Bad Gateway" },
        { "http://", ["220 mail.example.com ESMTP\r\n"], SmtpErrorCodes.ProxyProtocolError, false, "like a mail server" },
        { "http://", ["0500"], SmtpErrorCodes.ProxyProtocolError, false, "use socks5://" },
        { "http://", ["HTTP/1.1 ok\r\n\r\n"], SmtpErrorCodes.ProxyProtocolError, false, "check scheme" },
        { "http://", ["HTTP/1.1 200 OK\r\nX: " + new string('x', 20_000)], SmtpErrorCodes.ProxyProtocolError, false, "header of more" },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task An_email_goes_through_the_proxy_with_TLS_to_the_server(string scheme, string host, string[] answers, bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users });
        // The server speaks as soon as the tunnel is open: its greeting must not be taken for a part of the proxy's answer.
        await using var proxy = new ScriptedProxy(Bytes(answers)) { Target = server.Port };
        await using var transporter = new SmtpTransporter(
            server.ToServerOptions() with { Host = host, Proxy = $"{scheme}127.0.0.1:{proxy.Port}" });

        AssertAccepted(await SendAsync(transporter, async));
        AssertAccepted(await SendAsync(transporter, async));

        Assert.True(server.Messages[1].IsSecure);
        Assert.Equal(User, server.Messages[1].AuthenticatedUser);
        var requests = string.Concat(proxy.Requests.Select(r => Encoding.Latin1.GetString(r)));
        Assert.Equal(
            scheme.Contains("me:pw", StringComparison.Ordinal) && answers[0] != "0500",
            requests.Contains("pw", StringComparison.Ordinal) || requests.Contains("bWU6cHc=", StringComparison.Ordinal));
        if (host == "localhost")
            Assert.Contains("localhost", requests, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Each_failure_of_a_proxy_has_an_error_that_says_what_to_do(
        string scheme, string[] answers, int code, bool transient, string message)
    {
        foreach (var async in (bool[])[false, true])
        {
            await using var proxy = new ScriptedProxy(Bytes(answers))
            {
                SpeaksFirst = answers[0].StartsWith("220", StringComparison.Ordinal),
            };
            await using var transporter = new SmtpTransporter(
                new ServerOptions { Host = "mail.example.com", Proxy = $"{scheme}127.0.0.1:{proxy.Port}" });

            var result = await SendAsync(transporter, async);

            AssertNotSent(result, code, "proxy");
            Assert.Contains(message, result.Reason, StringComparison.Ordinal);
            Assert.Contains($"127.0.0.1:{proxy.Port}", result.Reason, StringComparison.Ordinal);
            Assert.Equal(transient, result.IsTransient);
            Assert.NotNull(result.Explanation);
            Assert.Equal(SmtpErrorKind.Proxy, result.Errors[^1].Kind);
            await using var checking = new SmtpTransporter(
                new ServerOptions { Host = "mail.example.com", Proxy = $"{scheme}127.0.0.1:{proxy.Port}" });
            Assert.Equal(code, (await CheckAsync(checking, async)).Errors[^1].ErrCode);
        }
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_proxy_that_cannot_be_reached_or_closes_is_not_the_server(bool async)
    {
        await using var closing = new ScriptedProxy([]) { Closes = true };
        await using var noProxy = new SmtpTransporter(
            new ServerOptions { Host = "mail.example.com", Proxy = $"socks5://127.0.0.1:{closing.Port}" });
        await using var halfwayProxy = new ScriptedProxy(Bytes(["0500"])) { Closes = true };
        await using var closesLater = new SmtpTransporter(
            new ServerOptions { Host = "mail.example.com", Proxy = $"socks5://127.0.0.1:{halfwayProxy.Port}" });
        await using var nowhere = new SmtpTransporter(new ServerOptions { Host = "mail.example.com", Proxy = "http://127.0.0.1:1" });
        using var unknown = new SmtpTransporter(
            new ServerOptions { Host = "mail.example.com", Proxy = "http://proxy.example:1" }, null, TimeProvider.System,
            new FixedResolver());

        var closed = await SendAsync(noProxy, async);
        AssertNotSent(closed, SmtpErrorCodes.ProxyUnreachable, "proxy");
        Assert.True(closed.IsTransient);
        Assert.Contains("before it had answered", closed.Reason, StringComparison.Ordinal);
        var halfway = await SendAsync(closesLater, async);
        AssertNotSent(halfway, SmtpErrorCodes.ProxyUnreachable, "proxy");
        Assert.True(halfway.IsTransient);
        Assert.Contains("before it had connected to the server", halfway.Reason, StringComparison.Ordinal);
        var refused = await SendAsync(nowhere, async);
        AssertNotSent(refused, SmtpErrorCodes.ProxyUnreachable, "proxy");
        Assert.True(refused.IsTransient);
        Assert.DoesNotContain("..", refused.Reason, StringComparison.Ordinal);
        AssertNotSent(await SendAsync(unknown, async), SmtpErrorCodes.ProxyUnreachable, "proxy");
    }

    [Theory]
    [InlineData("socks5://", false)]
    [InlineData("socks5://", true)]
    [InlineData("http://", false)]
    [InlineData("http://", true)]
    public async Task A_proxy_that_hangs_is_bounded(string scheme, bool async)
    {
        await using var proxy = new ScriptedProxy();
        await using var transporter = new SmtpTransporter(
            new ServerOptions { Host = "mail.example.com", Proxy = $"{scheme}127.0.0.1:{proxy.Port}", ConnectionTimeout = Brief });

        var result = await SendAsync(transporter, async);

        AssertNotSent(result, SmtpErrorCodes.ProxyTimeout, "proxy");
        Assert.True(result.IsTransient);
        Assert.Equal(SmtpErrorKind.Timeout, result.Errors[^1].Kind);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Answers_that_come_byte_by_byte_are_read(bool async)
    {
        await using var server = SmtpTestServer.Start();
        await using var proxy = new ScriptedProxy(Bytes(["0502", "0100", Hex(Socks5Ok)])) { Target = server.Port, Drips = true };
        await using var transporter = new SmtpTransporter(
            server.ToServerOptions() with { Proxy = $"socks5://me:pw@127.0.0.1:{proxy.Port}" });

        AssertAccepted(await SendAsync(transporter, async));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Only_socks4_resolves_the_name_on_this_machine(bool async)
    {
        await using var proxy = new ScriptedProxy(Bytes(["005b000000000000"]));
        var options = new ServerOptions { Host = "mail.example.com", Port = 25, Proxy = $"socks4a://127.0.0.1:{proxy.Port}" };
        using var there = new SmtpTransporter(
            options, null, TimeProvider.System, new FixedResolver(IPAddress.Parse("192.0.2.9")));
        using var here = new SmtpTransporter(
            options with { Proxy = $"socks4://127.0.0.1:{proxy.Port}" }, null, TimeProvider.System,
            new FixedResolver(IPAddress.Parse("2001:db8::1"), IPAddress.Parse("192.0.2.9")));
        using var onlyIPv6 = new SmtpTransporter(
            options with { Proxy = $"socks4://127.0.0.1:{proxy.Port}" }, null, TimeProvider.System,
            new FixedResolver(IPAddress.Parse("2001:db8::1")));

        await SendAsync(there, async);
        await SendAsync(here, async);
        var result = await SendAsync(onlyIPv6, async);

        Assert.Equal(
            ["040100190000000100" + "6d61696c2e6578616d706c652e636f6d00", "04010019c000020900"], proxy.Requests.Select(Hex));
        AssertNotSent(result, SmtpErrorCodes.ProxyForbidden, "proxy");
        Assert.Contains("no IPv6", result.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task The_password_is_in_no_error_no_log_and_no_printed_options(bool async)
    {
        var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"me:{Secret}"));
        // The proxy gives back what it was sent.
        await using var proxy = new ScriptedProxy(Bytes([$"HTTP/1.1 403 {basic} {Secret}\r\n\r\n"]));
        var log = Path.Combine(Directory.CreateTempSubdirectory("smtp").FullName, "log");
        var options = new ServerOptions
        {
            Host = "mail.example.com",
            Proxy = $"http://me:{Uri.EscapeDataString(Secret)}@127.0.0.1:{proxy.Port}",
            LogFile = log,
        };
        string text;
        await using (var transporter = new SmtpTransporter(options))
            text = Describe(await SendAsync(transporter, async));
        text += await File.ReadAllTextAsync(log, Cancellation) + options;
        Directory.Delete(Path.GetDirectoryName(log)!, recursive: true);

        Assert.Contains(basic, Encoding.ASCII.GetString(proxy.Requests[0]), StringComparison.Ordinal);
        Assert.Empty(new SecretScanner("me", Secret).Find(text));
        Assert.DoesNotContain(basic, text, StringComparison.Ordinal);
        Assert.Contains($"Proxy = http://***@127.0.0.1:{proxy.Port}", options.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ftp://proxy.example")]
    [InlineData("https://me:s3cretpass@proxy.example")]
    [InlineData("proxy.example:1080")]
    [InlineData("me:s3cretpass@proxy.example:1080")]
    [InlineData("socks5://me:s3cretpass@")]
    [InlineData("socks5://me:s3cretpass@proxy.example/path")]
    [InlineData("socks5://:s3cretpass@proxy.example")]
    [InlineData("socks4://me:s3cretpass@proxy.example")]
    [InlineData("http://me%3A:s3cretpass@proxy.example")]
    [InlineData("socks5://me:s3cretpass%00@proxy.example")]
    public void A_proxy_that_is_not_valid_is_an_error_without_its_password(string proxy)
    {
        var inCode = Assert.Throws<ArgumentException>(() => new SmtpTransporter(new ServerOptions { Host = "host", Proxy = proxy }));
        var inSettings = Assert.Throws<ArgumentException>(() => ServerOptions.FromSettings([new("Host", "host"), new("Proxy", proxy)]));
        var inUrl = Assert.Throws<ArgumentException>(() => ServerOptions.Parse($"smtp://host?proxy={Uri.EscapeDataString(proxy)}"));

        Assert.All((Exception[])[inCode, inSettings, inUrl], exception =>
        {
            Assert.Contains("socks5://", exception.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("s3cretpass", exception.ToString(), StringComparison.Ordinal);
        });
    }

    private static byte[][] Bytes(string[] answers) =>
        [.. answers.Select(a => a.All(char.IsAsciiHexDigit) ? Convert.FromHexString(a) : Encoding.Latin1.GetBytes(a))];

    private static string Hex(params byte[] bytes) => Convert.ToHexString(bytes).ToLower(CultureInfo.InvariantCulture);
}
