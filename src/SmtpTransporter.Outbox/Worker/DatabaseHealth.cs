using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>
/// Whether the database can be used, as the loops of this process see it. An outage is one entry in the log, however many statements fail
/// in it. Thread-safe.
/// </summary>
internal sealed class DatabaseHealth(TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(3);

    private readonly object _lock = new();
    private long _failedAt;
    private int _failures;

    /// <summary>Records a failure, and waits before the next try.</summary>
    public async Task WaitAfterAsync(Exception exception, CancellationToken cancellationToken)
    {
        int failures;
        lock (_lock)
        {
            if (_failures == 0)
            {
                _failedAt = time.GetTimestamp();
                OutboxLog.DatabaseFailed(logger, exception);
            }
            failures = ++_failures;
        }
        var delay = FirstDelay * Math.Pow(2, Math.Min(failures - 1, 10));
        await Task.Delay(delay < MaxDelay ? delay : MaxDelay, time, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs something until the database has answered.</summary>
    /// <param name="run">What is run.</param>
    /// <param name="mayRepeat">Whether it is run again after a failure.</param>
    /// <param name="cancellationToken">Ends the repetition.</param>
    public async Task<T> RepeatAsync<T>(Func<Task<T>> run, Func<Exception, bool> mayRepeat, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await run().ConfigureAwait(false);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested && mayRepeat(exception))
            {
                await WaitAfterAsync(exception, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Records that the database has answered.</summary>
    public void Recovered()
    {
        if (Volatile.Read(ref _failures) == 0)
            return;
        lock (_lock)
        {
            if (_failures > 0)
                OutboxLog.DatabaseRecovered(logger, time.GetElapsedTime(_failedAt).TotalSeconds, _failures);
            _failures = 0;
        }
    }
}
