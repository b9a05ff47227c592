using System.Threading.RateLimiting;

namespace SmtpTransport.Outbox;

/// <summary>
/// The rates: that of all machines, whose places the database gives out, and the caller's own limiter. In this process one mail at a time waits for
/// each transporter's place, the one that goes first by its priority: a password mail waits for one place, not behind all that are waiting.
/// Safe for concurrent callers.
/// </summary>
internal sealed class OutboxRateLimiter(OutboxOptions options, Database database, TimeProvider time)
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
