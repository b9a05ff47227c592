namespace SmtpTransport.Lab;

public abstract partial class ServerTests
{
    [Theory]
    [InlineData("u1+tag=x@ok.test")]
    [InlineData("o'brien/x{y}@ok.test")]
    [InlineData("\"john doe\"@ok.test")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@ok.test")]
    public async Task An_unusual_address_is_taken_or_refused_as_the_server_says(string address)
    {
        await using var transporter = new SmtpTransporter(Options);

        var result = await SendAsync(transporter, "Unusual", address);

        var expected = (result.Status / 100) switch { 2 => Outcome.Accepted, 4 => Outcome.Deferred, _ => Outcome.Refused };
        AssertOutcome(expected, result);
        await SendOneMoreAsync(transporter);
    }

    [Fact]
    public async Task A_bounce_has_the_null_path()
    {
        await using var transporter = new SmtpTransporter(Options);
        var email = NewEmail("Null path", "u1@ok.test");
        email.ReturnPath = "";

        var result = await SendAsync(transporter, email);

        if (!Server.TakesNullPath)
        {
            Assert.True(result.Outcome is Outcome.Refused or Outcome.Deferred, Describe(result));
            return;
        }
        AssertAccepted(result);
        await _ledger.CloseAsync();
        Assert.Equal("", Assert.Single(await _ledger.CopiesOfAsync(result)).Sender.Trim('<', '>'));
    }

    [Fact]
    public async Task A_domain_that_is_not_ascii_goes_out_as_a_labels()
    {
        await using var transporter = new SmtpTransporter(Options);
        var email = NewEmail("IDN", "u1@ok.test");
        email.ReturnPath = "s@bücher.test";

        var result = await SendAsync(transporter, email);

        AssertAccepted(result);
        await _ledger.CloseAsync();
        // Some servers store the domain as it is shown.
        var sender = Assert.Single(await _ledger.CopiesOfAsync(result)).Sender;
        Assert.True(
            !Server.KeepsSenders
            || sender.Contains("s@xn--bcher-kva.test", StringComparison.Ordinal)
            || sender.Contains("s@bücher.test", StringComparison.Ordinal), sender);
    }

    [Fact]
    public async Task A_local_part_that_is_not_ascii_needs_smtputf8()
    {
        await using var transporter = new SmtpTransporter(Options);

        var result = await SendAsync(transporter, "SMTPUTF8", "üser@ok.test");

        if (Server.TakesUtf8)
            AssertAccepted(result);
        else
            Assert.True(result.Outcome is Outcome.NotSent or Outcome.Refused && !result.IsTransient, Describe(result));
        await SendOneMoreAsync(transporter);
    }
}
