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

            Assert.True(result is { Outcome: Outcome.NotSent or Outcome.Refused, Status: 535 }, $"{mechanism}: {Describe(result)}");
            Assert.Contains(result.Errors, e => e.ComponentSignature == "auth");
        }
        await using var automatic = new SmtpTransporter(Options with { User = "me", Password = "wrong" });
        Assert.Equal(Outcome.NotSent, (await SendAsync(automatic, "Automatic", "u1@ok.test")).Outcome);
    }
}
