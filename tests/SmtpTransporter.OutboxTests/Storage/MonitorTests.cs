using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>What whoever runs an outbox watches, whatever the database.</summary>
public abstract class MonitorTests : QueryTestBase
{
    private IOutboxMonitor Monitor => Host.Services.GetRequiredService<IOutboxMonitor>();

    [Fact]
    public async Task A_lane_has_its_waiting_emails_and_their_first_time_and_its_limits()
    {
        await RestartAsync(o => o.LimitRate(2, TimeSpan.FromSeconds(1)).LimitRate(1, TimeSpan.FromSeconds(4), lane: "slow")
            .LimitConcurrency(3, "newsletter"));
        await Host.EnqueueAsync(TestEmail.To("ann"));
        await Host.EnqueueAsync(TestEmail.To("bob"), priority: OutboxPriority.High, ordered: true);
        await Outbox.EnqueueAsync(
            TestEmail.To("ann"), sendAt: DateTimeOffset.UtcNow.AddHours(2), lane: "slow", cancellationToken: Cancellation);
        await Host.EnqueueManyAsync(TestEmail.Many(7).Select(e => new OutboxEmail(e.Email) { TransporterName = "newsletter" }));

        var lanes = await Monitor.ListLanesAsync(countLimit: 5, cancellationToken: Cancellation);

        Assert.Equal([("", ""), ("", "slow"), ("newsletter", "")], lanes.Select(l => (l.TransporterName, l.Lane)));
        Assert.Equal([2, 1, 5], lanes.Select(l => l.Waiting.Count));
        Assert.Equal([false, false, true], lanes.Select(l => l.Waiting.HasMore));
        Assert.Equal([TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(4), null], lanes.Select(l => l.MinInterval));
        Assert.Equal([null, null, 3], lanes.Select(l => l.MaxConcurrency));
        Assert.True(lanes[0].FirstDueIn <= TimeSpan.Zero);
        Assert.InRange(lanes[1].FirstDueIn!.Value, TimeSpan.FromMinutes(110), TimeSpan.FromMinutes(121));
        Assert.All(lanes, l => Assert.Equal(0, l.Sending));
        Assert.Equal(["", "slow"], (await Monitor.ListLanesAsync(2, cancellationToken: Cancellation)).Select(l => l.Lane));
    }

    [Fact]
    public async Task More_lanes_than_one_statement_counts_are_counted()
    {
        await Host.EnqueueManyAsync(Enumerable.Range(0, 130).Select(
            i => new OutboxEmail(TestEmail.To("ann")) { Lane = $"tenant-{i % 65}" }));

        var lanes = await Monitor.ListLanesAsync(200, cancellationToken: Cancellation);

        Assert.Equal(65, lanes.Count);
        Assert.All(lanes, l => Assert.Equal(new OutboxMatchCount(2, false), l.Waiting));
    }

    [Fact]
    public async Task An_email_that_is_being_sent_belongs_to_its_lane()
    {
        var id = await Outbox.EnqueueAsync(TestEmail.To("ann"), lane: "tenant-1", cancellationToken: Cancellation);
        var gate = new TaskCompletionSource();
        var end = Host.Server.Script.On(SmtpStep.EndOfData).WaitFor(gate.Task);
        await SendAsync();
        await end.Reached.WaitAsync(Cancellation);

        var lane = Assert.Single(await Monitor.ListLanesAsync(cancellationToken: Cancellation));

        Assert.Equal(("tenant-1", 0L, 1L, null), (lane.Lane, lane.Waiting.Count, lane.Sending, lane.FirstDueIn));
        Assert.Equal([id], await FindAsync(new OutboxQuery { States = [OutboxState.Sending] }));
        gate.SetResult();
        await Host.UntilAsync(id, OutboxState.Sent);
        Assert.Empty(await Monitor.ListLanesAsync(cancellationToken: Cancellation));
    }

    [Fact]
    public async Task What_was_sent_and_what_failed_is_counted_by_the_minute_of_its_end()
    {
        var start = await Monitor.GetTimeAsync(Cancellation);
        Host.Server.Script.On(SmtpStep.RcptTo).Times(1).Reply(550, "5.1.1 unknown");
        var ids = await Host.EnqueueManyAsync(TestEmail.Many(3));
        await SendAsync();
        var ends = new List<OutboxEntry>();
        foreach (var id in ids)
            ends.Add(await Host.UntilAsync(id, e => e.IsFinal));
        var end = await Monitor.GetTimeAsync(Cancellation) + TimeSpan.FromMilliseconds(1);

        var minutes = await Monitor.ListThroughputAsync(start, end, Cancellation);

        Assert.Equal((2, 1), (minutes.Sum(m => m.Sent), minutes.Sum(m => m.DeadLettered)));
        var expected = ends.Select(e => e.EndedAt!.Value).Select(t => t.AddTicks(-(t.Ticks % TimeSpan.TicksPerMinute))).Distinct().Order();
        Assert.Equal(expected, minutes.Select(m => m.At));
        Assert.Empty(await Monitor.ListThroughputAsync(end, end.AddDays(1), Cancellation));
    }

    [Fact]
    public async Task A_limit_out_of_its_range_is_refused()
    {
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Monitor.ListLanesAsync(0, cancellationToken: Cancellation));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Monitor.ListLanesAsync(501, cancellationToken: Cancellation));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            () => Monitor.ListLanesAsync(countLimit: 10_001, cancellationToken: Cancellation));
    }
}
