using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>
/// Maintains the outbox: requeues waiting emails whose run is lost, parks those whose run ended without recording an outcome, and removes
/// old ones. Several workers may do so at once: only one of them makes each change. Thread-safe.
/// </summary>
internal sealed class Sweeper(
    OutboxOptions options, EmailStore store, Engine engine, OutcomeRecorder recorder, OutboxMeter meter, TimeProvider time, ILogger logger)
{
    private const int BatchSize = 500;
    private const int MaxBatches = 200;

    // A run ends long before, because of its time limits, or records its outcome as soon as it can.
    private static readonly TimeSpan AbandonedAfter = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan OrphanedAfter = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan CleanUpInterval = TimeSpan.FromHours(1);

    private DateTimeOffset _requeuedAt = DateTimeOffset.MinValue;
    private DateTimeOffset _cleanedAt = DateTimeOffset.MinValue;

    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (now - _requeuedAt >= OrphanedAfter)
        {
            _requeuedAt = now;
            await RequeueOrphansAsync(now - OrphanedAfter, cancellationToken).ConfigureAwait(false);
            foreach (var row in await store.ListAbandonedAsync(now - AbandonedAfter, BatchSize, cancellationToken).ConfigureAwait(false))
                await recorder.ParkAsync(row).ConfigureAwait(false);
        }
        if (meter.IsObserved)
            meter.UpdateCounts(await store.CountAsync(cancellationToken).ConfigureAwait(false));
        if (now - _cleanedAt >= CleanUpInterval)
        {
            _cleanedAt = now;
            await CleanUpAsync(now, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Removes emails after their retention period, dead letters ten times later.</summary>
    internal async Task CleanUpAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var removed = await store.RemoveExpiredAsync(
            now, now - options.RetentionPeriod, now - options.RetentionPeriod * 10, cancellationToken).ConfigureAwait(false);
        if (removed > 0)
            OutboxLog.Removed(logger, removed);
    }

    private async Task RequeueOrphansAsync(DateTimeOffset scheduledBefore, CancellationToken cancellationToken)
    {
        var sum = 0;
        for (var batch = 0; batch < MaxBatches; batch++)
        {
            var former = await store.RequeueOrphansAsync(scheduledBefore, BatchSize, cancellationToken).ConfigureAwait(false);
            sum += former.Count;
            if (former.Count > 0)
                await engine.UnscheduleAsync(former).ConfigureAwait(false);
            if (former.Count < BatchSize)
                break;
        }
        if (sum > 0)
            OutboxLog.Requeued(logger, sum);
    }
}
