using System.Text;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.TestingTests;

/// <summary>AUTH line by line (RFC 4954). Tests with a real client are in <see cref="MailKitAuthenticationTests"/>.</summary>
public sealed class AuthTests() : ServerTest(new()
{
    Tls = SmtpTestTlsMode.None,
    Users = Users,
    AccessToken = "token",
    AuthMechanisms = ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256", "XOAUTH2", "OAUTHBEARER", "GSSAPI"],
    RequireAuthentication = true,
})
{
    private static readonly Dictionary<string, string> Users = new() { ["me"] = "secret", ["other"] = "pass" };

    private SmtpTestSession Session => Server.Sessions[0];

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    [Theory]
    [InlineData("\0me\0secret", "235 2.7.0 Authentication successful")]
    [InlineData("me\0me\0secret", "235 2.7.0 Authentication successful")]
    [InlineData("\0me\0wrong", "535 5.7.8 Authentication credentials invalid")]
    [InlineData("\0me\0", "535 5.7.8 Authentication credentials invalid")]
    [InlineData("\0Me\0secret", "535 5.7.8 Authentication credentials invalid")]
    [InlineData("\0nobody\0secret", "535 5.7.8 Authentication credentials invalid")]
    [InlineData("other\0me\0secret", "535 5.7.8 Authentication credentials invalid")]
    [InlineData("me\0secret", "501 5.5.2 Malformed authentication response")]
    [InlineData("\0me\0secret\0", "501 5.5.2 Malformed authentication response")]
    public async Task PLAIN_accepts_its_response_with_AUTH_or_after_a_challenge(string response, string reply)
    {
        using var one = await Server.ConnectRawAsync(ehlo: true);
        using var two = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal(reply, await one.AskAsync("AUTH PLAIN " + Base64(response)));
        Assert.Equal("334 ", await two.AskAsync("auth plain"));
        Assert.Equal(reply, await two.AskAsync(Base64(response)));
        Assert.All(Server.Sessions, s => Assert.Equal(reply.StartsWith('2') ? "me" : null, s.AuthenticatedUser));
        Assert.All(Server.Sessions, s => Assert.Equal("PLAIN", s.AuthMechanism));
    }

    [Theory]
    [InlineData("secret", "235 2.7.0 Authentication successful")]
    [InlineData("wrong", "535 5.7.8 Authentication credentials invalid")]
    public async Task LOGIN_asks_for_the_user_and_then_for_the_password(string password, string reply)
    {
        using var one = await Server.ConnectRawAsync(ehlo: true);
        using var two = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal("334 " + Base64("Username:"), await one.AskAsync("AUTH LOGIN"));
        Assert.Equal("334 " + Base64("Password:"), await one.AskAsync(Base64("me")));
        Assert.Equal(reply, await one.AskAsync(Base64(password)));
        Assert.Equal("334 " + Base64("Password:"), await two.AskAsync("AUTH LOGIN " + Base64("me")));
        Assert.Equal(reply, await two.AskAsync(Base64(password)));
    }

    [Fact]
    public async Task CRAM_MD5_accepts_no_initial_response_and_has_a_new_challenge_each_time()
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal("501 5.5.4 CRAM-MD5 takes no initial response", await client.AskAsync("AUTH CRAM-MD5 " + Base64("me 00")));
        var first = await client.AskAsync("AUTH CRAM-MD5");
        Assert.Equal("535 5.7.8 Authentication credentials invalid", await client.AskAsync(Base64("me 00")));
        var second = await client.AskAsync("AUTH CRAM-MD5");
        Assert.Equal("501 5.5.2 Malformed authentication response", await client.AskAsync(Base64("me")));

        Assert.StartsWith("334 ", first, StringComparison.Ordinal);
        Assert.NotEqual(first, second);
    }

    [Theory]
    [InlineData("p=tls-unique,,n=me,r=nonce")]
    [InlineData("n,,n=me")]
    [InlineData("n,,r=nonce,n=me")]
    [InlineData("n,,n=me,r=")]
    public async Task SCRAM_refuses_an_invalid_first_message(string message)
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal("501 5.5.2 Malformed authentication response", await client.AskAsync("AUTH SCRAM-SHA-256 " + Base64(message)));
    }

    [Theory]
    [InlineData("biws", "", "535")]
    [InlineData("biws", "another", "535")]
    [InlineData("eSws", "", "535")]
    public async Task SCRAM_refuses_a_wrong_proof_a_wrong_nonce_and_a_wrong_header(string header, string nonceEnd, string code)
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);
        var challenge = (await client.AskAsync("AUTH SCRAM-SHA-256 " + Base64("n,,n=me,r=nonce")))[4..];
        var nonce = Encoding.ASCII.GetString(Convert.FromBase64String(challenge)).Split(',')[0];
        Assert.StartsWith("r=nonce", nonce, StringComparison.Ordinal);

        var reply = await client.AskAsync(Base64($"c={header},{nonce}{nonceEnd},p={Convert.ToBase64String(new byte[32])}"));

        Assert.Equal(code, reply[..3]);
        Assert.Null(Session.AuthenticatedUser);
    }

    [Theory]
    [InlineData("XOAUTH2", "user=me\u0001auth=Bearer token\u0001\u0001", "235")]
    [InlineData("XOAUTH2", "user=me\u0001auth=Bearer wrong\u0001\u0001", "334")]
    [InlineData("XOAUTH2", "user=me\u0001auth=Bearer token\u0001", "501")]
    [InlineData("XOAUTH2", "auth=Bearer token\u0001\u0001", "501")]
    [InlineData("OAUTHBEARER", "n,a=me,\u0001auth=Bearer token\u0001\u0001", "235")]
    [InlineData("OAUTHBEARER", "n,a=me,\u0001host=h\u0001port=1\u0001auth=Bearer wrong\u0001\u0001", "334")]
    [InlineData("OAUTHBEARER", "a=me\u0001auth=Bearer token\u0001\u0001", "501")]
    public async Task A_token_is_accepted_in_the_form_of_its_mechanism(string mechanism, string response, string code)
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal(code, (await client.AskAsync($"AUTH {mechanism} {Base64(response)}"))[..3]);
        Assert.Equal(code == "235" ? "me" : null, Session.AuthenticatedUser);
    }

    [Theory]
    [InlineData("XOAUTH2", "user=me\u0001auth=Bearer wrong\u0001\u0001", "\"status\":\"401\"")]
    [InlineData("OAUTHBEARER", "n,a=me,\u0001auth=Bearer wrong\u0001\u0001", "\"status\":\"invalid_token\"")]
    public async Task A_wrong_token_gets_an_error_in_JSON_before_the_refusal(string mechanism, string response, string error)
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);

        var challenge = await client.AskAsync($"AUTH {mechanism} {Base64(response)}");

        Assert.Contains(error, Encoding.UTF8.GetString(Convert.FromBase64String(challenge[4..])), StringComparison.Ordinal);
        Assert.Equal("535 5.7.8 Authentication credentials invalid", await client.AskAsync("AQ=="));
    }

    [Fact]
    public async Task A_user_of_OAUTHBEARER_can_have_a_comma_and_an_equals_sign()
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);

        await client.AskAsync("AUTH OAUTHBEARER " + Base64("n,a=a=2Cb=3Dc,\u0001auth=Bearer token\u0001\u0001"));

        Assert.Equal("a,b=c", Session.AuthenticatedUser);
    }

    [Theory]
    [InlineData("PLAIN")]
    [InlineData("LOGIN")]
    [InlineData("CRAM-MD5")]
    public async Task An_asterisk_cancels_the_authentication(string mechanism)
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.AskAsync("AUTH " + mechanism);

        Assert.Equal("501 5.7.0 Authentication canceled", await client.AskAsync("*"));
        Assert.Equal("530 5.7.0 Authentication required", await client.AskAsync("MAIL FROM:<a@example.com>"));
        Assert.StartsWith("235 ", await client.AskAsync("AUTH PLAIN " + Base64("\0me\0secret")), StringComparison.Ordinal);
        Assert.Equal(2, Session.AuthAttempts);
    }

    [Theory]
    [InlineData("%%%")]
    [InlineData("AG1lAHNlY3JldA")]
    [InlineData("AG1l AHNlY3JldA==")]
    [InlineData("=")]
    public async Task Invalid_base64_ends_the_attempt(string response)
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.AskAsync("AUTH PLAIN");

        Assert.Equal("501 5.5.2 The response is not valid base64", await client.AskAsync(response));
        Assert.Equal("250 2.0.0 Ok", await client.AskAsync("NOOP"));
    }

    [Theory]
    [InlineData("AUTH", "501 5.5.4 Syntax: AUTH mechanism [response]")]
    [InlineData("AUTH PLAIN a b", "501 5.5.4 Syntax: AUTH mechanism [response]")]
    [InlineData("AUTH PLAIN %%%", "501 5.5.2 The response is not valid base64")]
    [InlineData("AUTH PLAIN =", "501 5.5.2 Malformed authentication response")]
    [InlineData("AUTH DIGEST-MD5", "504 5.5.4 Mechanism not supported")]
    [InlineData("AUTH GSSAPI", "504 5.5.4 Mechanism not supported")]
    public async Task An_AUTH_that_cannot_begin_is_refused_with_the_reason(string line, string reply)
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal(reply, await client.AskAsync(line));
        Assert.Equal("250 2.0.0 Ok", await client.AskAsync("NOOP"));
    }

    [Fact]
    public async Task A_session_authenticates_once_and_never_in_a_transaction()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None, Users = Users });
        using var client = await server.ConnectRawAsync(ehlo: true);
        await client.AskAsync("MAIL FROM:<a@example.com>");
        Assert.Equal("503 5.5.1 AUTH is not allowed in a transaction", await client.AskAsync("AUTH PLAIN"));
        await client.AskAsync("RSET");
        Assert.StartsWith("235 ", await client.AskAsync("AUTH PLAIN " + Base64("\0me\0secret")), StringComparison.Ordinal);

        Assert.Equal("503 5.5.1 Already authenticated", await client.AskAsync("AUTH LOGIN"));
        Assert.Equal("me", server.Sessions[0].AuthenticatedUser);
        Assert.Equal(3, server.Sessions[0].AuthAttempts);
        Assert.Equal("LOGIN", server.Sessions[0].AuthMechanism);
    }

    [Fact]
    public async Task MAIL_is_refused_until_the_required_authentication()
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal("530 5.7.0 Authentication required", await client.AskAsync("MAIL FROM:<a@example.com>"));
        Assert.Equal("503 5.5.1 Send MAIL first", await client.AskAsync("RCPT TO:<b@example.com>"));
        await client.AskAsync("AUTH PLAIN " + Base64("\0me\0secret"));
        await client.AskAsync("EHLO again");
        await client.AskAsync("MAIL FROM:<a@example.com> AUTH=<>");
        await client.AskAsync("RCPT TO:<b@example.com>");
        await client.DataAsync(".\r\n");

        var message = Assert.Single(Server.Messages);
        Assert.Equal("me", message.AuthenticatedUser);
        Assert.Equal("<>", message.SenderParameters["AUTH"]);
    }

    [Fact]
    public async Task AUTH_in_clear_text_is_refused_if_STARTTLS_must_come_first()
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users });
        using var client = await server.ConnectRawAsync(ehlo: true);

        Assert.Equal("503 5.5.1 AUTH is not offered", await client.AskAsync("AUTH PLAIN " + Base64("\0me\0secret")));
        Assert.Null(server.Sessions[0].AuthenticatedUser);
    }
}
