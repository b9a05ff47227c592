using System.Text;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests.Testing;

/// <summary>The testing server as a server: what it offers, takes and refuses.</summary>
public sealed class ProtocolTests
{
    private static readonly IReadOnlyDictionary<string, string> Users = new Dictionary<string, string> { ["me"] = "secret" };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static SmtpTestServer Start(SmtpTestServerOptions? options = null) => SmtpTestServer.Start((options ?? new()) with { Tls = options?.Tls ?? TestTls.None });

    private static Task<RawClient> ConnectAsync(SmtpTestServer server, bool greeted = true) => RawClient.ConnectAsync(server, Cancellation, greeted: greeted);

    public static TheoryData<string, SmtpTestServerOptions> Extensions => new()
    {
        { "PIPELINING", new() { Pipelining = false } },
        { "8BITMIME", new() { EightBitMime = false } },
        { "SMTPUTF8", new() { SmtpUtf8 = false } },
        { "CHUNKING", new() { Chunking = false } },
        { "DSN", new() { Dsn = false } },
        { "ENHANCEDSTATUSCODES", new() { EnhancedStatusCodes = false } },
        { "SIZE 10485760", new() { SizeLimit = null } },
    };

    [Theory]
    [MemberData(nameof(Extensions), DisableDiscoveryEnumeration = true)]
    public async Task Each_extension_is_offered_and_can_be_switched_off(string extension, SmtpTestServerOptions without)
    {
        foreach (var (options, offered) in new[] { (new SmtpTestServerOptions(), true), (without, false) })
        {
            await using var server = Start(options with { Tls = TestTls.None });
            await using var client = await ConnectAsync(server, greeted: false);
            Assert.StartsWith("220 localhost", await client.ReplyAsync(), StringComparison.Ordinal);

            var lines = (await client.SayAsync("EHLO me.example")).Split('\n').Skip(1).Select(l => l[4..]);

            Assert.Equal(offered, lines.Contains(extension));
        }
    }

