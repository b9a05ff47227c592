namespace SmtpTransport.Outbox;

/// <summary>The emails of a transporter, or of a lane with limits of its own, in a simulation. Not thread-safe.</summary>
/// <param name="high">How many of high priority wait.</param>
/// <param name="others">How many others wait.</param>
/// <param name="limits">What limits them, and how much of that an email uses on average; more than zero.</param>
internal sealed class SimulatedFlow(long high, long others, IReadOnlyList<(SimulatedLimit Limit, double PerEmail)> limits)
{
    private readonly Dictionary<SimulatedLimit, double> _waits = [];
    private double _high = high;
    private double _others = others;

    /// <summary>Whether emails wait.</summary>
    public bool IsOpen => _high + _others > 0;

    /// <summary>When the last email was sent.</summary>
    public double LastAt { get; private set; }

    /// <summary>What the emails waited for longest; null for nothing.</summary>
    public string? MainLimit => _waits.Count == 0 ? null : _waits.MaxBy(w => w.Value).Key.Description;

    /// <summary>Sends what the limits leave.</summary>
    /// <param name="time">The time.</param>
    /// <param name="step">The time since the last one.</param>
    /// <param name="share">The share of that; at least one email.</param>
    public void Send(double time, double step, double share)
    {
        Send(ref _high, time, step, share, isHigh: true);
        // Those of high priority go first.
        if (_high <= 0)
            Send(ref _others, time, step, share, isHigh: false);
    }

    /// <summary>When the next email may be sent; infinity for never.</summary>
    public double FindNext(double time)
    {
        var next = limits.Select(l => (l.Limit, At: l.Limit.FindTime(time, l.PerEmail, _high > 0))).MaxBy(l => l.At);
        if (next.Limit is not null && next.At > time)
            _waits[next.Limit] = _waits.GetValueOrDefault(next.Limit) + (next.At - time);
        return next.Limit is null ? time : next.At;
    }

    private void Send(ref double waiting, double time, double step, double share, bool isHigh)
    {
        if (waiting <= 0)
            return;
        var room = limits.Select(l => Math.Floor((l.Limit.GetRoom(time, step, isHigh) / l.PerEmail) + 1e-9)).Append(waiting).Min();
        var count = Math.Min(room, Math.Max(Math.Ceiling(room * share), 1));
        if (count <= 0)
            return;
        foreach (var (limit, perEmail) in limits)
            limit.Use(time, step, count * perEmail);
        waiting -= count;
        LastAt = time;
    }
}
