using System.Threading.RateLimiting;

namespace SmtpTransport.Outbox;

/// <summary>The rates: those of all machines, whose slots the database assigns, and the caller's own limiters. Thread-safe.</summary>
internal sealed class OutboxRateLimiter(LaneLimits limits, Database database, DatabaseHealth health, TimeProvider time)
{
    private static readonly TimeSpan DefaultRetryDelay = TimeSpan.FromMilliseconds(100);

    // A timer lasts 49 days at most. A slot may be later: each process that ended while it waited has taken one with it.
    private static readonly TimeSpan MaxDelay = TimeSpan.FromDays(30);

    /// <summary>Waits until an email of a transporter and a lane may be sent.</summary>
    /// <returns>A lease to dispose after the attempt; null if there is none.</returns>
    public async Task<IDisposable?> EnterAsync(string transporter, string? lane, CancellationToken cancellationToken)
    {
        var leases = new Leases();
        try
        {
            foreach (var limiter in limits.FindLimiters(transporter, lane))
                leases.Add(await AcquireAsync(limiter, cancellationToken).ConfigureAwait(false));
            foreach (var (name, interval) in limits.FindIntervals(transporter, lane))
            {
                var wait = await ReserveSlotAsync(name, interval, cancellationToken).ConfigureAwait(false);
                await WaitAsync(wait, cancellationToken).ConfigureAwait(false);
            }
            return leases;
        }
        catch
        {
            leases.Dispose();
            throw;
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
            await WaitAsync(delay, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task WaitAsync(TimeSpan span, CancellationToken cancellationToken)
    {
        for (; span > TimeSpan.Zero; span -= MaxDelay)
            await Task.Delay(span < MaxDelay ? span : MaxDelay, time, cancellationToken).ConfigureAwait(false);
    }

    private async Task<TimeSpan> ReserveSlotAsync(string name, TimeSpan interval, CancellationToken cancellationToken)
    {
        // A slot may be lost with the answer, which makes the rate lower, never higher.
        var wait = await health.RepeatAsync(
            () => database.InTransactionAsync(
                async transaction => (long)(await transaction.Connection!.ScalarAsync(
                    database.ReserveSlotSql, cancellationToken, transaction,
                    ("name", name), ("interval", (long)interval.TotalMicroseconds)).ConfigureAwait(false))!,
                cancellationToken),
            database.IsUnavailable, cancellationToken).ConfigureAwait(false);
        return TimeSpan.FromMicroseconds(wait);
    }

    private sealed class Leases : IDisposable
    {
        private readonly List<IDisposable> _all = [];

        public void Add(IDisposable lease) => _all.Add(lease);

        public void Dispose() => _all.ForEach(lease => lease.Dispose());
    }
}
