using System.Threading.RateLimiting;

namespace SmtpTransport.Outbox;

/// <summary>
/// The rates: that of all machines, whose places the database gives out, and the caller's own limiter. In this process one mail at a time waits for
/// each transporter's place, the one that goes first by its priority: a password mail waits for one place, not behind all that are waiting.
/// Safe for concurrent callers.
/// </summary>
internal sealed class SendingRate(OutboxOptions options, Database database, TimeProvider time)
{
    private readonly Dictionary<string, PriorityGate> _gates =
        options.Rates.Keys.Concat(options.RateLimiters.Keys).Distinct().ToDictionary(name => name, _ => new PriorityGate(), StringComparer.Ordinal);

    /// <summary>Whether mails of this transporter wait for anything.</summary>
    public bool Limits(string transporter) => _gates.ContainsKey(transporter);

    /// <summary>Waits for a mail's place. What it gives is disposed after the try.</summary>
    public async Task<IDisposable?> EnterAsync(string transporter, OutboxPriority priority, CancellationToken cancellationToken)
    {
        if (!_gates.TryGetValue(transporter, out var gate))
            return null;
        using (await gate.EnterAsync(priority, cancellationToken).ConfigureAwait(false))
        {
            RateLimitLease? lease = null;
            try
            {
                while (options.RateLimiters.TryGetValue(transporter, out var limiter))
                {
                    lease = await limiter.AcquireAsync(1, cancellationToken).ConfigureAwait(false);
                    if (lease.IsAcquired)
                        break;
                    // It does not queue, or its queue is full.
                    var again = lease.TryGetMetadata(MetadataName.RetryAfter, out var after) && after > TimeSpan.Zero ? after : TimeSpan.FromMilliseconds(100);
                    lease.Dispose();
                    await Task.Delay(again, time, cancellationToken).ConfigureAwait(false);
                }
                if (options.Rates.TryGetValue(transporter, out var rate))
                {
                    var wait = await TakePlaceAsync(transporter, rate.Per / rate.Mails, cancellationToken).ConfigureAwait(false);
                    if (wait > TimeSpan.Zero)
                        await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
                }
                return lease;
            }
            catch
            {
                lease?.Dispose();
                throw;
            }
        }
    }

    private Task<TimeSpan> TakePlaceAsync(string transporter, TimeSpan interval, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            var wait = await transaction.Connection!.ScalarAsync(
                database.TakePlaceSql, cancellationToken, transaction, ("name", transporter), ("interval", (long)interval.TotalMicroseconds)).ConfigureAwait(false);
            return TimeSpan.FromMicroseconds((long)wait!);
        },
        cancellationToken);
}

/// <summary>Lets one in at a time: of those who wait, the one with the highest priority, and of equals the first.</summary>
internal sealed class PriorityGate
{
    private readonly object _lock = new();
    private readonly PriorityQueue<TaskCompletionSource, (int, long)> _waiting = new();
    private long _number;
    private bool _isTaken;

    public async Task<IDisposable> EnterAsync(OutboxPriority priority, CancellationToken cancellationToken)
    {
        TaskCompletionSource? turn = null;
        lock (_lock)
        {
            if (_isTaken)
                _waiting.Enqueue(turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), (Rank(priority), _number++));
            _isTaken = true;
        }
        if (turn is not null)
        {
            using (cancellationToken.UnsafeRegister(static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), turn))
                await turn.Task.ConfigureAwait(false);
        }
        return new Leaving(this);
    }

    private static int Rank(OutboxPriority priority) => priority switch { OutboxPriority.High => 0, OutboxPriority.Normal => 1, _ => 2 };

    private void Leave()
    {
        lock (_lock)
        {
            while (_waiting.TryDequeue(out var next, out _))
            {
                // One that has given up meanwhile is passed over.
                if (next.TrySetResult())
                    return;
            }
            _isTaken = false;
        }
    }

    private sealed class Leaving(PriorityGate gate) : IDisposable
    {
        public void Dispose() => gate.Leave();
    }
}
