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

        var result = await transporter.SendAsync(NewEmail(), Cancellation);

        AssertAuthenticationRefused(result);
    }

    [Theory]
    [InlineData(AuthenticationMode.OAuth2)]
    [InlineData(AuthenticationMode.OAuthBearer)]
    public async Task A_wrong_token_is_refused_with_535(AuthenticationMode mode)
    {
        await using var transporter = new SmtpTransporter(
            Options with { AuthenticationMode = mode, Password = null, AccessTokenOAuth2 = Server.CreateToken() + "x" });

        var result = await transporter.SendAsync(NewEmail(), Cancellation);

        AssertAuthenticationRefused(result);
    }

    [Fact]
    public async Task An_unknown_recipient_does_not_prevent_delivery_to_the_others()
    {
        await using var transporter = new SmtpTransporter(Options);
        var email = NewEmail();
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
        await WaitForDeliveryAsync("bob", result);
        await WaitForDeliveryAsync("carol", result);
    }

    [Fact]
    public async Task An_email_to_unknown_recipients_is_refused_and_the_connection_stays_open()
    {
        await using var transporter = new SmtpTransporter(Options);
        var email = NewEmail();
        email.To = "nobody@example.test";

        var refused = await transporter.SendAsync(email, Cancellation);
        var accepted = await transporter.SendAsync(NewEmail(), Cancellation);

        Assert.Equal(Outcome.Refused, refused.Outcome);
        Assert.Equal(550, refused.Status);
        AssertAccepted(accepted);
        await WaitForDeliveryAsync("bob", accepted);
    }

    [Fact]
    public async Task An_email_is_not_sent_if_the_certificate_is_not_trusted()
    {
        await using var transporter = new SmtpTransporter(Options with { TrustedCertificates = [] });

        var result = await transporter.SendAsync(NewEmail(), Cancellation);

        Assert.False(result.Success);
        Assert.Equal(Outcome.NotSent, result.Outcome);
        Assert.Equal(0, result.Status);
        Assert.Equal(SendResult.FailedText, result.StatusText);
        Assert.Contains(result.Errors, e => e.ComponentSignature == "tls");
    }

    private static void AssertAuthenticationRefused(SendResult result)
    {
        Assert.False(result.Success);
        Assert.True(result.Status == 535, Describe(result));
        Assert.Contains(result.Errors, e => e.ComponentSignature == "auth");
        Assert.DoesNotContain(result.Recipients, r => r.State == RecipientState.Accepted);
    }
}
