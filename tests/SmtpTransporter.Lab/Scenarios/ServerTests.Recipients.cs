namespace SmtpTransport.Lab;

public abstract partial class ServerTests
{
    /// <summary>What is expected of an address that begins with "refused".</summary>
    private RecipientState RefusedState => Server.RefusedDomain is null ? RecipientState.Accepted : RecipientState.Refused;

    private Outcome RefusedOutcome(Outcome where) => Server.RefusedDomain is null ? Outcome.Accepted : where;

    [Fact]
    public async Task Emails_are_accepted_one_after_another()
    {
        await using var transporter = new SmtpTransporter(Options);

        for (var i = 0; i < 3; i++)
            AssertAccepted(await SendAsync(transporter, "Small", "u1@ok.test", "u2@ok.test"));
    }

    [Fact]
    public async Task An_email_is_accepted_by_the_synchronous_call_without_kept_connections()
    {
        using var transporter = new SmtpTransporter(Options with { KeepAlive = false });

        var result = await Task.Run(() => transporter.Send(NewEmail("Synchronous", "u1@ok.test"), Cancellation), Cancellation);

        _ledger.Add(result);
        AssertAccepted(result);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_refused_recipient_does_not_hinder_the_others(int refusedAt)
    {
        await using var transporter = new SmtpTransporter(Options);
        var to = Good(3);
        to[refusedAt] = Refused(1);

        var result = await SendAsync(transporter, "One refused", to);

        AssertOutcome(RefusedOutcome(Outcome.PartiallyAccepted), result);
        Assert.Equal(
            Enumerable.Range(0, 3).Select(i => i == refusedAt ? RefusedState : RecipientState.Accepted),
            result.Recipients.Select(r => r.State));
        await SendOneMoreAsync(transporter);
    }

    [Fact]
    public async Task An_email_whose_recipients_are_all_refused_is_refused()
    {
        await using var transporter = new SmtpTransporter(Options);

        AssertOutcome(RefusedOutcome(Outcome.Refused), await SendAsync(transporter, "One, refused", Refused(1)));
        await SendOneMoreAsync(transporter);
        AssertOutcome(RefusedOutcome(Outcome.Refused), await SendAsync(transporter, "Three, refused", Refused(1), Refused(2), Refused(3)));
        await SendOneMoreAsync(transporter);
    }

    [Fact]
    public async Task A_recipient_for_later_is_deferred()
    {
        await using var transporter = new SmtpTransporter(Options);
        var later = Server.DefersRecipients ? RecipientState.Deferred : RecipientState.Accepted;
        // Without the mailbox in its table, a server could refuse what it cannot defer.
        var address = Server.DefersRecipients ? "later1@ok.test" : "u2@ok.test";

        var result = await SendAsync(transporter, "One later", "u1@ok.test", address);

        Assert.Equal([RecipientState.Accepted, later], result.Recipients.Select(r => r.State));
        await SendOneMoreAsync(transporter);
    }

    [Fact]
    public async Task Half_of_60_recipients_are_refused_and_the_others_get_the_email()
    {
        await using var transporter = new SmtpTransporter(Options);
        var to = Good(60).Select((address, i) => i % 2 == 1 ? Refused(i) : address).ToArray();

        var result = await SendAsync(transporter, "30 of 60 refused", to);

        AssertOutcome(RefusedOutcome(Outcome.PartiallyAccepted), result);
        Assert.All(result.Recipients.Where((_, i) => i % 2 == 1), r => Assert.Equal(RefusedState, r.State));
        Assert.All(result.Recipients.Where((_, i) => i % 2 == 0), r => Assert.Equal(RecipientState.Accepted, r.State));
        await SendOneMoreAsync(transporter);
    }

    [Fact]
    public async Task An_email_to_500_recipients_reaches_them_all()
    {
        await using var transporter = new SmtpTransporter(Options);

        AssertAccepted(await SendAsync(transporter, "500 recipients", Good(500)));
        await SendOneMoreAsync(transporter);
    }

    [Fact]
    public async Task Recipients_that_are_refused_time_and_again_do_not_wear_out_the_transporter()
    {
        await using var transporter = new SmtpTransporter(Options with { MaxConnections = 1 });

        for (var i = 0; i < 25; i++)
            AssertOutcome(RefusedOutcome(Outcome.Refused), await SendAsync(transporter, "Refused", Refused(1)));
        await SendOneMoreAsync(transporter);
    }

    [Fact]
    public async Task A_refused_sender_is_the_result_of_all_recipients()
    {
        await using var transporter = new SmtpTransporter(Options);
        var email = NewEmail("Sender", "u1@ok.test", "u2@ok.test");
        email.ReturnPath = "bad@client.test";

        AssertOutcome(Server.RefusesSenders ? Outcome.Refused : Outcome.Accepted, await SendAsync(transporter, email));
        await SendOneMoreAsync(transporter);
    }

    [Fact]
    public async Task A_sender_for_later_defers_the_email()
    {
        await using var transporter = new SmtpTransporter(Options);
        var email = NewEmail("Sender", "u1@ok.test", "u2@ok.test");
        email.ReturnPath = "later@client.test";

        AssertOutcome(Server.DefersSenders ? Outcome.Deferred : Outcome.Accepted, await SendAsync(transporter, email));
        await SendOneMoreAsync(transporter);
    }
}
