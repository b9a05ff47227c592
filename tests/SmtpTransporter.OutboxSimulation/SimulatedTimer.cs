namespace SmtpTransport.OutboxSimulation;

/// <summary>A timer of one process.</summary>
internal sealed class SimulatedTimer(Simulation simulation, SimulatedProcess process, TimerCallback callback, object? state) : ITimer
{
    private TimeSpan _period;

    public SimulatedProcess Process => process;

    /// <summary>When it fires; null if it does not.</summary>
    public long? DueAt { get; private set; }

    /// <summary>The order of timers with one time.</summary>
    public long Number { get; } = simulation.NextNumber();

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        _period = period;
        DueAt = dueTime == Timeout.InfiniteTimeSpan ? null : simulation.Now + dueTime.Ticks;
        simulation.Schedule(this);
        return true;
    }

    public void Fire()
    {
        DueAt = _period == Timeout.InfiniteTimeSpan ? null : simulation.Now + _period.Ticks;
        simulation.Schedule(this);
        callback(state);
    }

    public void Dispose()
    {
        DueAt = null;
        simulation.Schedule(this);
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