    [Theory]
    [InlineData("503", "RCPT TO:<a@x>")]
    [InlineData("503", "DATA")]
    [InlineData("503", "BDAT 0 LAST")]
    [InlineData("250", "MAIL FROM:<a@x>")]
    [InlineData("250", "MAIL FROM:<>")]
    [InlineData("250", "MAIL FROM:<\"a b\"@x>")]
    [InlineData("250", "MAIL FROM:<a@[127.0.0.1]> SIZE=100 BODY=8BITMIME RET=HDRS ENVID=x+2By")]
    [InlineData("501", "MAIL FROM: <a@x>")]
    [InlineData("501", "MAIL FROM:a@x")]
    [InlineData("501", "MAIL FROM:<a@x")]
    [InlineData("501", "MAIL FROM:<a@x> SIZE=x")]
    [InlineData("501", "MAIL FROM:<a@x> RET=SOME")]
    [InlineData("555", "MAIL FROM:<a@x> NONSENSE=1")]
    [InlineData("552", "MAIL FROM:<a@x> SIZE=99999999999999999999")]
    [InlineData("553", "MAIL FROM:<\u00C3\u00A9@x>")]
    [InlineData("250", "MAIL FROM:<\u00C3\u00A9@x> SMTPUTF8")]
    [InlineData("503", "MAIL FROM:<a@x>", "MAIL FROM:<a@x>")]
    [InlineData("250", "MAIL FROM:<a@x>", "RCPT TO:<b@y> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;b@y")]
    [InlineData("501", "MAIL FROM:<a@x>", "RCPT TO:<b@y> NOTIFY=NEVER,FAILURE")]
    [InlineData("501", "MAIL FROM:<a@x>", "RCPT TO:<>")]
    [InlineData("503", "MAIL FROM:<a@x>", "DATA")]
    [InlineData("250", "MAIL FROM:<a@x>", "RSET")]
    [InlineData("503", "MAIL FROM:<a@x>", "RSET", "RCPT TO:<b@y>")]
    [InlineData("250", "NOOP anything")]
    [InlineData("25", "VRFY a@x")]
    [InlineData("50", "NONSENSE")]
    [InlineData("50", "STARTTLS")]
    [InlineData("503", "AUTH PLAIN AG1lAHNlY3JldA==")]
    [InlineData("221", "QUIT")]
    public async Task A_command_is_answered_as_the_standard_says(string code, params string[] lines)
    {
        await using var server = Start();
        await using var client = await ConnectAsync(server);

        foreach (var line in lines[..^1])
            Assert.StartsWith("250", await client.SayAsync(line), StringComparison.Ordinal);

        Assert.StartsWith(code, await client.SayAsync(lines[^1]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mail_needs_a_greeting()
    {
        await using var server = Start();
        await using var client = await ConnectAsync(server, greeted: false);
        _ = await client.ReplyAsync();

        Assert.StartsWith("503", await client.SayAsync("MAIL FROM:<a@x>"), StringComparison.Ordinal);
        Assert.StartsWith("250 localhost", await client.SayAsync("HELO me"), StringComparison.Ordinal);
        Assert.StartsWith("250", await client.SayAsync("MAIL FROM:<a@x>"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dots_are_unstuffed_and_pipelined_commands_are_served_in_order()
    {
        await using var server = Start();
        await using var client = await ConnectAsync(server);

        await client.WriteAsync("MAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nRCPT TO:<c@z>\r\nDATA\r\n");
        var codes = new[] { await client.ReplyAsync(), await client.ReplyAsync(), await client.ReplyAsync(), await client.ReplyAsync() };
        Assert.Equal(["250", "250", "250", "354"], codes.Select(c => c[..3]));
        Assert.StartsWith("250", await client.SayAsync("Subject: x\r\n\r\n..\r\n..x\r\nx.\r\n."), StringComparison.Ordinal);

        var mail = Assert.Single(server.Mails);
        Assert.Equal("Subject: x\r\n\r\n.\r\n.x\r\nx.\r\n", Encoding.ASCII.GetString(mail.Raw.Span));
        Assert.Equal(("a@x", 2), (mail.From, mail.To.Count));
        Assert.Equal("x", mail.Message.Subject);
    }

    [Theory]
    [InlineData("x\n.\r\n")]
    [InlineData("x\r\n.\n")]
    [InlineData("x\n.\n")]
    [InlineData("x\r.\r\n")]
    [InlineData("x\r\n.\r")]
    [InlineData("x\ry")]
    public async Task What_is_no_end_of_a_message_does_not_end_it_and_is_refused(string smuggled)
    {
        await using var server = Start();
        await using var client = await ConnectAsync(server);
        foreach (var line in (string[])["MAIL FROM:<a@x>", "RCPT TO:<b@y>", "DATA"])
            _ = await client.SayAsync(line);

        var reply = await client.SayAsync($"{smuggled}MAIL FROM:<evil@x>\r\n.");

        Assert.StartsWith("5", reply, StringComparison.Ordinal);
        Assert.Empty(server.Mails);
        Assert.DoesNotContain(server.Sessions[0].Commands, c => c.Contains("evil", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_command_that_ends_with_a_bare_line_feed_is_refused_and_the_connection_closed()
    {
        await using var server = Start();
        await using var client = await ConnectAsync(server);

        await client.WriteAsync("NOOP\nNOOP\r\n");

        Assert.StartsWith("5", await client.ReplyAsync(), StringComparison.Ordinal);
        Assert.Equal("", await client.RestAsync());
    }

    [Fact]
    public async Task A_message_over_the_size_is_refused_after_it_was_read()
    {
        await using var server = Start(new() { Tls = TestTls.None, SizeLimit = 100 });
        await using var client = await ConnectAsync(server);
        foreach (var line in (string[])["MAIL FROM:<a@x>", "RCPT TO:<b@y>", "DATA"])
            _ = await client.SayAsync(line);

        Assert.StartsWith("552", await client.SayAsync(new string('x', 200) + "\r\n."), StringComparison.Ordinal);
        Assert.Empty(server.Mails);
        Assert.StartsWith("250", await client.SayAsync("NOOP"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_comes_in_chunks_too()
    {
        await using var server = Start();
        await using var client = await ConnectAsync(server);
        _ = await client.SayAsync("MAIL FROM:<a@x>");
        _ = await client.SayAsync("RCPT TO:<b@y>");

        await client.WriteAsync("BDAT 4\r\n.\r\nx");
        Assert.StartsWith("250", await client.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("503", await client.SayAsync("DATA"), StringComparison.Ordinal);
        await client.WriteAsync("BDAT 2\r\n\r\n");
        Assert.StartsWith("250", await client.ReplyAsync(), StringComparison.Ordinal);
        Assert.Empty(server.Mails);
        Assert.StartsWith("250", await client.SayAsync("BDAT 0 LAST"), StringComparison.Ordinal);

        Assert.Equal(".\r\nx\r\n", Encoding.ASCII.GetString(Assert.Single(server.Mails).Raw.Span));
    }

    [Fact]
    public async Task What_comes_in_clear_behind_starttls_is_not_executed()
    {
        await using var server = Start(new() { Tls = TestTls.StartTls });
        await using var client = await ConnectAsync(server);

        await client.WriteAsync("STARTTLS\r\nMAIL FROM:<evil@x>\r\n");
        var rest = await client.ReplyAsync() + "\n" + await client.RestAsync();

        Assert.DoesNotContain("250", rest, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Sessions[0].Commands, c => c.Contains("evil", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("235", "AUTH PLAIN AG1lAHNlY3JldA==")]
    [InlineData("535", "AUTH PLAIN AG1lAHdyb25n")]
    [InlineData("501", "AUTH PLAIN !!!")]
    [InlineData("504", "AUTH NONSENSE")]
    [InlineData("501", "AUTH PLAIN", "*")]
    [InlineData("235", "AUTH PLAIN", "AG1lAHNlY3JldA==")]
    [InlineData("235", "AUTH LOGIN", "bWU=", "c2VjcmV0")]
    [InlineData("535", "AUTH LOGIN", "bWU=", "d3Jvbmc=")]
    public async Task A_login_is_answered_as_the_standard_says(string code, params string[] lines)
    {
        await using var server = Start(new() { Tls = TestTls.None, Users = Users, RequireAuthentication = true });
        await using var client = await ConnectAsync(server);
        Assert.StartsWith("530", await client.SayAsync("MAIL FROM:<a@x>"), StringComparison.Ordinal);

        foreach (var line in lines[..^1])
            Assert.StartsWith("334", await client.SayAsync(line), StringComparison.Ordinal);
        Assert.StartsWith(code, await client.SayAsync(lines[^1]), StringComparison.Ordinal);

        var session = server.Sessions[0];
        Assert.Equal(code == "235" ? "me" : null, session.AuthenticatedUser);
        Assert.Equal(1, session.AuthAttempts);
        Assert.StartsWith(code == "235" ? "250" : "530", await client.SayAsync("MAIL FROM:<a@x>"), StringComparison.Ordinal);
        foreach (var secret in (string[])["AG1lAHNlY3JldA", "AG1lAHdyb25n", "c2VjcmV0", "d3Jvbmc", "secret"])
            Assert.DoesNotContain(session.Transcript, l => l.Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_line_that_does_not_end_is_bounded()
    {
        await using var server = Start();
        await using var client = await ConnectAsync(server);

        Assert.StartsWith("500", await client.SayAsync("NOOP " + new string('x', 100_000)), StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_options_are_named_and_secrets_do_not_print()
    {
        Assert.Equal("Port", Assert.Throws<ArgumentException>(() => SmtpTestServer.Start(new() { Port = -1 })).ParamName);
        Assert.Equal("SizeLimit", Assert.Throws<ArgumentException>(() => SmtpTestServer.Start(new() { SizeLimit = -1 })).ParamName);
        Assert.Equal("HostName", Assert.ThrowsAny<ArgumentException>(() => SmtpTestServer.Start(new() { HostName = "" })).ParamName);
        var text = new SmtpTestServerOptions { Users = Users, AccessToken = "t0ken" }.ToString();
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
        Assert.DoesNotContain("t0ken", text, StringComparison.Ordinal);
    }
}
