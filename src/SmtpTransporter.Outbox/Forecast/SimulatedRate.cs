namespace SmtpTransport.Outbox;

/// <summary>A rate in a simulation: one email in an interval. A time that is not used is lost. Not thread-safe.</summary>
/// <param name="description">What it is, for a person.</param>
/// <param name="interval">The interval in milliseconds.</param>
/// <param name="nextAt">When the next email may be sent.</param>
internal sealed class SimulatedRate(string description, double interval, double nextAt) : SimulatedLimit(description)
{
    private double _nextAt = nextAt;

    public override double GetRoom(double time, double step, bool isHigh) =>
        time < _nextAt ? 0 : Math.Floor((time - Math.Max(_nextAt, time - step)) / interval) + 1;

    public override void Use(double time, double step, double amount) =>
        _nextAt = Math.Max(_nextAt, time - step) + (amount * interval);

    public override double FindTime(double time, double amount, bool isHigh) => Math.Max(_nextAt, time);
}
