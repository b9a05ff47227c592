using Microsoft.Extensions.DependencyInjection;
using Moq;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>What transporters and callers may say beside the usual.</summary>
public sealed class OddResultsTests
{
    private static readonly StoredRecipient[] Two = [new("ann@example.org"), new("bob@example.org")];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Outcome.Accepted, 250, OutboxState.Sent, RecipientState.Accepted)]
    [InlineData(Outcome.PartiallyAccepted, 550, OutboxState.Sent, RecipientState.Accepted)]
    [InlineData(Outcome.Refused, 550, OutboxState.DeadLettered, RecipientState.Refused)]
    [InlineData(Outcome.Deferred, 450, OutboxState.Waiting, RecipientState.Deferred)]
    [InlineData(Outcome.NotSent, 0, OutboxState.Waiting, RecipientState.NotTried)]
    [InlineData(Outcome.Unknown, 0, OutboxState.Unknown, RecipientState.NotTried)]
    public void Recipients_of_whom_the_result_says_nothing_are_as_the_whole(Outcome outcome, int status, OutboxState state, RecipientState recipients)
    {
        var verdict = AttemptOutcome.Of(SendResult.Create(outcome, status, "Words"), Two);

        Assert.Equal(state, verdict.State);
        Assert.All(verdict.Recipients, r => Assert.Equal(recipients, r.State));
    }

    [Fact]
    public void An_address_that_stands_twice_counts_where_it_was_accepted()
    {
        var result = SendResult.Create(Outcome.Accepted, 250, "Ok", [new("bob@example.org", RecipientState.NotTried), new("Bob@example.org", RecipientState.Accepted, 250)]);

        var verdict = AttemptOutcome.Of(result, Two);

        Assert.Equal(OutboxState.Sent, verdict.State);
        Assert.Equal(RecipientState.Accepted, verdict.Recipients[1].State);
    }

    [Fact]
    public void Who_has_the_mail_for_certain_does_not_get_it_again_after_a_decision()
    {
        var result = SendResult.Create(Outcome.Unknown, 0, "", [new("ann@example.org", RecipientState.Accepted, 250), new("bob@example.org", RecipientState.Accepted, 250) { IsInDoubt = true }]);

        var verdict = AttemptOutcome.Of(result, Two);

        Assert.Equal(OutboxState.Unknown, verdict.State);
        Assert.Equal(["bob@example.org"], verdict.Recipients.Where(r => r.IsOpen).Select(r => r.Address));
    }

    [Fact]
    public async Task A_mail_that_goes_to_others_in_its_place_goes_once()
    {
        await using var redirected = SmtpTestServer.Start();
        redirected.Script.On(SmtpStep.RcptTo, "dev2").Reply(550, "5.1.1 Unknown");
        await using var transporter = new SmtpTransporter(redirected.ToServerOptions() with { RedirectAllTo = "dev1@example.net, dev2@example.net" });
        await using var host = await OutboxHost.StartAsync(null, services => services.AddKeyedSingleton<ISmtpTransporter>("other", transporter));

        var id = await host.Outbox.EnqueueAsync(Mail("ann@example.org"), transporterName: "other", cancellationToken: Cancellation);
        await host.UntilAsync(id, OutboxState.Sent);

        Assert.Equal(["dev1@example.net"], Assert.Single(redirected.Messages).Recipients);
    }

    [Fact]
    public async Task A_mail_that_goes_to_one_of_its_own_recipients_in_its_place_is_sent()
    {
        await using var redirected = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(redirected.ToServerOptions() with { RedirectAllTo = "dev@example.net", AllowedRecipients = ["example.org"] });
        await using var host = await OutboxHost.StartAsync(null, services => services.AddKeyedSingleton<ISmtpTransporter>("other", transporter));

        var id = await host.Outbox.EnqueueAsync(Mail("ann@example.org, dev@example.net"), transporterName: "other", cancellationToken: Cancellation);
        var entry = await host.UntilAsync(id, OutboxState.Sent);

        Assert.Single(redirected.Messages);
        Assert.Equal(Outcome.Accepted, Assert.Single(entry.History).Outcome);
    }

    [Fact]
    public async Task A_schedule_that_throws_is_replaced_and_one_beyond_the_end_is_cut()
    {
        var calls = 0;
        await using var host = await OutboxHost.StartAsync(o =>
        {
            o.InitialRetryDelay = TimeSpan.FromMilliseconds(20);
            o.ExpireAfter = TimeSpan.FromSeconds(2);
            o.RetrySchedule = tries => ++calls == 1 ? throw new InvalidOperationException("no schedule") : TimeSpan.MaxValue;
        });
        host.Server.Script.On(SmtpStep.RcptTo).Reply(451, "4.3.0 Later");

        var id = await host.Outbox.EnqueueAsync(Mail("ann@example.org"), cancellationToken: Cancellation);
        var dead = await host.UntilAsync(id, OutboxState.DeadLettered);

        Assert.Equal(3, dead.AttemptCount);
        Assert.All(dead.History, t => Assert.Equal((Outcome.Deferred, 451), (t.Outcome, t.Status)));
    }

    [Fact]
    public async Task A_mail_that_is_sent_again_has_all_its_tries_before_it()
    {
        await using var host = await OutboxHost.StartAsync(o => o.RetrySchedule = tries => tries < 2 ? TimeSpan.FromMilliseconds(20) : null);
        host.Server.Script.On(SmtpStep.MailFrom).Times(3).Reply(451, "4.3.0 Later");
        var id = await host.Outbox.EnqueueAsync(Mail("ann@example.org"), cancellationToken: Cancellation);
        Assert.Equal(2, (await host.UntilAsync(id, OutboxState.DeadLettered)).AttemptCount);

        Assert.True(await host.Outbox.ResendAsync(id, Cancellation));

        var sent = await host.UntilAsync(id, OutboxState.Sent);
        Assert.Equal(2, sent.AttemptCount);
        Assert.Equal([Outcome.Deferred, Outcome.Deferred, null, Outcome.Deferred, Outcome.Accepted], sent.History.Select(t => t.Outcome));
    }

    [Fact]
    public async Task The_fake_of_the_testing_package_stands_in_for_a_server()
    {
        var fake = new FakeSmtpTransporter();
        fake.On(m => m.To.Contains("bob@example.org")).Return(SendResult.Create(Outcome.Refused, 550, "5.1.1 No such user"));
        await using var host = await OutboxHost.StartAsync(null, services => services.AddKeyedSingleton<ISmtpTransporter>("other", fake));

        var sent = await host.Outbox.EnqueueAsync(Mail("ann@example.org"), transporterName: "other", cancellationToken: Cancellation);
        var refused = await host.Outbox.EnqueueAsync(Mail("bob@example.org"), transporterName: "other", cancellationToken: Cancellation);

        await host.UntilAsync(sent, OutboxState.Sent);
        Assert.Equal("5.1.1 No such user", (await host.UntilAsync(refused, OutboxState.DeadLettered)).Recipients[0].StatusText);
        Assert.Equal(2, fake.Sent.Count);
    }

    [Fact]
    public async Task A_transporter_that_throws_after_the_transmission_has_begun_leaves_the_mail_parked()
    {
        var transporter = new Mock<ISmtpTransporter>();
        transporter.As<IStoredMessageSender>().Setup(t => t.SendAsync(It.IsAny<StoredMessage>(), It.IsAny<CancellationToken>())).Returns(async (StoredMessage message, CancellationToken token) =>
        {
            await message.BeforeTransmission!(token);
            throw new InvalidOperationException("broken");
        });
        await using var host = await OutboxHost.StartAsync(null, services => services.AddKeyedSingleton("other", transporter.Object));

        var id = await host.Outbox.EnqueueAsync(Mail("ann@example.org"), transporterName: "other", cancellationToken: Cancellation);
        var entry = await host.UntilAsync(id, OutboxState.Unknown);

        Assert.Equal("broken", Assert.Single(entry.History).Text);
        Assert.NotNull(entry.TransmittingSince);
    }

    private static Email Mail(string to) => new() { From = "shop@example.com", To = to, Subject = "Hello", TextBody = "Hello" };
}
