using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>AuthenticationMechanisms: the only mechanisms that may be used, in the order of preference.</summary>
public sealed class NamedMechanismTests : SocketTest
{
    private static readonly string[] Offered = ["LOGIN", "PLAIN", "CRAM-MD5", "SCRAM-SHA-256"];

    [Theory]
    [InlineData(new[] { "PLAIN", "SCRAM-SHA-256" }, "PLAIN", false)]
    [InlineData(new[] { "PLAIN", "SCRAM-SHA-256" }, "PLAIN", true)]
    [InlineData(new[] { "SCRAM-SHA-512", "cram-md5", "LOGIN" }, "CRAM-MD5", true)]
    [InlineData(new[] { "XOAUTH2", "LOGIN" }, "LOGIN", false)]
    public async Task The_first_named_mechanism_that_is_offered_is_used(string[] names, string expected, bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users, AuthMechanisms = Offered });
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { AuthenticationMechanisms = names });

        AssertAccepted(await SendAsync(transporter, async));

        Assert.Equal((expected, 1), (server.Sessions[0].AuthMechanism, server.Sessions[0].AuthAttempts));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_refused_mechanism_is_not_followed_by_the_next_named_one(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users, AuthMechanisms = Offered });
        await using var transporter = new SmtpTransporter(
            server.ToServerOptions() with { Password = "wrong", AuthenticationMechanisms = ["CRAM-MD5", "PLAIN", "LOGIN"] });

        var result = await SendAsync(transporter, async);

        Assert.Equal((Outcome.NotSent, 535), (result.Outcome, result.Status));
        Assert.Equal(1, Assert.Single(server.Sessions).AuthAttempts);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task If_no_named_mechanism_is_offered_the_error_lists_both(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users, AuthMechanisms = ["PLAIN", "LOGIN"] });
        await using var transporter = new SmtpTransporter(
            server.ToServerOptions() with { AuthenticationMechanisms = ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"] });

        var result = await SendAsync(transporter, async);

        AssertNotSent(result, SmtpErrorCodes.MechanismNotAvailable, "auth");
        Assert.Contains(
            "does not offer SCRAM-SHA-256-PLUS or SCRAM-SHA-256; it offers LOGIN, PLAIN", result.Errors[^1].Message,
            StringComparison.Ordinal);
        Assert.Equal(0, server.Sessions[0].AuthAttempts);
    }

    [Fact]
    public void Names_are_read_from_a_URL_and_from_settings()
    {
        var fromUrl = ServerOptions.Parse(
            "smtp://me:pw@mail.test?authenticationMechanism=SCRAM-SHA-256&authenticationMechanism=PLAIN");
        var fromSettings = ServerOptions.FromSettings(new Dictionary<string, string?>
        {
            ["Url"] = "smtp://me:pw@mail.test",
            ["AuthenticationMechanisms"] = "SCRAM-SHA-256, PLAIN",
        });

        Assert.Equal(["SCRAM-SHA-256", "PLAIN"], fromUrl.AuthenticationMechanisms);
        Assert.Equal(fromUrl, fromSettings);
    }

    [Theory]
    [InlineData("SCRAM-SHA256", "SCRAM-SHA-256")]
    [InlineData("GS2-KRB5", "PLAIN")]
    [InlineData("PLAIN LOGIN", "RFC 4422")]
    [InlineData("", "RFC 4422")]
    [InlineData("XOAUTH2", "a mechanism that uses a password")]
    public void A_name_that_cannot_be_used_is_an_invalid_option(string name, string allowed)
    {
        var options = new ServerOptions { Host = "mail.test", User = "me", Password = "pw", AuthenticationMechanisms = [name] };

        var error = Assert.Throws<ArgumentException>(() => new SmtpTransporter(options));

        Assert.Equal(nameof(ServerOptions.AuthenticationMechanisms), error.ParamName);
        Assert.Contains(allowed, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_needs_a_mechanism_for_tokens()
    {
        var options = new ServerOptions { Host = "mail.test", User = "me", AccessTokenOAuth2 = "t", AuthenticationMechanisms = ["PLAIN"] };

        Assert.Contains("XOAUTH2", Assert.Throws<ArgumentException>(() => new SmtpTransporter(options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_and_a_mode_exclude_each_other()
    {
        var options = new ServerOptions
        {
            Host = "mail.test",
            User = "me",
            Password = "pw",
            AuthenticationMode = AuthenticationMode.Plain,
            AuthenticationMechanisms = ["LOGIN"],
        };

        Assert.Contains(
            "AuthenticationMode", Assert.Throws<ArgumentException>(() => new SmtpTransporter(options)).Message, StringComparison.Ordinal);
    }
}
