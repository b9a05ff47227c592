using Microsoft.Extensions.DependencyInjection;
using Moq;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>What becomes of an email, depending on the server.</summary>
public sealed class SendRunTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_email_without_its_message_says_so_and_holds_up_no_other()
    {
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false);
        var broken = await host.EnqueueAsync(TestEmail.To("ann"));
        await host.Tables.RemoveMessageAsync(broken);
        var whole = await host.EnqueueAsync(TestEmail.To("bob"));
        await host.StopAsync();

        await host.RunAsync(o => o.EnableWorker = true);

        await host.UntilAsync(whole, OutboxState.Sent);
        var entry = await host.UntilAsync(broken, e => e.History.Count > 0);
        Assert.Equal(OutboxState.Waiting, entry.State);
        Assert.Contains("is not in the database", entry.History[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_email_is_sent_as_it_was_when_it_was_enqueued()
    {
        await using var host = await OutboxHost.StartAsync();
        var email = TestEmail.To("ann");
        email.Bcc = "hidden@example.org";

        var id = await host.EnqueueAsync(email);
        email.Subject = "Changed";
        var entry = await host.UntilAsync(id, OutboxState.Sent);

        var received = Assert.Single(host.Server.Messages);
        Assert.Equal("Hello", received.Message.Subject);
        Assert.Equal(["ann@example.org", "hidden@example.org"], received.Recipients);
        Assert.Equal(entry.MessageId, received.Message.MessageId);
        Assert.Equal(1, entry.AttemptCount);
        Assert.All(entry.Recipients, r => Assert.Equal(RecipientState.Accepted, r.State));
        Assert.Equal(Outcome.Accepted, Assert.Single(entry.History).Outcome);
        Assert.NotNull(entry.EndedAt);
        Assert.Null(entry.TransmittingSince);
    }

    [Fact]
    public async Task A_deferred_email_is_attempted_again_with_the_same_Message_ID()
    {
        await using var host = await OutboxHost.StartAsync();
        host.Server.Script.On(SmtpStep.MailFrom).Times(2).Reply(451, "4.3.0 Later");

        var id = await host.EnqueueAsync(TestEmail.To("ann"));
        var entry = await host.UntilAsync(id, OutboxState.Sent);

        Assert.Equal([Outcome.Deferred, Outcome.Deferred, Outcome.Accepted], entry.History.Select(t => t.Outcome));
        Assert.Equal("4.3.0 Later", entry.History[0].Text);
        Assert.Equal(451, entry.History[0].Status);
        Assert.Equal(entry.MessageId, Assert.Single(host.Server.Messages).Message.MessageId);
    }

    [Fact]
    public async Task Only_recipients_that_have_not_received_the_message_get_another_attempt()
    {
        await using var host = await OutboxHost.StartAsync();
        host.Server.Script.On(SmtpStep.RcptTo, "bob").Times(1).Reply(450, "4.2.0 Busy");
        host.Server.Script.On(SmtpStep.RcptTo, "cid").Reply(550, "5.1.1 Unknown");

        var id = await host.EnqueueAsync(TestEmail.To("ann@example.org, bob@example.org, cid@example.org"));
        var entry = await host.UntilAsync(id, OutboxState.DeadLettered);

        Assert.Equal([["ann@example.org"], ["bob@example.org"]], host.Server.Messages.Select(m => m.Recipients));
        Assert.Single(host.Server.Messages.Select(m => m.Message.MessageId).Distinct());
        Assert.Equal(host.Server.Messages[0].Raw.ToArray(), host.Server.Messages[1].Raw.ToArray());
        Assert.Equal(3, host.Server.Messages[1].Message.To.Count);
        Assert.Equal([RecipientState.Accepted, RecipientState.Accepted, RecipientState.Refused], entry.Recipients.Select(r => r.State));
        Assert.Equal("5.1.1 Unknown", entry.Recipients[2].StatusText);
        Assert.Equal(new EnhancedStatus(5, 1, 1), entry.Recipients[2].EnhancedStatus);
    }

    [Fact]
    public async Task The_envelope_of_an_email_is_stored_and_used()
    {
        await using var host = await OutboxHost.StartAsync();
        var email = TestEmail.To("team@example.org");
        email.Envelope = new() { Sender = "bounces+ann@example.com", Recipients = ["ann@example.org"] };

        var entry = await host.UntilAsync(await host.EnqueueAsync(email), OutboxState.Sent);

        Assert.Equal(("bounces+ann@example.com", "ann@example.org"), (entry.Sender, Assert.Single(entry.Recipients).Address));
        var received = Assert.Single(host.Server.Messages);
        Assert.Equal("bounces+ann@example.com", received.Sender);
        Assert.Equal(["ann@example.org"], received.Recipients);
        Assert.Equal("team@example.org", received.Message.To.ToString());
    }

    [Fact]
    public async Task A_refused_email_becomes_a_dead_letter_and_can_be_resent()
    {
        await using var host = await OutboxHost.StartAsync();
        host.Server.Script.On(SmtpStep.RcptTo).Times(1).Reply(550, "5.7.1 Not you");
        var id = await host.EnqueueAsync(TestEmail.To("ann"));
        var dead = await host.UntilAsync(id, OutboxState.DeadLettered);

        Assert.Equal("5.7.1 Not you", Assert.Single(dead.History).Text);
        Assert.True(await host.Outbox.ResendAsync(id, Cancellation));

        var entry = await host.UntilAsync(id, OutboxState.Sent);
        Assert.Equal(dead.MessageId, Assert.Single(host.Server.Messages).Message.MessageId);
        Assert.Equal([Outcome.Refused, null, Outcome.Accepted], entry.History.Select(t => t.Outcome));
        Assert.False(await host.Outbox.ResendAsync(id, Cancellation));
    }

    [Fact]
    public async Task An_email_to_an_unreachable_server_is_attempted_until_it_expires()
    {
        await using var host = await OutboxHost.StartAsync(o =>
        {
            o.ExpireAfter = TimeSpan.FromMilliseconds(400);
            o.MaxRetryDelay = TimeSpan.FromMilliseconds(100);
        });
        await host.Server.DisposeAsync();

        var id = await host.EnqueueAsync(TestEmail.To("ann"));
        var entry = await host.UntilAsync(id, OutboxState.DeadLettered);

        Assert.True(entry.AttemptCount > 1, $"{entry.AttemptCount} attempts");
        Assert.All(entry.History, t => Assert.Equal(Outcome.NotSent, t.Outcome));
        Assert.Contains("refused", entry.History[0].Text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task An_email_is_parked_and_not_sent_twice_if_the_connection_is_lost_after_the_message()
    {
        await using var host = await OutboxHost.StartAsync();
        host.Server.Script.On(SmtpStep.EndOfData).Times(1).Close();

        var id = await host.EnqueueAsync(TestEmail.To("ann"));
        var entry = await host.UntilAsync(id, OutboxState.Unknown);
        var next = await host.EnqueueAsync(TestEmail.To("bob"));
        await host.UntilAsync(next, OutboxState.Sent);

        Assert.NotNull(entry.TransmittingSince);
        Assert.Equal(Outcome.Unknown, Assert.Single(entry.History).Outcome);
        Assert.Equal(OutboxState.Unknown, (await host.Outbox.GetAsync(id, Cancellation))!.State);
        // The server had accepted it; only its reply was lost.
        Assert.Equal(["ann@example.org", "bob@example.org"], host.Server.Messages.Select(m => Assert.Single(m.Recipients)));
        Assert.True(await host.Outbox.DiscardAsync(id, Cancellation));
        Assert.Equal(OutboxState.Discarded, (await host.Outbox.GetAsync(id, Cancellation))!.State);
        Assert.False(await host.Outbox.DiscardAsync(id, Cancellation));
    }

    [Fact]
    public async Task An_email_is_sent_through_its_named_transporter()
    {
        await using var host = await OutboxHost.StartAsync();

        var id = await host.EnqueueAsync(TestEmail.To("ann"), transporterName: "newsletter");
        await host.UntilAsync(id, OutboxState.Sent);

        Assert.Contains(host.Server.Sessions[0].Commands, c => c == "EHLO newsletter.example");
    }

    [Fact]
    public async Task A_redirected_email_is_sent_once()
    {
        await using var redirected = SmtpTestServer.Start();
        redirected.Script.On(SmtpStep.RcptTo, "dev2").Reply(550, "5.1.1 Unknown");
        await using var transporter = new SmtpTransporter(
            redirected.ToServerOptions() with { RedirectAllTo = "dev1@example.net, dev2@example.net" });
        await using var host = await OutboxHost.StartAsync(
            null, services => services.AddKeyedSingleton<ISmtpTransporter>("other", transporter));

        var id = await host.EnqueueAsync(TestEmail.To("ann"), transporterName: "other");
        await host.UntilAsync(id, OutboxState.Sent);

        Assert.Equal(["dev1@example.net"], Assert.Single(redirected.Messages).Recipients);
    }

    [Fact]
    public async Task An_email_that_is_redirected_to_one_of_its_own_recipients_is_sent()
    {
        await using var redirected = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(
            redirected.ToServerOptions() with { RedirectAllTo = "dev@example.net", AllowedRecipients = ["example.org"] });
        await using var host = await OutboxHost.StartAsync(
            null, services => services.AddKeyedSingleton<ISmtpTransporter>("other", transporter));

        var id = await host.EnqueueAsync(TestEmail.To("ann@example.org, dev@example.net"), transporterName: "other");
        var entry = await host.UntilAsync(id, OutboxState.Sent);

        Assert.Single(redirected.Messages);
        Assert.Equal(Outcome.Accepted, Assert.Single(entry.History).Outcome);
    }

    [Fact]
    public async Task A_resent_email_gets_all_its_attempts_again()
    {
        await using var host = await OutboxHost.StartAsync(
            o => o.RetrySchedule = attempts => attempts < 2 ? TimeSpan.FromMilliseconds(20) : null);
        host.Server.Script.On(SmtpStep.MailFrom).Times(3).Reply(451, "4.3.0 Later");
        var id = await host.EnqueueAsync(TestEmail.To("ann"));
        Assert.Equal(2, (await host.UntilAsync(id, OutboxState.DeadLettered)).AttemptCount);

        Assert.True(await host.Outbox.ResendAsync(id, Cancellation));

        var sent = await host.UntilAsync(id, OutboxState.Sent);
        Assert.Equal(2, sent.AttemptCount);
        Assert.Equal([Outcome.Deferred, Outcome.Deferred, null, Outcome.Deferred, Outcome.Accepted], sent.History.Select(t => t.Outcome));
    }

    [Fact]
    public async Task FakeSmtpTransporter_replaces_a_server()
    {
        var fake = new FakeSmtpTransporter();
        fake.On(m => m.To.Contains("bob@example.org")).Return(SendResult.Create(Outcome.Refused, 550, "5.1.1 No such user"));
        await using var host = await OutboxHost.StartAsync(null, services => services.AddKeyedSingleton<ISmtpTransporter>("other", fake));

        var sent = await host.EnqueueAsync(TestEmail.To("ann"), transporterName: "other");
        var refused = await host.EnqueueAsync(TestEmail.To("bob"), transporterName: "other");

        await host.UntilAsync(sent, OutboxState.Sent);
        Assert.Equal("5.1.1 No such user", (await host.UntilAsync(refused, OutboxState.DeadLettered)).Recipients[0].StatusText);
        Assert.Equal(2, fake.Sent.Count);
    }

    [Fact]
    public async Task An_email_is_parked_if_its_transporter_throws_after_the_transmission_started()
    {
        var transporter = new Mock<ISmtpTransporter>();
        transporter.As<IStoredMessageSender>()
            .Setup(t => t.SendAsync(It.IsAny<StoredMessage>(), It.IsAny<CancellationToken>()))
            .Returns(async (StoredMessage message, CancellationToken token) =>
            {
                await message.BeforeTransmission!(token);
                throw new InvalidOperationException("broken");
            });
        await using var host = await OutboxHost.StartAsync(null, services => services.AddKeyedSingleton("other", transporter.Object));

        var id = await host.EnqueueAsync(TestEmail.To("ann"), transporterName: "other");
        var entry = await host.UntilAsync(id, OutboxState.Unknown);

        Assert.Equal("broken", Assert.Single(entry.History).Text);
        Assert.NotNull(entry.TransmittingSince);
    }
}
