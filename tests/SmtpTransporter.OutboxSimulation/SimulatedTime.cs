namespace SmtpTransport.OutboxSimulation;

/// <summary>The time of one process: it moves only when the simulation moves it.</summary>
internal sealed class SimulatedTime(Simulation simulation, SimulatedProcess process) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => simulation.Now;

    // All processes see the clock of the database.
    public override DateTimeOffset GetUtcNow() => simulation.Clock;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimulatedTimer(simulation, process, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }
}
