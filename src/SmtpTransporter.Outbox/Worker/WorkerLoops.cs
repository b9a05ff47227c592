using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>
/// Runs the loops of the worker. A loop that fails starts again; each tells when it last ran, so that none can hang or end behind the
/// others.
/// Thread-safe.
/// </summary>
internal sealed class WorkerLoops(Database database, DatabaseHealth health, WorkerLifetime lifetime, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan DelayAfterFailure = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, (long RanAt, TimeSpan Interval)> _loops = new(StringComparer.Ordinal);

    /// <summary>Whether announcements of other processes arrive; null if the database has none.</summary>
    public bool? IsListening { get; set; }

    /// <summary>The loops that have not run for three of their intervals.</summary>
    public IReadOnlyList<string> FindSilent()
    {
        lock (_loops)
            return [.. _loops.Where(l => time.GetElapsedTime(l.Value.RanAt) > l.Value.Interval * 3).Select(l => l.Key).Order()];
    }

    /// <summary>How long ago each loop last ran.</summary>
    public IReadOnlyDictionary<string, TimeSpan> GetLastRuns()
    {
        lock (_loops)
            return _loops.ToDictionary(l => l.Key, l => time.GetElapsedTime(l.Value.RanAt));
    }

    /// <summary>Repeats until the process stops.</summary>
    /// <param name="name">The name, for the health check.</param>
    /// <param name="interval">The longest time from one round to the next, if all is well.</param>
    /// <param name="work">One round.</param>
    /// <param name="wait">Waits for the next round.</param>
    public async Task RunAsync(string name, TimeSpan interval, Func<CancellationToken, Task> work, Func<CancellationToken, Task> wait)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (!lifetime.Stopping.IsCancellationRequested)
        {
            try
            {
                lock (_loops)
                    _loops[name] = (time.GetTimestamp(), interval);
                var answers = database.Answers;
                await work(lifetime.Stopping).ConfigureAwait(false);
                // A round that asks the database nothing succeeds in an outage too.
                if (database.Answers != answers)
                    health.Recovered();
                await wait(lifetime.Stopping).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (lifetime.Stopping.IsCancellationRequested)
            {
                break;
            }
#pragma warning disable CA1031 // The next round may succeed.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                await WaitAfterAsync(name, exception).ConfigureAwait(false);
            }
        }
        lock (_loops)
            _loops.Remove(name);
    }

    private async Task WaitAfterAsync(string name, Exception exception)
    {
        if (database.IsUnavailable(exception))
        {
            await ((Task)health.WaitAfterAsync(exception, lifetime.Stopping)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }
        OutboxLog.LoopFailed(logger, name, exception);
        await Task.Delay(DelayAfterFailure, time, lifetime.Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
