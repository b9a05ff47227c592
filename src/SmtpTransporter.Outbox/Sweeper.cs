using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>
/// What a worker does beside sending. Mails that wait and have lost their place in the engine get a new one; those that became due go ahead of what
/// has less priority; those whose run ended without a word are parked; old ones are removed. Several workers may do so at once: every change is made
/// by one of them only.
/// </summary>
internal sealed class Sweeper(
    OutboxOptions options, Database database, MailTable table, MailNumbers numbers, Engine engine, Delivery delivery, OutboxMeter meter, TimeProvider time, ILogger logger)
{
    private const int Most = 200;

    // A run ends long before, by its time limits, or writes down what came of it as soon as it can.
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Due = TimeSpan.FromSeconds(2);

    // The engine's tables are there to be looked into: their form is that of the version this package is bound to.
    private const string HasNoPlace =
        $"""
        NOT EXISTS (SELECT 1 FROM {Database.EnginePrefix}triggers t
            WHERE t.sched_name = 'smtp-outbox' AND t.trigger_group = 'smtp-outbox' AND t.trigger_name = o.id || '.' || o.turn)
        """;

    private DateTimeOffset _replaced = DateTimeOffset.MinValue;
    private DateTimeOffset _cleaned = DateTimeOffset.MinValue;

    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await MoveAsync(await table.FindAsync("state = 0 AND is_ahead = 0 AND due_at < @before", now - Due, Most, cancellationToken).ConfigureAwait(false), now, cancellationToken).ConfigureAwait(false);
        if (now - _replaced >= Late)
        {
            _replaced = now;
            var lost = await table.FindAsync($"state = 0 AND due_at < @before AND {HasNoPlace}", now - Late, Most, cancellationToken).ConfigureAwait(false);
            if (await MoveAsync(lost, now, cancellationToken).ConfigureAwait(false) is var count and > 0)
                OutboxLog.Replaced(logger, count);
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

    private async Task<int> MoveAsync(List<MailRow> rows, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var moved = 0;
        foreach (var row in rows)
        {
            if (await Decisions.MoveAsync(database, table, engine, row, now, cancellationToken).ConfigureAwait(false))
                moved++;
        }
        return moved;
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
                ("before", Times.Write(now - options.KeepFor)), ("dead", Times.Write(now - options.KeepFor * 10))).ConfigureAwait(false);
            sum += removed;
        }
        while (removed > 0);
        // A mail that is being stored may name it at this moment.
        await DeleteAsync(
            "DELETE FROM smtp_outbox_part WHERE used_at < @before AND NOT EXISTS (SELECT 1 FROM smtp_outbox_use u WHERE u.part_id = smtp_outbox_part.id)",
            ("before", Times.Write(now - TimeSpan.FromDays(1)))).ConfigureAwait(false);
        if (sum > 0)
            OutboxLog.Removed(logger, sum);

        Task<int> DeleteAsync(string sql, params (string, object?)[] parameters) => database.InTransactionAsync(
            transaction => transaction.Connection!.ExecuteAsync(sql, cancellationToken, transaction, parameters), cancellationToken);
    }
}
