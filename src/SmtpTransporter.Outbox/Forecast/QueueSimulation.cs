namespace SmtpTransport.Outbox;

/// <summary>
/// Goes through the time until all emails are sent, from one moment at which a limit lets something pass to the next one. If they take very
/// long, it takes some of these moments together.
/// </summary>
internal static class QueueSimulation
{
    private const int Resolution = 20_000;
    private const int MaxSteps = 200_000;
    private static readonly double MaxTime = TimeSpan.FromDays(3650).TotalMilliseconds;

    /// <summary>Runs it.</summary>
    /// <param name="now">The time, in milliseconds since 1970.</param>
    /// <param name="flows">The emails. Those that have not left at the end never do.</param>
    /// <param name="minTime">About how long it takes, if that is known, in milliseconds.</param>
    public static void Run(double now, IReadOnlyList<SimulatedFlow> flows, double minTime)
    {
        var minStep = minTime / Resolution;
        var (time, step) = (now, 0.0);
        List<SimulatedFlow> open = [.. flows.Where(f => f.IsOpen)];
        for (var i = 0; i < MaxSteps && open.Count > 0; i++)
        {
            // First a share for each, and then what the others have left.
            for (var n = 0; n < open.Count; n++)
                open[n].Send(time, step, 1.0 / (open.Count - n));
            open.ForEach(f => f.Send(time, step, 1));
            open.RemoveAll(f => !f.IsOpen);
            var next = double.PositiveInfinity;
            foreach (var flow in open)
                next = Math.Min(next, flow.FindNext(time));
            if (next > now + MaxTime)
                return;
            step = Math.Max(next - time, Math.Max(minStep, 0.001));
            time += step;
        }
    }
}
