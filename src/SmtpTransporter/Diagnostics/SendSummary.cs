using Microsoft.Extensions.Logging;

namespace SmtpTransport;

/// <summary>
/// Counts what became of the emails of a transporter, and logs the counts in one line for each interval in which there were any. Safe for
/// concurrent callers.
/// </summary>
internal sealed class SendSummary : IDisposable
{
    private static readonly int Outcomes = Enum.GetValues<Outcome>().Cast<int>().Max() + 1;

    private readonly ServerOptions _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly long[] _counts = new long[Outcomes];
    private int _isRunning;
    private long _began;

    private SendSummary(ServerOptions options, ILogger logger, TimeProvider time)
    {
        (_options, _logger, _time) = (options, logger, time);
        // What is current where the transporter was created must not be kept for its whole life.
        using (ExecutionContext.SuppressFlow())
        {
            _timer = time.CreateTimer(
                static summary => ((SendSummary)summary!).Write(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Null if the options want no summary.</summary>
    public static SendSummary? Of(ServerOptions options, TimeProvider time) =>
        options.Logger is { } logger && options.LogSummaryInterval > TimeSpan.Zero ? new SendSummary(options, logger, time) : null;

    public void Count(Outcome outcome)
    {
        Interlocked.Increment(ref _counts[(int)outcome]);
        if (Volatile.Read(ref _isRunning) != 0 || Interlocked.Exchange(ref _isRunning, 1) != 0)
            return;
        Volatile.Write(ref _began, _time.GetTimestamp());
        _timer.Change(_options.LogSummaryInterval, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Logs what was counted since the last summary.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        Write();
    }

    private void Write()
    {
        var seconds = (long)Math.Ceiling(_time.GetElapsedTime(Volatile.Read(ref _began)).TotalSeconds);
        // What is counted from here on begins the next interval.
        Volatile.Write(ref _isRunning, 0);
        var counts = new long[Outcomes];
        for (var i = 0; i < counts.Length; i++)
            counts[i] = Interlocked.Exchange(ref _counts[i], 0);
        if (counts.Sum() == 0)
            return;
        LogMessages.Summary(
            _logger, _options.Host, _options.Port, seconds, counts[(int)Outcome.Accepted], counts[(int)Outcome.PartiallyAccepted],
            counts[(int)Outcome.Refused], counts[(int)Outcome.Deferred], counts[(int)Outcome.NotSent], counts[(int)Outcome.Unknown]);
    }
}
