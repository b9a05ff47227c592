using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>
/// Removes emails after their retention period, gives disk space back, and reads the numbers that a meter asks for. Several workers may do
/// so at once. Not thread-safe.
/// </summary>
internal sealed class Sweeper(
    OutboxOptions options, Database database, EmailStore store, OutboxMeter meter, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan CleanUpInterval = TimeSpan.FromHours(1);

    private DateTimeOffset _cleanedAt = DateTimeOffset.MinValue;

    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        if (meter.IsObserved)
            meter.UpdateCounts(await store.CountAsync(cancellationToken).ConfigureAwait(false));
        await database.CompactAsync(cancellationToken).ConfigureAwait(false);
        var now = time.GetUtcNow();
        if (now - _cleanedAt < CleanUpInterval)
            return;
        _cleanedAt = now;
        await CleanUpAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes emails after their retention period, dead letters ten times later.</summary>
    internal async Task CleanUpAsync(CancellationToken cancellationToken)
    {
        var removed = await store.RemoveExpiredAsync(options.RetentionPeriod, options.RetentionPeriod * 10, cancellationToken)
            .ConfigureAwait(false);
        if (removed > 0)
            OutboxLog.Removed(logger, removed);
    }
}
