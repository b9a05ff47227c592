using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.TestingTests;

public sealed class GreetingTests
{
    private static readonly Dictionary<string, string> Users = new() { ["me"] = "secret" };

    private static async Task<string[]> EhloAsync(SmtpTestServerOptions options, bool afterTls = false)
    {
        await using var server = SmtpTestServer.Start(options);
        using var client = await RawClient.ConnectAsync(server);
        if (options.Tls == SmtpTestTlsMode.Implicit)
            await client.HandshakeAsync(server);
        await client.ReadReplyAsync();
        if (afterTls)
        {
            await client.AskAsync("EHLO me");
            await client.StartTlsAsync(server);
        }

        return (await client.AskAsync("EHLO me")).Split("\r\n");
    }

    [Fact]
    public async Task The_server_greets_with_its_name()
    {
        await using var server = SmtpTestServer.Start(new() { HostName = "mail.example.org" });
        using var client = await RawClient.ConnectAsync(server);

        Assert.Equal("220 mail.example.org ESMTP ready", await client.ReadReplyAsync());
        Assert.StartsWith("250-mail.example.org\r\n", await client.AskAsync("EHLO me"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_default_server_offers_every_extension_but_AUTH()
    {
        var lines = await EhloAsync(new());

        Assert.Equal(
            ["250-localhost", "250-PIPELINING", "250-SIZE 10485760", "250-8BITMIME", "250-SMTPUTF8", "250-CHUNKING", "250-DSN",
                "250-ENHANCEDSTATUSCODES", "250 STARTTLS"],
            lines);
    }

    public static TheoryData<string, SmtpTestServerOptions> SwitchedOff => new()
    {
        { "PIPELINING", new() { Pipelining = false } },
        { "SIZE 10485760", new() { SizeLimit = null } },
        { "8BITMIME", new() { EightBitMime = false } },
        { "SMTPUTF8", new() { SmtpUtf8 = false } },
        { "CHUNKING", new() { Chunking = false } },
        { "DSN", new() { Dsn = false } },
        { "ENHANCEDSTATUSCODES", new() { EnhancedStatusCodes = false } },
        { "STARTTLS", new() { Tls = SmtpTestTlsMode.None } },
    };

    [Theory]
    [MemberData(nameof(SwitchedOff), DisableDiscoveryEnumeration = true)]
    public async Task An_extension_that_is_switched_off_is_the_only_one_that_is_missing(string extension, SmtpTestServerOptions options)
    {
        var all = await EhloAsync(new());
        var some = await EhloAsync(options);

        Assert.Equal([extension], all.Select(l => l[4..]).Except(some.Select(l => l[4..])));
        Assert.Equal(all.Length - 1, some.Length);
    }

    [Fact]
    public async Task A_server_without_any_extension_answers_EHLO_in_one_line()
    {
        var lines = await EhloAsync(new()
        {
            Tls = SmtpTestTlsMode.None,
            Pipelining = false,
            SizeLimit = null,
            EightBitMime = false,
            SmtpUtf8 = false,
            Chunking = false,
            Dsn = false,
            EnhancedStatusCodes = false,
        });

        Assert.Equal(["250 localhost"], lines);
    }

    [Fact]
    public async Task AUTH_is_offered_in_clear_only_where_it_was_asked_for()
    {
        const string Offer = "250 AUTH SCRAM-SHA-256 CRAM-MD5 PLAIN LOGIN";
        Assert.DoesNotContain(await EhloAsync(new() { Users = Users }), l => l.Contains("AUTH", StringComparison.Ordinal));
        Assert.Contains(Offer, await EhloAsync(new() { Users = Users, OfferAuthWithoutTls = true }));
        Assert.Contains(Offer, await EhloAsync(new() { Users = Users, Tls = SmtpTestTlsMode.None }));
        Assert.Contains(Offer, await EhloAsync(new() { Users = Users, Tls = SmtpTestTlsMode.Implicit }));
    }

    [Fact]
    public async Task After_STARTTLS_the_list_has_AUTH_and_no_STARTTLS()
    {
        var lines = await EhloAsync(new() { Users = Users, AccessToken = "token" }, afterTls: true);

        Assert.Equal("250 AUTH SCRAM-SHA-256 CRAM-MD5 PLAIN LOGIN XOAUTH2 OAUTHBEARER", lines[^1]);
        Assert.DoesNotContain(lines, l => l.EndsWith("STARTTLS", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_mechanisms_are_offered_as_they_were_given()
    {
        var lines = await EhloAsync(new() { Tls = SmtpTestTlsMode.None, AccessToken = "token", AuthMechanisms = ["OAUTHBEARER", "GSSAPI"] });

        Assert.Equal("250 AUTH OAUTHBEARER GSSAPI", lines[^1]);
    }

    [Fact]
    public async Task HELO_is_answered_in_one_line_and_opens_no_extension()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None, Users = Users });
        using var client = await RawClient.ConnectAsync(server);
        await client.ReadReplyAsync();

        Assert.Equal("250 localhost", await client.AskAsync("HELO me"));
        Assert.StartsWith("503 ", await client.AskAsync("AUTH PLAIN"), StringComparison.Ordinal);
        Assert.StartsWith("555 ", await client.AskAsync("MAIL FROM:<a@example.com> SIZE=1"), StringComparison.Ordinal);
        Assert.Equal("250 2.1.0 Ok", await client.AskAsync("MAIL FROM:<a@example.com>"));
    }

    [Theory]
    [InlineData("EHLO")]
    [InlineData("HELO ")]
    [InlineData("EHLO a b")]
    public async Task A_greeting_needs_exactly_one_name(string line)
    {
        await using var server = SmtpTestServer.Start();
        using var client = await RawClient.ConnectAsync(server);
        await client.ReadReplyAsync();

        Assert.StartsWith("501 Syntax: ", await client.AskAsync(line), StringComparison.Ordinal);
        Assert.StartsWith("503 ", await client.AskAsync("MAIL FROM:<>"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_enhanced_codes_no_reply_has_one()
    {
        await using var server = SmtpTestServer.Start(new() { EnhancedStatusCodes = false });
        using var client = await RawClient.GreetAsync(server);

        Assert.Equal("250 Ok", await client.AskAsync("MAIL FROM:<>"));
        Assert.Equal("503 Send RCPT first", await client.AskAsync("DATA"));
        Assert.Equal("221 Bye", await client.AskAsync("QUIT"));
    }
}
