using System.Text;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.TestingTests;

/// <summary>MAIL and RCPT: paths and parameters.</summary>
public sealed class EnvelopeTests() : ServerTest(new() { Tls = SmtpTestTlsMode.None })
{
    [Theory]
    [InlineData("<>", "")]
    [InlineData("<a@example.com>", "a@example.com")]
    [InlineData("<a.b+c!#$%&'*/=?^_`{|}~-@sub.example.com>", "a.b+c!#$%&'*/=?^_`{|}~-@sub.example.com")]
    [InlineData("<\"a b\"@example.com>", "\"a b\"@example.com")]
    [InlineData("<\"a\\\"b>@x\"@example.com>", "\"a\\\"b>@x\"@example.com")]
    [InlineData("<a@[127.0.0.1]>", "a@[127.0.0.1]")]
    [InlineData("<a@[IPv6:2001:db8::1]>", "a@[IPv6:2001:db8::1]")]
    [InlineData("<@relay.example.com,@other.example.com:a@example.com>", "a@example.com")]
    [InlineData("<a@localhost>", "a@localhost")]
    public async Task MAIL_accepts_a_valid_path(string path, string from)
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal("250 2.1.0 Ok", await client.AskAsync("mail from:" + path));
        await client.AskAsync("RCPT TO:<b@example.com>");
        await client.DataAsync("\r\n.\r\n");

