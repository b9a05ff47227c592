using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>Pauses of lanes and transporters, and what an operator's word means for emails that a worker has in hand.</summary>
public abstract class PauseTests : QueryTestBase
{
    [Fact]
    public async Task A_paused_lane_waits_while_others_are_sent_and_the_list_says_who_paused_it_and_why()
    {
        await SendAsync();
        await Outbox.PauseAsync("ann", "bounces", lane: "paused", cancellationToken: Cancellation);

        var held = await EnqueueAsync("held", "paused");
        var ordered = await EnqueueAsync("ordered", "paused", isOrdered: true);
        await Host.UntilAsync(await EnqueueAsync("free", "other"), OutboxState.Sent);

        var pause = Assert.Single(await Outbox.ListPausesAsync(Cancellation));
        Assert.Equal((null, "paused", "ann", "bounces"), (pause.TransporterName, pause.Lane, pause.By, pause.Reason));
        Assert.Equal("lane \"paused\" of all transporters, by ann: bounces", pause.ToString());
        Assert.False(await Outbox.IsPausedAsync(Cancellation));
        Assert.Equal(2, (await FindAsync(new OutboxQuery { States = [OutboxState.Waiting] })).Count);
        Assert.True(await Outbox.ResumeAsync("bob", lane: "paused", cancellationToken: Cancellation));
        await Host.UntilAsync(held, OutboxState.Sent);
        await Host.UntilAsync(ordered, OutboxState.Sent);
        Assert.Empty(await Outbox.ListPausesAsync(Cancellation));
        Assert.False(await Outbox.ResumeAsync("bob", lane: "paused", cancellationToken: Cancellation));
    }

    [Fact]
    public async Task A_pause_of_a_transporter_one_of_a_lane_and_one_of_everything_end_independently()
    {
        await SendAsync();
        await Outbox.PauseAsync(Cancellation);
        await Outbox.PauseAsync("ann", transporterName: "newsletter", cancellationToken: Cancellation);
        await Outbox.PauseAsync("ann", transporterName: "", lane: "a", cancellationToken: Cancellation);
        var newsletter = await EnqueueAsync("newsletter", "a", transporter: "newsletter");
        var lane = await EnqueueAsync("lane", "a");
        var free = await EnqueueAsync("free", "b");

        Assert.Equal(3, (await Outbox.ListPausesAsync(Cancellation)).Count);
        await Outbox.ResumeAsync(Cancellation);
        await Host.UntilAsync(free, OutboxState.Sent);
        Assert.Equal(OutboxState.Waiting, (await Outbox.GetAsync(lane, Cancellation))!.State);
        await Outbox.ResumeAsync("ann", transporterName: "newsletter", cancellationToken: Cancellation);
        await Host.UntilAsync(newsletter, OutboxState.Sent);
        Assert.Equal(OutboxState.Waiting, (await Outbox.GetAsync(lane, Cancellation))!.State);
        Assert.True(await Outbox.ResumeAsync("ann", transporterName: "", lane: "a", cancellationToken: Cancellation));
        await Host.UntilAsync(lane, OutboxState.Sent);
    }

    [Fact]
    public async Task A_second_pause_of_the_same_replaces_who_and_why_and_a_restart_keeps_it()
    {
        await Outbox.PauseAsync("ann", "first", cancellationToken: Cancellation);
        await Outbox.PauseAsync("bob", null, cancellationToken: Cancellation);

        await SendAsync();

        var pause = Assert.Single(await Outbox.ListPausesAsync(Cancellation));
        Assert.Equal(("bob", null), (pause.By, pause.Reason));
        Assert.True(await Outbox.IsPausedAsync(Cancellation));
    }

    [Theory]
    [InlineData("cancel")]
    [InlineData("cancel many")]
    [InlineData("pause")]
    [InlineData("pause lane")]
    [InlineData("erase")]
    public async Task No_transaction_begins_for_emails_in_the_hands_of_a_worker_once_the_call_has_returned(string word)
    {
        await Host.StopAsync();
        await Host.RunAsync(o => (o.EnableWorker, o.MaxConcurrency) = (true, 1));
        var gate = new TaskCompletionSource();
        var hanging = Host.Server.Script.On(SmtpStep.MailFrom).Times(1).WaitFor(gate.Task);
        await EnqueueAsync("first", "a");
        await hanging.Reached.WaitAsync(Cancellation);
        // The worker claims it, and it waits for the place of the first one.
        var second = await EnqueueAsync("second", "b");
        await Tables.UntilClaimedAsync(second);

        await (word switch
        {
            "cancel" => Outbox.CancelAsync(second, Cancellation),
            "cancel many" => Outbox.CancelAsync(new OutboxQuery { Lane = "b" }, "ann", cancellationToken: Cancellation),
            "erase" => Outbox.EraseAsync("second@example.org", "ann", cancelWaiting: true, cancellationToken: Cancellation),
            "pause" => Outbox.PauseAsync(Cancellation),
            _ => Outbox.PauseAsync("ann", lane: "b", cancellationToken: Cancellation),
        });
        gate.SetResult();
        if (word != "pause")
            await Host.UntilAsync(await EnqueueAsync("third", "c"), OutboxState.Sent);

        Assert.DoesNotContain(Host.Server.Messages, m => m.Recipients[0] == "second@example.org");
        Assert.Equal(word == "pause" ? 1 : 2, CountMails());
        var entry = (await Outbox.GetAsync(second, Cancellation))!;
        Assert.Equal(word.StartsWith("pause", StringComparison.Ordinal) ? OutboxState.Waiting : OutboxState.Canceled, entry.State);
    }

