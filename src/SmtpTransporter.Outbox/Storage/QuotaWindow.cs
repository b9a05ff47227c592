namespace SmtpTransport.Outbox;

/// <summary>
/// What was used of a quota in its window. What was used at about the same time is one bucket, which counts until its end has slid out of
/// the window: up to a sixtieth of the window longer than necessary, and never shorter. Times are milliseconds since 1970.
/// </summary>
internal sealed class QuotaWindow
{
    private const int Buckets = 60;

    private readonly long _window;
    private readonly long _now;
    private readonly List<QuotaBucket> _buckets;

    /// <param name="window">The length of the window.</param>
    /// <param name="now">The time.</param>
    /// <param name="buckets">All that is known; what has slid out is left out.</param>
    public QuotaWindow(TimeSpan window, long now, IEnumerable<QuotaBucket> buckets)
    {
        (_window, _now) = ((long)window.TotalMilliseconds, now);
        var current = FindEnd(window, now);
        // The clock has gone back: what was used later than now counts as used now.
        _buckets =
        [
            .. buckets.Select(b => b with { EndsAt = Math.Min(b.EndsAt, current) }).Where(b => b.EndsAt > now - _window)
                .OrderBy(b => b.EndsAt),
        ];
    }

    /// <summary>How much is used.</summary>
    public long Used => _buckets.Sum(b => b.Used);

    /// <summary>The end of the bucket of what is used now.</summary>
    public static long FindEnd(TimeSpan window, long now)
    {
        var length = Math.Max((long)window.TotalMilliseconds / Buckets, 1);
        return now - (now % length) + length;
    }

    /// <summary>How long it takes until there is room; null if there is room now.</summary>
    /// <param name="amount">What is to be used.</param>
    /// <param name="limit">How much may be used then; at least the amount.</param>
    public TimeSpan? FindWait(long amount, long limit)
    {
        var used = Used;
        if (used + amount <= limit)
            return null;
        foreach (var bucket in _buckets)
        {
            used -= bucket.Used;
            if (used + amount <= limit)
                return TimeSpan.FromMilliseconds(bucket.EndsAt + _window - _now);
        }
        return TimeSpan.FromMilliseconds(_window);
    }
}
