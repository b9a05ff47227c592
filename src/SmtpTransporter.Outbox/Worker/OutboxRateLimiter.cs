using System.Threading.RateLimiting;

namespace SmtpTransport.Outbox;

/// <summary>
/// The rates: that of all machines, whose slots the database assigns, and the caller's own limiter. In this process one email at a time
/// waits for the next slot of a transporter, the one with the highest priority: a password email waits for one slot, not behind all others.
/// Thread-safe.
/// </summary>
internal sealed class OutboxRateLimiter(OutboxOptions options, Database database, TimeProvider time)
{
    private static readonly TimeSpan DefaultRetryDelay = TimeSpan.FromMilliseconds(100);

    private readonly Dictionary<string, PriorityGate> _gates = options.Rates.Keys.Concat(options.RateLimiters.Keys).Distinct()
        .ToDictionary(name => name, _ => new PriorityGate(), StringComparer.Ordinal);

    /// <summary>Whether a transporter has a rate or a limiter.</summary>
    public bool Limits(string transporter) => _gates.ContainsKey(transporter);

    /// <summary>Waits until an email may be sent.</summary>
    /// <returns>A lease to dispose after the attempt; null if there is none.</returns>
    public async Task<IDisposable?> EnterAsync(string transporter, OutboxPriority priority, CancellationToken cancellationToken)
    {
        if (!_gates.TryGetValue(transporter, out var gate))
            return null;
        using (await gate.EnterAsync(priority, cancellationToken).ConfigureAwait(false))
        {
            var lease = options.RateLimiters.TryGetValue(transporter, out var limiter)
                ? await AcquireAsync(limiter, cancellationToken).ConfigureAwait(false)
                : null;
            try
            {
                if (options.Rates.TryGetValue(transporter, out var rate))
                {
                    var wait = await ReserveSlotAsync(transporter, rate.Per / rate.Emails, cancellationToken).ConfigureAwait(false);
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

    private async Task<RateLimitLease> AcquireAsync(RateLimiter limiter, CancellationToken cancellationToken)
    {
        while (true)
        {
            var lease = await limiter.AcquireAsync(1, cancellationToken).ConfigureAwait(false);
            if (lease.IsAcquired)
                return lease;
            // The limiter does not queue, or its queue is full.
            var delay = lease.TryGetMetadata(MetadataName.RetryAfter, out var after) && after > TimeSpan.Zero ? after : DefaultRetryDelay;
            lease.Dispose();
            await Task.Delay(delay, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private Task<TimeSpan> ReserveSlotAsync(string transporter, TimeSpan interval, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async transaction =>
            {
                var wait = await transaction.Connection!.ScalarAsync(
                    database.ReserveSlotSql, cancellationToken, transaction,
                    ("name", transporter), ("interval", (long)interval.TotalMicroseconds)).ConfigureAwait(false);
                return TimeSpan.FromMicroseconds((long)wait!);
            },
            cancellationToken);
}
