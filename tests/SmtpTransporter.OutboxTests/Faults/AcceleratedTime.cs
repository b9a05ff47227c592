namespace SmtpTransport.OutboxTests.Faults;

/// <summary>A time in which every wait is over sooner: limits, pauses and intervals keep their order, and no test waits for long.</summary>
internal sealed class AcceleratedTime(int factor) : TimeProvider
{
    public override long TimestampFrequency => System.TimestampFrequency / factor;

    public override long GetTimestamp() => System.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, Shorten(dueTime), Shorten(period));

    private TimeSpan Shorten(TimeSpan time) => time == Timeout.InfiniteTimeSpan || time == TimeSpan.Zero
        ? time
        : TimeSpan.FromMilliseconds(Math.Max(1, time.TotalMilliseconds / factor));
}
