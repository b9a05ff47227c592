namespace SmtpTransport.Outbox;

/// <summary>
/// Something that is read for all who ask together, and so seldom that reading takes at most a two-hundredth of the time. Thread-safe.
/// </summary>
/// <param name="read">Reads it. It is called again only after it has ended, or after <see cref="Invalidate"/>.</param>
/// <param name="minAge">How old it may become at least.</param>
/// <param name="maxAge">How old it may become at most: a database that was slow once is asked again.</param>
/// <param name="time">The clock.</param>
internal sealed class SharedReading<T>(Func<CancellationToken, Task<T>> read, TimeSpan minAge, TimeSpan maxAge, TimeProvider time)
{
    private const int Share = 200;

    private readonly object _lock = new();
    private Task<T>? _reading;
    private bool _isOutdated;
    private long _readAt;
    private TimeSpan _duration;

    /// <summary>How old the value may become.</summary>
    public TimeSpan Age
    {
        get
        {
            lock (_lock)
                return TimeSpan.FromTicks(Math.Clamp(_duration.Ticks * Share, minAge.Ticks, maxAge.Ticks));
        }
    }

    /// <summary>Reads it, or returns what was read before.</summary>
    /// <param name="cancellationToken">Ends the wait, and not the reading, for which others may wait.</param>
    public Task<T> GetAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_reading is null || _isOutdated
                || (_reading.IsCompleted && (!_reading.IsCompletedSuccessfully || time.GetElapsedTime(_readAt) >= Age)))
            {
                _isOutdated = false;
                // A file is read without a wait.
                _reading = Task.Run(ReadAsync, CancellationToken.None);
            }
            return _reading.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Somebody has changed it: it is read again when it is asked for.</summary>
    public void Invalidate()
    {
        lock (_lock)
            _isOutdated = true;
    }

    private async Task<T> ReadAsync()
    {
        var start = time.GetTimestamp();
        var value = await read(CancellationToken.None).ConfigureAwait(false);
        lock (_lock)
        {
            _readAt = time.GetTimestamp();
            _duration = time.GetElapsedTime(start, _readAt);
        }
        return value;
    }
}
