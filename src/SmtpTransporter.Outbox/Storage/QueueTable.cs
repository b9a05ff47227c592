using System.Data.Common;

namespace SmtpTransport.Outbox;

/// <summary>
/// The queues in the table of the emails, one for each transporter. A waiting email is scheduled in the engine, or not yet
/// (<c>scheduled_at</c> is null); only one of several workers claims it. Thread-safe.
/// </summary>
internal sealed class QueueTable(Database database, PayloadProtector protector)
{
    private const string Unscheduled = $"scheduled_at IS NULL AND state = {StateCodes.Waiting}";
    private const string Scheduled = $"scheduled_at IS NOT NULL AND state = {StateCodes.Waiting}";

    private readonly Func<DbDataReader, EmailRow> _readRow = EmailRow.CreateReader(protector);

    /// <summary>The transporters that have due emails which are not scheduled: one step in the index for each.</summary>
    public Task<List<string>> ListDueQueuesAsync(DateTimeOffset now, CancellationToken cancellationToken) => database.ListAsync(
        $"""
        WITH RECURSIVE queue (name) AS (
            SELECT min(transporter) FROM smtp_outbox WHERE {Unscheduled} AND due_at <= @now
            UNION ALL
            SELECT (SELECT min(transporter) FROM smtp_outbox WHERE {Unscheduled} AND due_at <= @now AND transporter > queue.name)
            FROM queue WHERE queue.name IS NOT NULL)
        SELECT name FROM queue WHERE name IS NOT NULL
        """,
        reader => reader.GetString(0), cancellationToken, ("now", UnixTime.Write(now)));

    /// <summary>How many emails are scheduled and are not being sent yet.</summary>
    public async Task<Dictionary<(string Transporter, OutboxPriority Priority), int>> CountScheduledAsync(
        CancellationToken cancellationToken)
    {
        var counts = await database.ListAsync(
            $"SELECT transporter, priority, count(*) FROM smtp_outbox WHERE {Scheduled} GROUP BY transporter, priority",
            reader => (Queue: (reader.GetString(0), (OutboxPriority)reader.GetInt32(1)), Count: reader.GetInt32(2)), cancellationToken)
            .ConfigureAwait(false);
        return counts.ToDictionary(c => c.Queue, c => c.Count);
    }

    /// <summary>Claims due emails for the caller, who must schedule them: no other worker gets them.</summary>
    public Task<List<ScheduledRun>> ClaimAsync(
        string transporter, OutboxPriority priority, int limit, DateTimeOffset now, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            transaction => transaction.Connection!.ListAsync(
                $"""
                UPDATE smtp_outbox SET scheduled_at = @now WHERE {Unscheduled} AND id IN (
                    SELECT id FROM smtp_outbox
                    WHERE {Unscheduled} AND transporter = @transporter AND priority = @priority AND due_at <= @now
                    ORDER BY due_at LIMIT {limit} {database.SkipLocked})
                RETURNING id, generation, priority, due_at
                """,
                reader => new ScheduledRun(
                    Ids.Parse(reader.GetString(0)),
                    reader.GetInt32(1),
                    (OutboxPriority)reader.GetInt32(2),
                    UnixTime.Read(reader.GetInt64(3))),
                cancellationToken, transaction,
                ("transporter", transporter), ("priority", (int)priority), ("now", UnixTime.Write(now))),
            cancellationToken);

    /// <summary>Requeues emails that were scheduled before a time and whose trigger no longer exists in the engine.</summary>
    /// <returns>Their former generations.</returns>
    public Task<List<(Guid Id, int Generation)>> RequeueOrphansAsync(
        DateTimeOffset scheduledBefore, int limit, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            transaction => transaction.Connection!.ListAsync(
                $"""
                UPDATE smtp_outbox SET generation = generation + 1, scheduled_at = NULL WHERE {Scheduled} AND id IN (
                    SELECT id FROM smtp_outbox o WHERE {Scheduled} AND scheduled_at < @before AND {QuartzTables.HasNoTrigger}
                    LIMIT {limit} {database.SkipLocked})
                RETURNING id, generation - 1
                """,
                reader => (Ids.Parse(reader.GetString(0)), reader.GetInt32(1)),
                cancellationToken, transaction, ("before", UnixTime.Write(scheduledBefore))),
            cancellationToken);

    /// <summary>Requeues one email whose run ends before it could start.</summary>
    public Task RequeueAsync(Guid id, int generation, CancellationToken cancellationToken) => database.ExecuteAsync(
        $"""
        UPDATE smtp_outbox SET generation = generation + 1, scheduled_at = NULL
        WHERE id = @id AND generation = @generation AND state = {StateCodes.Waiting}
        """,
        cancellationToken, ("id", Ids.Text(id)), ("generation", generation));

    /// <summary>
    /// Claims a parked email about which the application must decide; other workers may claim it again after the given time.
    /// </summary>
    public async Task<EmailRow?> ClaimUndecidedAsync(DateTimeOffset now, DateTimeOffset askAgainAt, CancellationToken cancellationToken)
    {
        var rows = await database.InTransactionAsync(
            transaction => transaction.Connection!.ListAsync(
                $"""
                UPDATE smtp_outbox SET ask_at = @again WHERE state = {StateCodes.Unknown} AND ask_at <= @now AND id IN (
                    SELECT id FROM smtp_outbox WHERE state = {StateCodes.Unknown} AND ask_at <= @now
                    ORDER BY ask_at LIMIT 1 {database.SkipLocked})
                RETURNING {EmailRow.Columns}
                """,
                _readRow, cancellationToken, transaction, ("now", UnixTime.Write(now)), ("again", UnixTime.Write(askAgainAt))),
            cancellationToken).ConfigureAwait(false);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>Records the decision that an email stays parked.</summary>
    public Task KeepParkedAsync(EmailRow row, CancellationToken cancellationToken) => database.ExecuteAsync(
        $"UPDATE smtp_outbox SET ask_at = NULL WHERE id = @id AND generation = @generation AND state = {StateCodes.Unknown}",
        cancellationToken, ("id", Ids.Text(row.Id)), ("generation", row.Generation));
}