        Assert.Equal(from, Assert.Single(Server.Messages).Sender);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a@example.com")]
    [InlineData(" <a@example.com>")]
    [InlineData("<a@example.com")]
    [InlineData("<a@example.com>x")]
    [InlineData("<a>")]
    [InlineData("<a@>")]
    [InlineData("<@example.com>")]
    [InlineData("<a b@example.com>")]
    [InlineData("<.a@example.com>")]
    [InlineData("<a.@example.com>")]
    [InlineData("<a..b@example.com>")]
    [InlineData("<a@b@example.com>")]
    [InlineData("<\"a@example.com>")]
    [InlineData("<a@example..com>")]
    [InlineData("<a@-example.com>")]
    [InlineData("<a@example.com.>")]
    [InlineData("<a@exam ple.com>")]
    [InlineData("<a@[]>")]
    [InlineData("<a@[300.0.0.1]>")]
    [InlineData("<a@[2001:db8::1]>")]
    [InlineData("<a@[IPv6:127.0.0.1]>")]
    [InlineData("<a@[IPv6:IPv6:::1]>")]
    public async Task An_invalid_path_is_a_syntax_error_in_MAIL_and_in_RCPT(string path)
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal("501 5.5.4 Syntax error in the address or its parameters", await client.AskAsync("MAIL FROM:" + path));
        await client.AskAsync("MAIL FROM:<>");
        Assert.Equal("501 5.5.4 Syntax error in the address or its parameters", await client.AskAsync("RCPT TO:" + path));
    }

    [Theory]
    [InlineData("MAIL")]
    [InlineData("MAIL <a@example.com>")]
    [InlineData("MAIL TO:<a@example.com>")]
    [InlineData("MAIL FROM <a@example.com>")]
    [InlineData("MAIL FROM: <a@example.com>")]
    public async Task A_path_without_its_keyword_is_a_syntax_error(string line)
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);

        Assert.StartsWith("501 5.5.4 ", await client.AskAsync(line), StringComparison.Ordinal);
        Assert.StartsWith("503 ", await client.AskAsync("RCPT TO:<b@example.com>"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RCPT_accepts_the_postmaster_but_not_the_empty_path()
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.AskAsync("MAIL FROM:<>");

        Assert.StartsWith("501 ", await client.AskAsync("RCPT TO:<>"), StringComparison.Ordinal);
        Assert.Equal("250 2.1.5 Ok", await client.AskAsync("RCPT TO:<Postmaster>"));
        await client.DataAsync("\r\n.\r\n");
        Assert.Equal(["Postmaster"], Assert.Single(Server.Messages).Recipients);
    }

    [Fact]
    public async Task Recipients_stay_in_order_without_the_refused_ones()
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.AskAsync("MAIL FROM:<a@example.com>");
        foreach (var to in (string[])["c@example.com", "nobody", "b@example.com", "c@example.com"])
            await client.AskAsync($"RCPT TO:<{to}>");
        await client.DataAsync("\r\n.\r\n");

        Assert.Equal(["c@example.com", "b@example.com", "c@example.com"], Assert.Single(Server.Messages).Recipients);
        Assert.Equal(3, Server.Messages[0].RecipientParameters.Count);
    }

    [Fact]
    public async Task Envelope_parameters_are_kept_as_they_were_sent()
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.AskAsync("MAIL FROM:<a@example.com> size=12 BODY=8BITMIME SMTPUTF8 Ret=Hdrs ENVID=QQ+2B1");
        await client.AskAsync("RCPT TO:<b@example.com> NOTIFY=SUCCESS,Failure ORCPT=rfc822;b+2Bx@example.com");
        await client.AskAsync("RCPT TO:<c@example.com>");
        await client.DataAsync("\r\n.\r\n");

        var message = Assert.Single(Server.Messages);
        Assert.Equal(
            new Dictionary<string, string?>
            {
                ["SIZE"] = "12",
                ["BODY"] = "8BITMIME",
                ["SMTPUTF8"] = null,
                ["RET"] = "Hdrs",
                ["ENVID"] = "QQ+2B1",
            },
            message.SenderParameters);
        Assert.Equal(
            new Dictionary<string, string?> { ["NOTIFY"] = "SUCCESS,Failure", ["ORCPT"] = "rfc822;b+2Bx@example.com" },
            message.RecipientParameters[0]);
        Assert.Empty(message.RecipientParameters[1]);
    }

    [Theory]
    [InlineData("SIZE=ten", "501 5.5.4 Parameter SIZE has no valid value")]
    [InlineData("SIZE", "501 5.5.4 Parameter SIZE has no valid value")]
    [InlineData("BODY=9BIT", "501 5.5.4 Parameter BODY has no valid value")]
    [InlineData("SMTPUTF8=1", "501 5.5.4 Parameter SMTPUTF8 has no valid value")]
    [InlineData("RET=ALL", "501 5.5.4 Parameter RET has no valid value")]
    [InlineData("ENVID=a+b", "501 5.5.4 Parameter ENVID has no valid value")]
    [InlineData("ENVID=a+2b", "501 5.5.4 Parameter ENVID has no valid value")]
    [InlineData("ENVID=ü SMTPUTF8", "501 5.5.4 Parameter ENVID has no valid value")]
    [InlineData("AUTH=<>", "555 5.5.4 Parameter AUTH is not supported")]
    [InlineData("XYZZY=1", "555 5.5.4 Parameter XYZZY is not supported")]
    [InlineData("NOTIFY=NEVER", "555 5.5.4 Parameter NOTIFY is not supported")]
    [InlineData("SIZE=", "501 5.5.4 Syntax error in the address or its parameters")]
    [InlineData("SIZE=1 size=1", "501 5.5.4 Syntax error in the address or its parameters")]
    [InlineData("=1", "501 5.5.4 Syntax error in the address or its parameters")]
    [InlineData("ENVID=a=b", "501 5.5.4 Syntax error in the address or its parameters")]
    public async Task An_invalid_parameter_of_MAIL_is_named_by_the_reply(string parameter, string reply)
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal(reply, await client.AskAsync("MAIL FROM:<a@example.com> " + parameter));
    }

    [Theory]
    [InlineData("NOTIFY=NEVER", "250 2.1.5 Ok")]
    [InlineData("NOTIFY=DELAY,SUCCESS,FAILURE", "250 2.1.5 Ok")]
    [InlineData("NOTIFY=NEVER,SUCCESS", "501 5.5.4 Parameter NOTIFY has no valid value")]
    [InlineData("NOTIFY=SUCCESS,", "501 5.5.4 Parameter NOTIFY has no valid value")]
    [InlineData("NOTIFY", "501 5.5.4 Parameter NOTIFY has no valid value")]
    [InlineData("ORCPT=b@example.com", "501 5.5.4 Parameter ORCPT has no valid value")]
    [InlineData("ORCPT=;b@example.com", "501 5.5.4 Parameter ORCPT has no valid value")]
    [InlineData("ORCPT=rfc822;b+@example.com", "501 5.5.4 Parameter ORCPT has no valid value")]
    [InlineData("ORCPT=utf-8;jürgen@example.com", "501 5.5.4 Parameter ORCPT has no valid value")]
    [InlineData("SIZE=1", "555 5.5.4 Parameter SIZE is not supported")]
    public async Task RCPT_accepts_the_parameters_of_DSN_only(string parameter, string reply)
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.AskAsync("MAIL FROM:<a@example.com>");

        Assert.Equal(reply, await client.AskAsync("RCPT TO:<b@example.com> " + parameter));
    }

    public static TheoryData<SmtpTestServerOptions, string> NotOffered => new()
    {
        { new() { SizeLimit = null }, "MAIL FROM:<a@example.com> SIZE=1" },
        { new() { EightBitMime = false }, "MAIL FROM:<a@example.com> BODY=8BITMIME" },
        { new() { SmtpUtf8 = false }, "MAIL FROM:<a@example.com> SMTPUTF8" },
        { new() { Dsn = false }, "MAIL FROM:<a@example.com> RET=FULL" },
        { new() { Dsn = false }, "MAIL FROM:<a@example.com> ENVID=1" },
        { new() { Dsn = false }, "RCPT TO:<b@example.com> NOTIFY=NEVER" },
        { new() { Dsn = false }, "RCPT TO:<b@example.com> ORCPT=rfc822;b@example.com" },
    };

    [Theory]
    [MemberData(nameof(NotOffered), DisableDiscoveryEnumeration = true)]
    public async Task A_parameter_is_refused_if_its_extension_is_not_offered(SmtpTestServerOptions options, string line)
    {
        await using var server = SmtpTestServer.Start(options);
        using var client = await server.ConnectRawAsync(ehlo: true);
        if (line.StartsWith("RCPT", StringComparison.Ordinal))
            await client.AskAsync("MAIL FROM:<a@example.com>");

        Assert.StartsWith("555 5.5.4 Parameter ", await client.AskAsync(line), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_non_ASCII_address_needs_SMTPUTF8()
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal("553 5.6.7 The address needs SMTPUTF8", await client.AskAsync("MAIL FROM:<jürgen@example.com>"));
        await client.AskAsync("MAIL FROM:<a@example.com>");
        Assert.Equal("553 5.6.7 The address needs SMTPUTF8", await client.AskAsync("RCPT TO:<b@exämple.com>"));

        await client.AskAsync("RSET");
        Assert.Equal("250 2.1.0 Ok", await client.AskAsync("MAIL FROM:<jürgen@example.com> SMTPUTF8"));
        Assert.Equal("250 2.1.5 Ok", await client.AskAsync("RCPT TO:<b@exämple.com> ORCPT=utf-8;b@exämple.com"));
        await client.DataAsync("\r\n.\r\n");

        var message = Assert.Single(Server.Messages);
        Assert.Equal("jürgen@example.com", message.Sender);
        Assert.Equal(["b@exämple.com"], message.Recipients);
    }

    [Fact]
    public async Task An_address_in_invalid_UTF_8_is_a_syntax_error_even_with_SMTPUTF8()
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.SendAsync(Encoding.Latin1.GetBytes("MAIL FROM:<jürgen@example.com> SMTPUTF8\r\n"));

        Assert.Equal("501 5.5.4 Syntax error in the address or its parameters", await client.ReadReplyAsync());
    }
}
