using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.TestingTests;

/// <summary>Each authentication mechanism with a real client.</summary>
public sealed class MailKitAuthenticationTests() : ServerTest(new()
{
    Tls = SmtpTestTlsMode.None,
    Users = new Dictionary<string, string> { ["me"] = "secret-Pa55", ["jürgen,=x"] = "pässwörd" },
    AccessToken = "token-1",
    RequireAuthentication = true,
})
{
    private static SaslMechanism Mechanism(string name, string user, string secret) => name switch
    {
        "PLAIN" => new SaslMechanismPlain(user, secret),
        "LOGIN" => new SaslMechanismLogin(user, secret),
        "CRAM-MD5" => new SaslMechanismCramMd5(user, secret),
        "SCRAM-SHA-256" => new SaslMechanismScramSha256(user, secret),
        "XOAUTH2" => new SaslMechanismOAuth2(user, secret),
        _ => new SaslMechanismOAuthBearer(user, secret),
    };

    private async Task<SmtpClient> ConnectAsync()
    {
        var client = new SmtpClient();
        await client.ConnectAsync(Server.Host, Server.Port, SecureSocketOptions.None, TestContext.Current.CancellationToken);
        return client;
    }

    [Theory]
    [InlineData("PLAIN", "me", "secret-Pa55")]
    [InlineData("PLAIN", "jürgen,=x", "pässwörd")]
    [InlineData("LOGIN", "me", "secret-Pa55")]
    [InlineData("LOGIN", "jürgen,=x", "pässwörd")]
    [InlineData("CRAM-MD5", "me", "secret-Pa55")]
    [InlineData("CRAM-MD5", "jürgen,=x", "pässwörd")]
    [InlineData("SCRAM-SHA-256", "me", "secret-Pa55")]
    [InlineData("SCRAM-SHA-256", "jürgen,=x", "pässwörd")]
    [InlineData("XOAUTH2", "anyone", "token-1")]
    [InlineData("OAUTHBEARER", "anyone", "token-1")]
    public async Task The_right_secret_authenticates(string mechanism, string user, string secret)
    {
        using var client = await ConnectAsync();
        await client.AuthenticateAsync(Mechanism(mechanism, user, secret), TestContext.Current.CancellationToken);
        var message = new MimeMessage { Body = new TextPart() };
        message.From.Add(MailboxAddress.Parse("a@example.com"));
        message.To.Add(MailboxAddress.Parse("b@example.com"));
        await client.SendAsync(message, TestContext.Current.CancellationToken);

        Assert.True(client.IsAuthenticated);
        Assert.Equal(user, Assert.Single(Server.Messages).AuthenticatedUser);
        Assert.Equal(mechanism, Server.Sessions[0].AuthMechanism);
        Assert.Equal(1, Server.Sessions[0].AuthAttempts);
    }

    [Theory]
    [InlineData("PLAIN", "me", "wrong")]
    [InlineData("PLAIN", "nobody", "secret-Pa55")]
    [InlineData("LOGIN", "me", "wrong")]
    [InlineData("LOGIN", "nobody", "secret-Pa55")]
    [InlineData("CRAM-MD5", "me", "wrong")]
    [InlineData("CRAM-MD5", "nobody", "secret-Pa55")]
    [InlineData("SCRAM-SHA-256", "me", "wrong")]
    [InlineData("SCRAM-SHA-256", "nobody", "secret-Pa55")]
    [InlineData("XOAUTH2", "me", "wrong")]
    [InlineData("XOAUTH2", "me", "secret-Pa55")]
    [InlineData("OAUTHBEARER", "me", "wrong")]
    [InlineData("OAUTHBEARER", "me", "secret-Pa55")]
    public async Task A_wrong_secret_is_refused_and_the_session_continues(string mechanism, string user, string secret)
    {
        using var client = await ConnectAsync();

        var refused = await Assert.ThrowsAsync<AuthenticationException>(
            () => client.AuthenticateAsync(Mechanism(mechanism, user, secret), TestContext.Current.CancellationToken));
        await client.NoOpAsync(TestContext.Current.CancellationToken);

        Assert.StartsWith("535: 5.7.8", refused.Message, StringComparison.Ordinal);
        Assert.Null(Server.Sessions[0].AuthenticatedUser);
        Assert.Equal(mechanism, Server.Sessions[0].AuthMechanism);
    }

    [Fact]
    public async Task MailKit_sees_the_mechanisms_that_are_offered()
    {
        using var client = await ConnectAsync();

        Assert.Equal(
            ["CRAM-MD5", "LOGIN", "OAUTHBEARER", "PLAIN", "SCRAM-SHA-256", "XOAUTH2"],
            client.AuthenticationMechanisms.Order(StringComparer.Ordinal));
    }
}
