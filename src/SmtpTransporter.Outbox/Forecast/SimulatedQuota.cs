namespace SmtpTransport.Outbox;

/// <summary>A quota in a simulation. Not thread-safe.</summary>
internal sealed class SimulatedQuota : SimulatedLimit
{
    private readonly SendQuota _quota;

    // When what was used slides out of the window.
    private readonly Queue<(double At, double Amount)> _ends;
    private double _used;
    private double _lastEnd;

    /// <param name="quota">The quota.</param>
    /// <param name="now">The time.</param>
    /// <param name="buckets">What was used.</param>
    public SimulatedQuota(SendQuota quota, long now, IEnumerable<QuotaBucket> buckets)
        : base($"the quota {quota}")
    {
        _quota = quota;
        var last = QuotaWindow.FindEnd(quota.Window, now);
        _ends = new(
            buckets.Select(b => b with { EndsAt = Math.Min(b.EndsAt, last) }).OrderBy(b => b.EndsAt)
                .Select(b => (b.EndsAt + quota.Window.TotalMilliseconds, (double)b.Used)));
        _used = _ends.Sum(e => e.Amount);
    }

    public override double GetRoom(double time, double step, bool isHigh)
    {
        while (_ends.TryPeek(out var end) && end.At <= time)
            _used -= _ends.Dequeue().Amount;
        return Math.Max((_quota.GetLimit(Priority(isHigh)) * CountWindows(step)) - _used, 0);
    }

    public override void Use(double time, double step, double amount)
    {
        // Of a step that is longer than the window, only the last part counts.
        amount /= CountWindows(step);
        _used += amount;
        _lastEnd = Math.Max(QuotaWindow.FindEnd(_quota.Window, (long)time) + _quota.Window.TotalMilliseconds, _lastEnd);
        _ends.Enqueue((_lastEnd, amount));
    }

    public override double FindTime(double time, double amount, bool isHigh)
    {
        var limit = _quota.GetLimit(Priority(isHigh));
        if (amount > limit)
            return double.PositiveInfinity;
        var used = _used;
        if (used + amount <= limit)
            return time;
        foreach (var end in _ends)
        {
            used -= end.Amount;
            if (used + amount <= limit)
                return Math.Max(end.At, time);
        }
        return time;
    }

    /// <summary>How many windows are in a step, each a sixtieth longer than it is; at least one.</summary>
    private double CountWindows(double step) => Math.Max(step / (_quota.Window.TotalMilliseconds * 61 / 60), 1);

    private static OutboxPriority Priority(bool isHigh) => isHigh ? OutboxPriority.High : OutboxPriority.Normal;
}
