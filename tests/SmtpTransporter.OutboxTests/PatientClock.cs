using System.Diagnostics;

namespace SmtpTransport.OutboxTests;

/// <summary>The clock of the system, moved by an offset, with timers of a second or more that never end: nothing polls.</summary>
internal sealed class PatientClock : TimeProvider
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public TimeSpan Offset { get; set; }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Offset;

    public override long GetTimestamp() => System.GetTimestamp() + (long)(Offset.TotalSeconds * Stopwatch.Frequency);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, dueTime >= Second ? Timeout.InfiniteTimeSpan : dueTime, period);
}
