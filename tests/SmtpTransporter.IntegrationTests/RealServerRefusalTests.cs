using SmtpTransport.IntegrationTests.RealServer;

namespace SmtpTransport.IntegrationTests;

public sealed class RealServerRefusalTests(PostfixServer server) : RealServerTest(server)
{
    [Theory]
    [InlineData(AuthenticationMode.Auto)]
    [InlineData(AuthenticationMode.Plain)]
    [InlineData(AuthenticationMode.Login)]
    [InlineData(AuthenticationMode.CramMd5)]
    [InlineData(AuthenticationMode.ScramSha256)]
    public async Task A_wrong_password_is_refused_with_535(AuthenticationMode mode)
    {
        await using var transporter = new SmtpTransporter(Options with { AuthenticationMode = mode, Password = "wrong" });

        var result = await transporter.SendAsync(NewMail(), Cancellation);

        AssertLoginRefused(result);
    }

    [Theory]
    [InlineData(AuthenticationMode.OAuth2)]
    [InlineData(AuthenticationMode.OAuthBearer)]
    public async Task A_wrong_token_is_refused_with_535(AuthenticationMode mode)
    {
        await using var transporter = new SmtpTransporter(
            Options with { AuthenticationMode = mode, Password = null, AccessTokenOAuth2 = Server.Token() + "x" });

        var result = await transporter.SendAsync(NewMail(), Cancellation);

        AssertLoginRefused(result);
    }

    [Fact]
    public async Task An_unknown_recipient_does_not_keep_the_mail_from_the_others()
    {
        await using var transporter = new SmtpTransporter(Options);
        var email = NewMail();
        email.To = "bob@example.test, nobody@example.test, carol@example.test";

        var result = await transporter.SendAsync(email, Cancellation);

        Assert.Equal(Outcome.PartiallyAccepted, result.Outcome);
        Assert.False(result.Success);
        Assert.Equal(550, result.Status);
        Assert.Equal(
            [RecipientState.Accepted, RecipientState.Refused, RecipientState.Accepted],
            result.Recipients.Select(r => r.State));
        var refused = result.Recipients[1];
        Assert.Equal("nobody@example.test", refused.Address);
        Assert.Equal(550, refused.Status);
        Assert.Contains("User unknown", refused.StatusText, StringComparison.Ordinal);
        await DeliveredAsync("bob", result);
        await DeliveredAsync("carol", result);
    }

    [Fact]
    public async Task Only_unknown_recipients_refuse_the_mail_and_the_connection_lives_on()
    {
        await using var transporter = new SmtpTransporter(Options);
        var email = NewMail();
        email.To = "nobody@example.test";

        var refused = await transporter.SendAsync(email, Cancellation);
        var accepted = await transporter.SendAsync(NewMail(), Cancellation);

        Assert.Equal(Outcome.Refused, refused.Outcome);
        Assert.Equal(550, refused.Status);
        AssertAccepted(accepted);
        await DeliveredAsync("bob", accepted);
    }

    [Fact]
    public async Task A_certificate_that_is_not_trusted_keeps_the_mail_back()
    {
        await using var transporter = new SmtpTransporter(Options with { TrustedCertificates = [] });

        var result = await transporter.SendAsync(NewMail(), Cancellation);

        Assert.False(result.Success);
        Assert.Equal(Outcome.NotSent, result.Outcome);
        Assert.Equal(0, result.Status);
        Assert.Equal(SendResult.FailedText, result.StatusText);
        Assert.Contains(result.Errors, e => e.ComponentSignature == "tls");
    }

    private static void AssertLoginRefused(SendResult result)
    {
        Assert.False(result.Success);
        Assert.True(result.Status == 535, Describe(result));
        Assert.Contains(result.Errors, e => e.ComponentSignature == "auth");
        Assert.DoesNotContain(result.Recipients, r => r.State == RecipientState.Accepted);
    }
}
