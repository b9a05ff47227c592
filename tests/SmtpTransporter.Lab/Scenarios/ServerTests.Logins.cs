namespace SmtpTransport.Lab;

public abstract partial class ServerTests
{
    [Fact]
    public async Task Every_mechanism_takes_the_right_password()
    {
        foreach (var mechanism in Server.Mechanisms)
        {
            await using var transporter = new SmtpTransporter(Options with { AuthenticationMode = mechanism });
            AssertAccepted(await SendAsync(transporter, $"{mechanism}", "u1@ok.test"));
        }
        await using var automatic = new SmtpTransporter(Options);
        AssertAccepted(await SendAsync(automatic, "Automatic", "u1@ok.test"));
    }

    [Fact]
    public async Task Every_mechanism_refuses_a_wrong_password()
    {
        foreach (var mechanism in Server.Mechanisms)
        {
            await using var transporter = new SmtpTransporter(Options with { AuthenticationMode = mechanism, Password = "wrong" });

            var result = await SendAsync(transporter, $"{mechanism}", "u1@ok.test");

            AssertPasswordRefused(result);
        }
    }

    [Fact]
    public async Task A_wrong_password_is_an_error_even_where_the_server_has_no_logins()
    {
        await using var transporter = new SmtpTransporter(Options with { User = "me", Password = "wrong" });

        var result = await SendAsync(transporter, "Automatic", "u1@ok.test");

        if (Server.Mechanisms.Count > 0)
            AssertPasswordRefused(result);
        else
            Assert.True(result is { Outcome: Outcome.NotSent, IsTransient: false }, Describe(result));
    }

    private void AssertPasswordRefused(SendResult result)
    {
        if (!Server.ChecksPasswords)
        {
            AssertAccepted(result);
            return;
        }
        Assert.True(result is { Outcome: Outcome.NotSent, Status: 535 }, Describe(result));
        Assert.Contains(result.Errors, e => e.ComponentSignature == "auth");
    }
}
