using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>
/// Removes emails after their retention period, gives disk space back, and reads the numbers that a meter asks for. Several workers may do
/// so at once. Not thread-safe.
/// </summary>
internal sealed class Sweeper(
    OutboxOptions options, Database database, EmailStore store, TermTable terms, MessageRemover messages, KeyRotation keys,
    PauseTable pauses, SettingTable settings, Lateness lateness, Expiry expiry, OutboxMeter meter, TimeProvider time, ILogger logger)
{
    // To count many emails takes time: a twentieth of it, at most. What costs less is done each time. A count that took very long is
    // repeated all the same: perhaps the process stood still meanwhile.
    private const int CountShare = 20;
    private static readonly TimeSpan MaxCountPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan CheapCount = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan CleanUpInterval = TimeSpan.FromHours(1);

    private static readonly TimeSpan ExpiryInterval = TimeSpan.FromMinutes(1);

    private DateTimeOffset _cleanedAt = DateTimeOffset.MinValue;
    private DateTimeOffset _expiredAt = DateTimeOffset.MinValue;
    private long _countedAt;
    private TimeSpan _countPause;

    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        if (meter.IsObserved && time.GetElapsedTime(_countedAt) >= _countPause)
            await CountAsync(cancellationToken).ConfigureAwait(false);
        await database.CompactAsync(cancellationToken).ConfigureAwait(false);
        // A step each time: the rest comes with the first search.
        await terms.IndexAsync(cancellationToken).ConfigureAwait(false);
        var now = time.GetUtcNow();
        if (now - _cleanedAt >= CleanUpInterval)
        {
            _cleanedAt = now;
            await pauses.RemoveEndedAsync(options.RetentionPeriod, cancellationToken).ConfigureAwait(false);
            await CleanUpAsync(cancellationToken).ConfigureAwait(false);
        }
        if (now - _expiredAt >= ExpiryInterval)
        {
            _expiredAt = now;
            await expiry.EndAsync(cancellationToken).ConfigureAwait(false);
        }
        await keys.StepAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads what the gauges measure.</summary>
    internal async Task CountAsync(CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var counts = await store.CountAsync(cancellationToken).ConfigureAwait(false);
        var (_, paused) = await pauses.ReadAsync(cancellationToken).ConfigureAwait(false);
        var late = await lateness.FindOldestAsync(counts, paused, cancellationToken).ConfigureAwait(false);
        var held = await pauses.CountEmailsAsync(counts, paused, cancellationToken).ConfigureAwait(false);
        var isMoved = await settings.IsMovedAsync(cancellationToken).ConfigureAwait(false);
        meter.Update(new OutboxReading(counts, late, paused.Count, held, isMoved));
        _countedAt = time.GetTimestamp();
        var cost = time.GetElapsedTime(start, _countedAt);
        var pause = cost < CheapCount ? TimeSpan.Zero : cost * CountShare;
        _countPause = pause < MaxCountPause ? pause : MaxCountPause;
    }

    /// <summary>Removes emails after their retention period, and messages before; those of dead letters ten times later.</summary>
    internal async Task CleanUpAsync(CancellationToken cancellationToken)
    {
        var removed = await SumAsync(store.RemoveEndedAsync, options.RetentionPeriod, cancellationToken).ConfigureAwait(false);
        await store.RemoveUnusedPartsAsync(cancellationToken).ConfigureAwait(false);
        if (removed > 0)
            OutboxLog.Removed(logger, removed);
        var emptied = options.KeepMessageFor is { } kept
            ? await SumAsync(messages.RemoveAsync, kept, cancellationToken).ConfigureAwait(false) : 0;
        if (emptied > 0)
            OutboxLog.MessagesRemoved(logger, emptied);
        if (removed + emptied > 0)
            await database.PurgeAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes something of the emails in each state that is final, and returns of how many.</summary>
    private static async Task<int> SumAsync(
        Func<OutboxState, TimeSpan, CancellationToken, Task<int>> remove, TimeSpan endedFor, CancellationToken cancellationToken)
    {
        var sum = 0;
        foreach (var state in (OutboxState[])[OutboxState.Sent, OutboxState.Canceled, OutboxState.Discarded, OutboxState.DeadLettered])
        {
            var period = state == OutboxState.DeadLettered ? endedFor * 10 : endedFor;
            sum += await remove(state, period, cancellationToken).ConfigureAwait(false);
        }
        return sum;
    }
}
