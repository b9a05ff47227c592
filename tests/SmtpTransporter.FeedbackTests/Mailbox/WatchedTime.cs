using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace SmtpTransport.FeedbackTests;

/// <summary>A clock that stands still, and tells of the timers that are set.</summary>
internal sealed class WatchedTime : FakeTimeProvider
{
    private readonly ConcurrentDictionary<TimeSpan, SemaphoreSlim> _timers = new();

    /// <summary>Waits until a timer of this length is set, and lets the time pass.</summary>
    public async Task PassAsync(TimeSpan length, CancellationToken cancellationToken)
    {
        await TimersOf(length).WaitAsync(cancellationToken);
        Advance(length);
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        TimersOf(dueTime).Release();
        return timer;
    }

    private SemaphoreSlim TimersOf(TimeSpan length) => _timers.GetOrAdd(length, _ => new SemaphoreSlim(0));
}
