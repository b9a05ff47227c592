namespace SmtpTransport.Outbox;

/// <summary>A limit of a simulation. Times are milliseconds since 1970. Not thread-safe.</summary>
/// <param name="description">What it is, for a person.</param>
internal abstract class SimulatedLimit(string description)
{
    public string Description => description;

    /// <summary>How much may be used at a time.</summary>
    /// <param name="time">The time; it never goes back.</param>
    /// <param name="step">The time since the last one, in which it may have been used as well.</param>
    /// <param name="isHigh">Whether an email of high priority uses it.</param>
    public abstract double GetRoom(double time, double step, bool isHigh);

    /// <summary>Uses some of that.</summary>
    public abstract void Use(double time, double step, double amount);

    /// <summary>When there will be room; infinity for never.</summary>
    public abstract double FindTime(double time, double amount, bool isHigh);
}
