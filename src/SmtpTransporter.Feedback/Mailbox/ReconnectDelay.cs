namespace SmtpTransport.Feedback;

/// <summary>
/// How long to wait before the next connection: 1 second, twice as long after each failure, at most 5 minutes. It begins anew after what
/// has worked for longer than the pause before it. Safe for concurrent callers.
/// </summary>
internal sealed class ReconnectDelay(TimeProvider time)
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Last = TimeSpan.FromMinutes(5);

    // Timers may be over a bit early.
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(50);

    private readonly object _gate = new();
    private FeedbackMailboxException? _failure;
    private TimeSpan _pause;
    private long _failedAt;
    private long? _worksSince;

    /// <summary>What is left of the pause.</summary>
    public TimeSpan Left
    {
        get
        {
            lock (_gate)
                return GetLeft();
        }
    }

    /// <summary>Notes that a connection was opened.</summary>
    public void NoteOpened()
    {
        lock (_gate)
            (_failure, _worksSince) = (null, time.GetTimestamp());
    }

    /// <summary>Notes a failure, from which on the pause lasts.</summary>
    /// <returns>Whether it has worked for long enough before: then one other attempt may follow at once.</returns>
    public bool NoteFailure(FeedbackMailboxException failure)
    {
        lock (_gate)
        {
            var hasWorked = _pause == TimeSpan.Zero || (_worksSince is { } since && time.GetElapsedTime(since) >= _pause);
            var next = hasWorked ? First : TimeSpan.FromTicks(Math.Min(_pause.Ticks * 2, Last.Ticks));
            _pause = !failure.IsTransient || failure.MinPause > next ? failure.MinPause : next;
            (_failure, _failedAt) = (failure, time.GetTimestamp());
            // An attempt to connect may take long, and has not worked.
            _worksSince = failure.KeepsConnection ? _failedAt + (long)(_pause.TotalSeconds * time.TimestampFrequency) : null;
            return hasWorked;
        }
    }

    /// <exception cref="FeedbackMailboxException">The last failure, if its pause is not over.</exception>
    public void ThrowIfPaused()
    {
        lock (_gate)
        {
            if (_failure is { } failure && GetLeft() > TimeSpan.Zero)
                throw new FeedbackMailboxException(failure.Message, failure.IsTransient, failure) { MinPause = failure.MinPause };
        }
    }

    private TimeSpan GetLeft() =>
        _failure is not null && _pause - time.GetElapsedTime(_failedAt) is var left && left > Tolerance ? left : TimeSpan.Zero;
}
