using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>The arithmetic of a window that slides.</summary>
public sealed class QuotaWindowTests
{
    private const long Start = 1_700_000_000_000;

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public void Nothing_is_used_of_an_empty_window()
    {
        var window = new QuotaWindow(Day, Start, []);

        Assert.Equal(0, window.Used);
        Assert.Null(window.FindWait(10, 10));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(60, 1000)]
    [InlineData(86_400, 1_440_000)]
    public void A_bucket_ends_behind_its_time_by_at_most_a_sixtieth_of_the_window(int seconds, long length)
    {
        var window = TimeSpan.FromSeconds(seconds);

        var end = QuotaWindow.FindEnd(window, Start + 1234);

        Assert.InRange(end, Start + 1235, Start + 1234 + Math.Max(length, (long)window.TotalMilliseconds / 60));
    }

    [Fact]
    public void What_was_used_counts_for_the_whole_window_and_up_to_a_sixtieth_more()
    {
        var end = QuotaWindow.FindEnd(Minute, Start);
        QuotaBucket[] buckets = [new(end, 7)];

        Assert.Equal(7, new QuotaWindow(Minute, Start + 60_000, buckets).Used);
        Assert.Equal(7, new QuotaWindow(Minute, end + 59_999, buckets).Used);
        Assert.Equal(0, new QuotaWindow(Minute, end + 60_000, buckets).Used);
        Assert.InRange(end, Start + 1, Start + 1000);
    }

    [Fact]
    public void There_is_room_once_enough_has_slid_out_of_the_window()
    {
        var window = new QuotaWindow(Minute, Start, [new(Start - 10_000, 4), new(Start - 30_000, 3), new(Start - 50_000, 2)]);

        Assert.Equal(9, window.Used);
        Assert.Null(window.FindWait(1, 10));
        Assert.Equal(TimeSpan.FromSeconds(10), window.FindWait(2, 10));
        Assert.Equal(TimeSpan.FromSeconds(10), window.FindWait(3, 10));
        Assert.Equal(TimeSpan.FromSeconds(30), window.FindWait(6, 10));
        Assert.Equal(TimeSpan.FromSeconds(50), window.FindWait(10, 10));
    }

    [Fact]
    public void What_was_used_later_than_now_counts_as_used_now()
    {
        QuotaBucket[] buckets = [new(Start + 500_000_000_000, 5)];

        var window = new QuotaWindow(Minute, Start, buckets);

        Assert.Equal(5, window.Used);
        Assert.InRange(window.FindWait(1, 5)!.Value, Minute, Minute + TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void No_window_ever_has_more_than_the_maximum_whenever_emails_come()
    {
        // Sends whenever there is room, after gaps from a seed, and looks at each window of the exact times.
        const int Maximum = 50;
        var random = new Random(4711);
        var buckets = new Dictionary<long, long>();
        var times = new List<(long At, int Count)>();
        var now = Start;
        for (var i = 0; i < 5000; i++)
        {
            now += Next(1, 400);
            var amount = (int)Next(1, 8);
            if (new QuotaWindow(Minute, now, buckets.Select(b => new QuotaBucket(b.Key, b.Value))).FindWait(amount, Maximum) is not null)
                continue;
            var end = QuotaWindow.FindEnd(Minute, now);
            buckets[end] = buckets.GetValueOrDefault(end) + amount;
            times.Add((now, amount));
        }

        Assert.All(times, t => Assert.InRange(times.Where(o => o.At > t.At - 60_000 && o.At <= t.At).Sum(o => o.Count), 1, Maximum));
        // And it does not hold back more than the sixtieth costs.
        Assert.InRange(times.Sum(t => t.Count), Maximum * ((now - Start) / 61_000) * 9 / 10, int.MaxValue);

#pragma warning disable CA5394 // Reproducible on purpose.
        long Next(int from, int until) => random.NextInt64(from, until);
#pragma warning restore CA5394
    }
}
