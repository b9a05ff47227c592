using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>When a queue is empty, compared with a run through the same limits.</summary>
public sealed class QueueSimulationTests
{
    private const long Start = 1_700_000_000_000;

    [Fact]
    public void A_rate_lets_one_email_pass_in_each_interval()
    {
        var flow = new SimulatedFlow(0, 10, [(new SimulatedRate("rate", 1000, Start + 500), 1)]);

        QueueSimulation.Run(Start, [flow], 10_000);

        Assert.Equal((false, "rate"), (flow.IsOpen, flow.MainLimit));
        Assert.InRange(flow.LastAt, Start + 9499, Start + 9510);
    }

    [Fact]
    public void Emails_of_high_priority_use_the_reserve_and_what_never_fits_stays()
    {
        var quota = new SendQuota("day", SendQuotaUnit.Recipients, 10, TimeSpan.FromDays(1)) { HighPriorityReserve = 0.5 };
        var high = new SimulatedFlow(3, 0, [(new SimulatedQuota(quota, Start, [new(Start, 4)]), 2)]);
        var never = new SimulatedFlow(0, 1, [(new SimulatedQuota(quota, Start, []), 6)]);

        QueueSimulation.Run(Start, [high, never], 0);

        Assert.Equal((false, (double)Start), (high.IsOpen, high.LastAt));
        Assert.True(never.IsOpen);
        Assert.StartsWith("the quota \"day\"", never.MainLimit, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_that_share_a_quota_get_equal_shares()
    {
        var shared = new SimulatedQuota(new SendQuota("hour", SendQuotaUnit.Messages, 10, TimeSpan.FromHours(1)), Start, []);
        var (few, many) = (new SimulatedFlow(0, 5, [(shared, 1)]), new SimulatedFlow(0, 12, [(shared, 1)]));

        QueueSimulation.Run(Start, [many, few], 0);

        Assert.Equal(Start, few.LastAt);
        Assert.InRange(many.LastAt, Start + 3_600_000, Start + 3_661_000);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void The_end_is_that_of_a_run_in_which_one_email_after_the_other_waits_for_its_limits(int seed)
    {
#pragma warning disable CA5394 // Reproducible on purpose.
        var random = new Random(seed);
        var day = new SendQuota("day", SendQuotaUnit.Recipients, random.Next(50, 500), TimeSpan.FromDays(1));
        var minute = new SendQuota("minute", SendQuotaUnit.Messages, random.Next(5, 30), TimeSpan.FromMinutes(1));
        var interval = random.Next(200, 3000);
        var count = random.Next(100, 2000);
        var perEmail = random.Next(1, 4);
        List<QuotaBucket> used = [.. Enumerable.Range(1, 20).Select(i => new QuotaBucket(Start - (i * 4_000_000), random.Next(0, 9)))];
#pragma warning restore CA5394
        var flow = new SimulatedFlow(
            0, count,
            [
                (new SimulatedRate("rate", interval, Start), 1), (new SimulatedQuota(day, Start, used), perEmail),
                (new SimulatedQuota(minute, Start, []), 1),
            ]);

        QueueSimulation.Run(Start, [flow], (double)count * perEmail / day.Maximum * day.Window.TotalMilliseconds);

        var end = Run();
        Assert.False(flow.IsOpen);
        // A step, or the twenty-thousandth part of the whole for each window.
        var tolerance = (0.01 * (end - Start)) + 60_000;
        Assert.InRange(flow.LastAt, end - tolerance, end + tolerance);

        long Run()
        {
            var (now, nextAt) = (Start, Start);
            var buckets = new Dictionary<SendQuota, List<QuotaBucket>> { [day] = [.. used], [minute] = [] };
            for (var i = 0; i < count; i++)
            {
                now = Math.Max(now, nextAt);
                while (buckets.Select(b => Window(b.Key).FindWait(Amount(b.Key), b.Key.Maximum)).Max() is { } wait)
                    now += (long)wait.TotalMilliseconds;
                foreach (var (quota, all) in buckets)
                {
                    all.Add(new QuotaBucket(QuotaWindow.FindEnd(quota.Window, now), Amount(quota)));
                    all.RemoveAll(b => b.EndsAt <= now - (long)quota.Window.TotalMilliseconds);
                }
                nextAt = now + interval;
            }
            return now;

            QuotaWindow Window(SendQuota quota) => new(quota.Window, now, buckets[quota]);

            int Amount(SendQuota quota) => quota == day ? perEmail : 1;
        }
    }
}