    [Fact]
    public async Task What_is_being_sent_is_not_canceled_and_finishes_in_a_pause()
    {
        await SendAsync();
        var gate = new TaskCompletionSource();
        var hanging = Host.Server.Script.On(SmtpStep.EndOfData).Times(1).WaitFor(gate.Task);
        var id = await EnqueueAsync("ann", "a");
        await hanging.Reached.WaitAsync(Cancellation);

        Assert.False(await Outbox.CancelAsync(id, Cancellation));
        await Outbox.PauseAsync(Cancellation);
        Assert.Equal([id], await FindAsync(new OutboxQuery { States = [OutboxState.Sending] }));
        gate.SetResult();

        await Host.UntilAsync(id, OutboxState.Sent);
    }

    [Fact]
    public async Task Tables_of_version_3_are_migrated_with_their_pause_which_earlier_processes_know_as_well()
    {
        await Host.StopAsync();
        await Tables.RestoreThirdVersionAsync(isPaused: true);

        await Host.RunAsync();

        Assert.Null(Assert.Single(await Outbox.ListPausesAsync(Cancellation)).By);
        await Outbox.ResumeAsync(Cancellation);
        Assert.False(await Tables.IsPausedForThirdVersionAsync());
        await Outbox.PauseAsync("ann", cancellationToken: Cancellation);
        Assert.True(await Tables.IsPausedForThirdVersionAsync());
    }

    [Fact]
    public async Task A_pause_needs_a_name_and_texts_that_fit()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => Outbox.PauseAsync(" ", cancellationToken: Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => Outbox.ResumeAsync("", cancellationToken: Cancellation));
        var exception = await Assert.ThrowsAsync<ArgumentException>(
            () => Outbox.PauseAsync("ann", new string('x', 501), cancellationToken: Cancellation));
        Assert.StartsWith("reason has 501 characters; allowed: at most 500.", exception.Message, StringComparison.Ordinal);
        Assert.Empty(await Outbox.ListPausesAsync(Cancellation));
    }

    [Fact]
    public async Task An_email_past_its_end_becomes_a_dead_letter_that_says_what_held_it_and_is_not_sent()
    {
        await Outbox.PauseAsync("ann", "the provider is away", cancellationToken: Cancellation);
        var id = await EnqueueAsync("ann", "", expiresAt: DateTimeOffset.UtcNow.AddMilliseconds(1));
        var code = (await Outbox.GetAsync(id, Cancellation))!.ExpiresAt!.Value;
        await SendAsync();
        await Outbox.ResumeAsync("bob", cancellationToken: Cancellation);

        var dead = await Host.UntilAsync(id, OutboxState.DeadLettered);

        Assert.Equal((0, 0), (dead.AttemptCount, CountMails()));
        var attempt = Assert.Single(dead.History);
        Assert.StartsWith($"It expired at {code.UtcDateTime:u}. It was paused from ", attempt.Text, StringComparison.Ordinal);
        Assert.EndsWith(": all emails, by ann: the provider is away.", attempt.Text, StringComparison.Ordinal);
        // Not even by a person's decision.
        Assert.False(await Outbox.ResendAsync(id, Cancellation));
    }

    private Task<Guid> EnqueueAsync(
        string name, string lane, string? transporter = null, bool isOrdered = false, DateTimeOffset? expiresAt = null) =>
        Outbox.EnqueueAsync(
            TestEmail.To(name), lane: lane, transporterName: transporter, isOrdered: isOrdered, expiresAt: expiresAt,
            cancellationToken: Cancellation);

    private int CountMails() =>
        Host.Server.Sessions.SelectMany(s => s.Commands).Count(c => c.StartsWith("MAIL FROM", StringComparison.OrdinalIgnoreCase));
}
