namespace SmtpTransport;

/// <summary>
/// One operation's hard end: its time limit, the caller's cancellation, and the transporter's disposal. It knows which of them came.
/// </summary>
internal sealed class Deadline : IDisposable
{
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly TimeSpan _limit;
    private readonly CancellationToken _caller;
    private readonly CancellationToken _disposal;
    private readonly CancellationTokenSource _end;
    private readonly CancellationTokenRegistration _byCaller;
    private readonly CancellationTokenRegistration _byDisposal;

    public Deadline(TimeProvider time, TimeSpan limit, CancellationToken caller, CancellationToken disposal)
    {
        _time = time;
        _start = time.GetTimestamp();
        _limit = limit;
        _caller = caller;
        _disposal = disposal;
        _end = limit > TimeSpan.Zero ? new CancellationTokenSource(limit, time) : new CancellationTokenSource(0);
        _byCaller = caller.UnsafeRegister(static end => ((CancellationTokenSource)end!).Cancel(), _end);
        _byDisposal = disposal.UnsafeRegister(static end => ((CancellationTokenSource)end!).Cancel(), _end);
    }

    public CancellationToken Token => _end.Token;

    public TimeSpan Elapsed => _time.GetElapsedTime(_start);

    /// <summary>What is left, never below zero.</summary>
    public TimeSpan Remaining => _limit - Elapsed is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    /// <summary>What is left in whole milliseconds, at least 1: as socket timeouts want it, for which 0 is for ever.</summary>
    public int RemainingMilliseconds => Math.Max(1, (int)Math.Min(int.MaxValue, Math.Ceiling(Remaining.TotalMilliseconds)));

    public bool CanceledByCaller => _caller.IsCancellationRequested;

    public bool CanceledByDisposal => _disposal.IsCancellationRequested;

    public bool TimedOut => Remaining == TimeSpan.Zero || (_end.IsCancellationRequested && !CanceledByCaller && !CanceledByDisposal);

    public bool IsOver => TimedOut || CanceledByCaller || CanceledByDisposal;

    public void ThrowIfOver()
    {
        _end.Token.ThrowIfCancellationRequested();
        if (TimedOut)
            throw new TimeoutException("The time limit has passed.");
    }

    /// <summary>A limit within this one: it ends with the earlier of the two.</summary>
    public Deadline Within(TimeSpan limit) => new(_time, limit < Remaining ? limit : Remaining, _caller, _disposal);

    public void Dispose()
    {
        _byCaller.Dispose();
        _byDisposal.Dispose();
        _end.Dispose();
    }
}
