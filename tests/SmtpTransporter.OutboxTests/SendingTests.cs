using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>What becomes of a mail that was enqueued, by what the server says.</summary>
public sealed class SendingTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_mail_is_sent_as_it_was_when_it_was_enqueued()
    {
        await using var host = await OutboxHost.StartAsync();
        var email = Mail("ann@example.org");
        email.Bcc = "hidden@example.org";

        var id = await host.Outbox.EnqueueAsync(email, cancellationToken: Cancellation);
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
    public async Task What_is_put_off_is_tried_again_with_the_same_Message_ID()
    {
        await using var host = await OutboxHost.StartAsync();
        host.Server.Script.On(SmtpStep.MailFrom).Times(2).Reply(451, "4.3.0 Later");

        var id = await host.Outbox.EnqueueAsync(Mail("ann@example.org"), cancellationToken: Cancellation);
        var entry = await host.UntilAsync(id, OutboxState.Sent);

        Assert.Equal([Outcome.Deferred, Outcome.Deferred, Outcome.Accepted], entry.History.Select(t => t.Outcome));
        Assert.Equal("4.3.0 Later", entry.History[0].Text);
        Assert.Equal(451, entry.History[0].Status);
        Assert.Equal(entry.MessageId, Assert.Single(host.Server.Messages).Message.MessageId);
    }

    [Fact]
    public async Task Only_those_who_have_not_got_it_get_another_try()
    {
        await using var host = await OutboxHost.StartAsync();
        host.Server.Script.On(SmtpStep.RcptTo, "bob").Times(1).Reply(450, "4.2.0 Busy");
        host.Server.Script.On(SmtpStep.RcptTo, "cid").Reply(550, "5.1.1 Unknown");

        var id = await host.Outbox.EnqueueAsync(Mail("ann@example.org, bob@example.org, cid@example.org"), cancellationToken: Cancellation);
        var entry = await host.UntilAsync(id, OutboxState.DeadLettered);

        Assert.Equal([["ann@example.org"], ["bob@example.org"]], host.Server.Messages.Select(m => m.Recipients));
        Assert.Single(host.Server.Messages.Select(m => m.Message.MessageId).Distinct());
        Assert.Equal([RecipientState.Accepted, RecipientState.Accepted, RecipientState.Refused], entry.Recipients.Select(r => r.State));
        Assert.Equal("5.1.1 Unknown", entry.Recipients[2].StatusText);
        Assert.Equal(new EnhancedStatus(5, 1, 1), entry.Recipients[2].EnhancedStatus);
    }

    [Fact]
    public async Task A_refused_mail_is_a_dead_letter_and_can_be_sent_again()
    {
        await using var host = await OutboxHost.StartAsync();
        host.Server.Script.On(SmtpStep.RcptTo).Times(1).Reply(550, "5.7.1 Not you");
        var id = await host.Outbox.EnqueueAsync(Mail("ann@example.org"), cancellationToken: Cancellation);
        var dead = await host.UntilAsync(id, OutboxState.DeadLettered);

        Assert.Equal("5.7.1 Not you", Assert.Single(dead.History).Text);
        Assert.True(await host.Outbox.ResendAsync(id, Cancellation));

        var entry = await host.UntilAsync(id, OutboxState.Sent);
        Assert.Equal(dead.MessageId, Assert.Single(host.Server.Messages).Message.MessageId);
        Assert.Equal([Outcome.Refused, null, Outcome.Accepted], entry.History.Select(t => t.Outcome));
        Assert.False(await host.Outbox.ResendAsync(id, Cancellation));
    }

    [Fact]
    public async Task A_server_that_cannot_be_reached_is_tried_until_the_time_is_over()
    {
        await using var host = await OutboxHost.StartAsync(o =>
        {
            o.ExpireAfter = TimeSpan.FromMilliseconds(400);
            o.MaxRetryDelay = TimeSpan.FromMilliseconds(100);
        });
        await host.Server.DisposeAsync();

        var id = await host.Outbox.EnqueueAsync(Mail("ann@example.org"), cancellationToken: Cancellation);
        var entry = await host.UntilAsync(id, OutboxState.DeadLettered);

        Assert.True(entry.AttemptCount > 1, $"{entry.AttemptCount} tries");
        Assert.All(entry.History, t => Assert.Equal(Outcome.NotSent, t.Outcome));
        Assert.Contains("refused", entry.History[0].Text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_lost_connection_after_the_message_parks_it_and_nothing_is_sent_twice()
    {
        await using var host = await OutboxHost.StartAsync();
        host.Server.Script.On(SmtpStep.EndOfData).Times(1).Close();

        var id = await host.Outbox.EnqueueAsync(Mail("ann@example.org"), cancellationToken: Cancellation);
        var entry = await host.UntilAsync(id, OutboxState.Unknown);
        var next = await host.Outbox.EnqueueAsync(Mail("bob@example.org"), cancellationToken: Cancellation);
        await host.UntilAsync(next, OutboxState.Sent);

        Assert.NotNull(entry.TransmittingSince);
        Assert.Equal(Outcome.Unknown, Assert.Single(entry.History).Outcome);
        Assert.Equal(OutboxState.Unknown, (await host.Outbox.GetAsync(id, Cancellation))!.State);
        // The server had taken it; only its answer was lost.
        Assert.Equal(["ann@example.org", "bob@example.org"], host.Server.Messages.Select(m => Assert.Single(m.Recipients)));
        Assert.True(await host.Outbox.DiscardAsync(id, Cancellation));
        Assert.Equal(OutboxState.Discarded, (await host.Outbox.GetAsync(id, Cancellation))!.State);
        Assert.False(await host.Outbox.DiscardAsync(id, Cancellation));
    }

    [Theory]
    [InlineData(UnknownDecision.Park, OutboxState.Unknown, 1)]
    [InlineData(UnknownDecision.Resend, OutboxState.Sent, 2)]
    [InlineData(UnknownDecision.Discard, OutboxState.Discarded, 1)]
    public async Task A_policy_decides_about_what_is_not_known(UnknownDecision decision, OutboxState state, int arrived)
    {
        var asked = new TaskCompletionSource<OutboxEntry>();
        await using var host = await OutboxHost.StartAsync(o => o.OnUnknown = (entry, _) =>
        {
            asked.SetResult(entry);
            return ValueTask.FromResult(decision);
        });
        host.Server.Script.On(SmtpStep.EndOfData).Times(1).Close();

        var id = await host.Outbox.EnqueueAsync(Mail("ann@example.org"), cancellationToken: Cancellation);
        var entry = await host.UntilAsync(id, state);

        Assert.Equal(entry.MessageId, (await asked.Task).MessageId);
        Assert.Equal(arrived, host.Server.Messages.Count);
    }

    [Fact]
    public async Task A_policy_that_fails_leaves_it_parked()
    {
        await using var host = await OutboxHost.StartAsync(o => o.OnUnknown = (_, _) => throw new InvalidOperationException("no log"));
        host.Server.Script.On(SmtpStep.EndOfData).Times(1).Close();

        var id = await host.Outbox.EnqueueAsync(Mail("ann@example.org"), cancellationToken: Cancellation);

        Assert.Equal(OutboxState.Unknown, (await host.UntilAsync(id, OutboxState.Unknown)).State);
        Assert.Single(host.Server.Messages);
    }

    [Fact]
    public async Task What_is_wrong_with_a_mail_is_said_at_once()
    {
        await using var host = await OutboxHost.StartAsync();

        var nobody = await Assert.ThrowsAsync<InvalidOperationException>(() => host.Outbox.EnqueueAsync(new Email { From = "a@example.com" }, cancellationToken: Cancellation));
        Assert.Contains("To", nobody.Message, StringComparison.Ordinal);
        var missing = Mail("ann@example.org");
        missing.Attachments.Add(MailAttachment.FromFile("/no/such/file.pdf"));
        Assert.Contains("/no/such/file.pdf", (await Assert.ThrowsAsync<InvalidOperationException>(() => host.Outbox.EnqueueAsync(missing, cancellationToken: Cancellation))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentException>(() => host.Outbox.EnqueueAsync(Mail("ann@example.org"), transporterName: "other", cancellationToken: Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => host.Outbox.EnqueueAsync(Mail("ann@example.org"), idempotencyKey: new string('k', 201), cancellationToken: Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => host.Outbox.EnqueueAsync(Mail("ann@example.org"), priority: (OutboxPriority)9, cancellationToken: Cancellation));
        await Assert.ThrowsAsync<ArgumentNullException>(() => host.Outbox.EnqueueAsync(null!, cancellationToken: Cancellation));
        Assert.Empty(await host.Outbox.ListAsync(cancellationToken: Cancellation));
    }

    [Fact]
    public async Task A_named_transporter_is_used()
    {
        await using var host = await OutboxHost.StartAsync();

        var id = await host.Outbox.EnqueueAsync(Mail("ann@example.org"), transporterName: "newsletter", cancellationToken: Cancellation);
        await host.UntilAsync(id, OutboxState.Sent);

        Assert.Contains(host.Server.Sessions[0].Commands, c => c == "EHLO newsletter.example");
    }

    private static Email Mail(string to) => new() { From = "shop@example.com", To = to, Subject = "Hello", TextBody = "Hello" };
}
