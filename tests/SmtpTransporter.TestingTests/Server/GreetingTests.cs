using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.TestingTests;

public sealed class GreetingTests
{
    private static readonly Dictionary<string, string> Users = new() { ["me"] = "secret" };

    private static async Task<string[]> EhloAsync(SmtpTestServerOptions options, bool afterTls = false)
    {
        await using var server = SmtpTestServer.Start(options);
        using var client = await server.ConnectRawAsync();
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
    public async Task The_greeting_has_the_name_of_the_server()
    {
        await using var server = SmtpTestServer.Start(new() { HostName = "mail.example.org" });
        using var client = await server.ConnectRawAsync();

        Assert.Equal("220 mail.example.org ESMTP ready", await client.ReadReplyAsync());
        Assert.StartsWith("250-mail.example.org\r\n", await client.AskAsync("EHLO me"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_default_server_offers_every_extension_except_AUTH()
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
    public async Task Only_the_extension_that_is_switched_off_is_missing(string extension, SmtpTestServerOptions options)
    {
        var all = await EhloAsync(new());
        var some = await EhloAsync(options);

        Assert.Equal([extension], all.Select(l => l[4..]).Except(some.Select(l => l[4..])));
        Assert.Equal(all.Length - 1, some.Length);
    }

    [Fact]
    public async Task A_server_without_extensions_answers_EHLO_in_one_line()
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
    public async Task AUTH_is_offered_in_clear_text_only_on_request()
    {
        const string Offer = "250 AUTH SCRAM-SHA-256 CRAM-MD5 PLAIN LOGIN";
        Assert.DoesNotContain(await EhloAsync(new() { Users = Users }), l => l.Contains("AUTH", StringComparison.Ordinal));
        Assert.Contains(Offer, await EhloAsync(new() { Users = Users, OfferAuthWithoutTls = true }));
        Assert.Contains(Offer, await EhloAsync(new() { Users = Users, Tls = SmtpTestTlsMode.None }));
        Assert.Contains(Offer, await EhloAsync(new() { Users = Users, Tls = SmtpTestTlsMode.Implicit }));
    }

    [Fact]
    public async Task EHLO_after_STARTTLS_offers_AUTH_and_not_STARTTLS()
    {
        var lines = await EhloAsync(new() { Users = Users, AccessToken = "token" }, afterTls: true);

        Assert.Equal("250 AUTH SCRAM-SHA-256 CRAM-MD5 PLAIN LOGIN XOAUTH2 OAUTHBEARER", lines[^1]);
        Assert.DoesNotContain(lines, l => l.EndsWith("STARTTLS", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Mechanisms_are_offered_in_the_order_of_the_options()
    {
        var lines = await EhloAsync(
            new() { Tls = SmtpTestTlsMode.None, AccessToken = "token", AuthMechanisms = ["OAUTHBEARER", "GSSAPI"] });

        Assert.Equal("250 AUTH OAUTHBEARER GSSAPI", lines[^1]);
    }

    [Fact]
    public async Task HELO_is_answered_in_one_line_and_allows_no_extension()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None, Users = Users });
        using var client = await server.ConnectRawAsync(greeting: true);

        Assert.Equal("250 localhost", await client.AskAsync("HELO me"));
        Assert.StartsWith("503 ", await client.AskAsync("AUTH PLAIN"), StringComparison.Ordinal);
        Assert.StartsWith("555 ", await client.AskAsync("MAIL FROM:<a@example.com> SIZE=1"), StringComparison.Ordinal);
        Assert.Equal("250 2.1.0 Ok", await client.AskAsync("MAIL FROM:<a@example.com>"));
    }

    [Theory]
    [InlineData("EHLO")]
    [InlineData("HELO ")]
    [InlineData("EHLO a b")]
    public async Task EHLO_and_HELO_need_exactly_one_name(string line)
    {
        await using var server = SmtpTestServer.Start();
        using var client = await server.ConnectRawAsync(greeting: true);

        Assert.StartsWith("501 Syntax: ", await client.AskAsync(line), StringComparison.Ordinal);
        Assert.StartsWith("503 ", await client.AskAsync("MAIL FROM:<>"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replies_have_no_enhanced_codes_if_they_are_not_offered()
    {
        await using var server = SmtpTestServer.Start(new() { EnhancedStatusCodes = false });
        using var client = await server.ConnectRawAsync(ehlo: true);

        Assert.Equal("250 Ok", await client.AskAsync("MAIL FROM:<>"));
        Assert.Equal("503 Send RCPT first", await client.AskAsync("DATA"));
        Assert.Equal("221 Bye", await client.AskAsync("QUIT"));
    }
}
