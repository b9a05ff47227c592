using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>
/// What a worker does beside sending. Mails that wait and have lost their place in the engine get a new one; those whose run ended without a word are
/// parked; old ones are removed. Several workers may do so at once: every change is made by one of them only.
/// </summary>
internal sealed class Sweeper(
    OutboxOptions options, Database database, EmailTable table, QueueTable queue, OutboxStatistics numbers, Engine engine, Dispatcher feeder, Delivery delivery, OutboxMeter meter, TimeProvider time, ILogger logger)
{
    private const int Most = 500;
    private const int MostRounds = 200;

    // A run ends long before, by its time limits, or writes down what came of it as soon as it can.
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(20);

    // The engine's tables are there to be looked into: their form is that of the version this package is bound to. A place that failed is none any more,
    // and one that has been run is only while the run is there.
    private const string HasNoPlace =
        $"""
        NOT EXISTS (SELECT 1 FROM {Database.EnginePrefix}triggers t
            WHERE t.sched_name = 'smtp-outbox' AND t.trigger_group = 'smtp-outbox' AND t.trigger_name = o.id || '.' || o.turn AND t.trigger_state NOT IN ('COMPLETE', 'ERROR'))
        AND NOT EXISTS (SELECT 1 FROM {Database.EnginePrefix}fired_triggers f
            WHERE f.sched_name = 'smtp-outbox' AND f.trigger_group = 'smtp-outbox' AND f.trigger_name = o.id || '.' || o.turn)
        """;

    private DateTimeOffset _replaced = DateTimeOffset.MinValue;
    private DateTimeOffset _cleaned = DateTimeOffset.MinValue;

    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (now - _replaced >= Late)
        {
            _replaced = now;
            await ReplaceAsync(now - Late, cancellationToken).ConfigureAwait(false);
            foreach (var row in await table.FindAsync($"state = 1 AND transmitting_at < @before AND {HasNoPlace}", now - Silence, Most, cancellationToken).ConfigureAwait(false))
                await delivery.ParkAsync(row).ConfigureAwait(false);
        }
        if (meter.Counts)
            meter.Counted(await numbers.CountAsync(cancellationToken).ConfigureAwait(false));
        if (now - _cleaned >= TimeSpan.FromHours(1))
        {
            _cleaned = now;
            await CleanAsync(now, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ReplaceAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        var sum = 0;
        for (var round = 0; round < MostRounds; round++)
        {
            var former = await queue.TakeBackAsync(HasNoPlace, before, Most, cancellationToken).ConfigureAwait(false);
            sum += former.Count;
            if (former.Count > 0)
                await engine.RemoveAsync(former).ConfigureAwait(false);
            if (former.Count < Most)
                break;
        }
        if (sum == 0)
            return;
        feeder.Bell.Ring();
        OutboxLog.Replaced(logger, sum);
    }

    /// <summary>Removes what is over and older than it is kept, in small steps.</summary>
    internal async Task CleanAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (removed, sum) = (0, 0);
        do
        {
            removed = await DeleteAsync(
                """
                DELETE FROM smtp_outbox WHERE id IN (
                    SELECT id FROM smtp_outbox WHERE (state IN (2, 5, 6) AND ended_at < @before) OR (state = 3 AND ended_at < @dead) LIMIT 500)
                """,
                ("before", UnixTime.Write(now - options.RetentionPeriod)), ("dead", UnixTime.Write(now - options.RetentionPeriod * 10))).ConfigureAwait(false);
            sum += removed;
        }
        while (removed > 0);
        // A mail that is being stored may name it at this moment.
        await DeleteAsync(
            "DELETE FROM smtp_outbox_part WHERE used_at < @before AND NOT EXISTS (SELECT 1 FROM smtp_outbox_use u WHERE u.part_id = smtp_outbox_part.id)",
            ("before", UnixTime.Write(now - TimeSpan.FromDays(1)))).ConfigureAwait(false);
        if (sum > 0)
            OutboxLog.Removed(logger, sum);

        Task<int> DeleteAsync(string sql, params (string, object?)[] parameters) => database.InTransactionAsync(
            transaction => transaction.Connection!.ExecuteAsync(sql, cancellationToken, transaction, parameters), cancellationToken);
    }
}
