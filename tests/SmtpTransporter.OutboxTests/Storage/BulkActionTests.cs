using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>Acting on many emails, whatever the database.</summary>
public abstract class BulkActionTests : QueryTestBase
{
    [Fact]
    public async Task An_afternoon_of_dead_letters_is_sent_again_in_one_step_and_the_history_says_who_did_it()
    {
        var ids = await Host.EnqueueManyAsync(TestEmail.Many(250));
        await Tables.EndAsync(OutboxState.DeadLettered);
        var kept = await Host.EnqueueAsync(TestEmail.To("later"));
        await Outbox.CancelAsync(kept, Cancellation);
        var query = new OutboxQuery { EnqueuedAfter = DateTimeOffset.UtcNow.AddHours(-4) };

        Assert.Equal(250, await Outbox.ResendAsync(query, "ann", "outage of the provider", Cancellation));

        Assert.Equal(0, await Outbox.ResendAsync(query, "ann", cancellationToken: Cancellation));
        var counts = await Outbox.CountAsync(Cancellation);
        Assert.Equal((250, 250, 1), (counts[OutboxState.Waiting], counts.Due, counts[OutboxState.Canceled]));
        var decision = Assert.Single((await Outbox.GetAsync(ids[17], Cancellation))!.History);
        Assert.Equal(("ann", "outage of the provider"), (decision.By, decision.Reason));
        Assert.Equal("DeadLettered: resent by ann (outage of the provider).", decision.Text);
    }

    [Fact]
    public async Task A_canceled_email_waits_again_for_its_own_time_and_what_was_found_by_mistake_is_restored_with_it()
    {
        var time = DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.UtcNow.AddDays(1).ToUnixTimeMilliseconds());
        var planned = await Host.EnqueueAsync(TestEmail.To("ann"), sendAt: time);
        await Host.EnqueueManyAsync(TestEmail.Many(3));

        Assert.Equal(4, await Outbox.CancelAsync(new OutboxQuery { Lane = "" }, "ann", cancellationToken: Cancellation));
        Assert.Null((await Outbox.GetAsync(planned, Cancellation))!.DueAt);
        Assert.Equal(4, await Outbox.RestoreAsync(new OutboxQuery(), "ann", "wrong lane", Cancellation));

        var entry = (await Outbox.GetAsync(planned, Cancellation))!;
        Assert.Equal((OutboxState.Waiting, time), (entry.State, entry.DueAt));
        Assert.Null(entry.EndedAt);
        var counts = await Outbox.CountAsync(Cancellation);
        Assert.Equal((4, 3), (counts[OutboxState.Waiting], counts.Due));
        Assert.False(await Outbox.RestoreAsync(planned, Cancellation));
    }

    [Theory]
    [InlineData(OutboxState.DeadLettered)]
    [InlineData(OutboxState.Unknown)]
    public async Task A_discarded_email_is_restored_to_what_it_was_and_nothing_that_may_have_been_delivered_is_sent(OutboxState before)
    {
        var id = await Host.EnqueueAsync(TestEmail.To("ann"));
        if (before == OutboxState.Unknown)
            await Tables.ParkAsync();
        else
            await Tables.EndAsync(before);
        var parkedSince = (await Outbox.GetAsync(id, Cancellation))!.TransmittingSince;
        Assert.Equal(1, await Outbox.DiscardAsync(new OutboxQuery(), "ann", cancellationToken: Cancellation));

        Assert.True(await Outbox.RestoreAsync(id, Cancellation));

        var entry = (await Outbox.GetAsync(id, Cancellation))!;
        Assert.Equal((before, parkedSince), (entry.State, entry.TransmittingSince));
        Assert.Equal(before == OutboxState.DeadLettered, entry.EndedAt is not null);
    }

    [Fact]
    public async Task Parked_emails_are_sent_again_only_if_the_query_names_them()
    {
        await Host.EnqueueAsync(TestEmail.To("ann"));
        await Tables.ParkAsync();

        Assert.Equal(0, await Outbox.ResendAsync(new OutboxQuery(), "ann", cancellationToken: Cancellation));
        var parked = new OutboxQuery { States = [OutboxState.Unknown] };
        Assert.Equal(1, await Outbox.ResendAsync(parked, "ann", cancellationToken: Cancellation));
    }

    [Fact]
    public async Task An_action_is_refused_without_a_name_and_for_a_state_that_does_not_allow_it()
    {
        var id = await Host.EnqueueAsync(TestEmail.To("ann"));
        var sent = new OutboxQuery { States = [OutboxState.Waiting, OutboxState.Sent] };

        var exception = await Assert.ThrowsAsync<ArgumentException>(
            () => Outbox.CancelAsync(sent, "ann", cancellationToken: Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => Outbox.CancelAsync(new OutboxQuery(), " ", cancellationToken: Cancellation));

        const string Expected = "States has Sent, in which an email cannot be canceled; allowed: Waiting";
        Assert.Contains(Expected, exception.Message, StringComparison.Ordinal);
        Assert.Equal(OutboxState.Waiting, (await Outbox.GetAsync(id, Cancellation))!.State);
    }

    [Fact]
    public async Task Acting_on_emails_while_they_are_sent_meets_no_deadlock_and_sends_none_twice()
    {
        await SendAsync();
        var ids = await Host.EnqueueManyAsync(TestEmail.Many(400));

        await Task.WhenAll(ToggleAsync(), ToggleAsync(), ResendAsync());
        await Outbox.RestoreAsync(new OutboxQuery(), "end", cancellationToken: Cancellation);
        foreach (var id in ids)
            await Host.UntilAsync(id, OutboxState.Sent);

        Assert.Equal(
            Enumerable.Range(0, 400).Select(i => $"u{i}@example.org").Order(StringComparer.Ordinal),
            Host.Server.Messages.Select(m => m.Recipients[0]).Order(StringComparer.Ordinal));

        async Task ToggleAsync()
        {
            for (var i = 0; i < 5; i++)
            {
                await Outbox.CancelAsync(new OutboxQuery(), "ann", cancellationToken: Cancellation);
                await Outbox.RestoreAsync(new OutboxQuery(), "bob", cancellationToken: Cancellation);
            }
        }

        async Task ResendAsync()
        {
            var waiting = new OutboxQuery { States = [OutboxState.Waiting, OutboxState.Canceled] };
            for (var i = 0; i < 5; i++)
                await Outbox.ResendAsync(waiting, "cid", cancellationToken: Cancellation);
        }
    }
}
