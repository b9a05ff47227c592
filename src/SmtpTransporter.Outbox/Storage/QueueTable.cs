using System.Data.Common;

namespace SmtpTransport.Outbox;

/// <summary>
/// Which of the mails are the engine's, and which a worker takes up: of several workers one. A mail that waits has a place in the engine, or none yet
/// (<c>placed_at</c> is null). Safe for concurrent callers.
/// </summary>
internal sealed class QueueTable(Database database, PayloadProtector protection)
{
    private const string WaitsUnplaced = "placed_at IS NULL AND state = 0";
    private const string WaitsPlaced = "placed_at IS NOT NULL AND state = 0";

    private readonly Func<DbDataReader, EmailRow> _read = EmailRow.Reader(protection);

    /// <summary>The transporters of due mails without a place: a step in the index for each.</summary>
    public Task<List<string>> LanesAsync(DateTimeOffset now, CancellationToken cancellationToken) => ReadAsync(
        $"""
        WITH RECURSIVE lane (name) AS (
            SELECT min(transporter) FROM smtp_outbox WHERE {WaitsUnplaced} AND due_at <= @now
            UNION ALL SELECT (SELECT min(transporter) FROM smtp_outbox WHERE {WaitsUnplaced} AND due_at <= @now AND transporter > lane.name) FROM lane WHERE lane.name IS NOT NULL)
        SELECT name FROM lane WHERE name IS NOT NULL
        """,
        reader => reader.GetString(0), cancellationToken, ("now", UnixTime.Write(now)));

    /// <summary>How many mails have a place and have not begun to be sent.</summary>
    public async Task<Dictionary<(string Transporter, OutboxPriority Priority), int>> CountPlacedAsync(CancellationToken cancellationToken)
    {
        var counts = await ReadAsync(
            $"SELECT transporter, priority, count(*) FROM smtp_outbox WHERE {WaitsPlaced} GROUP BY transporter, priority",
            reader => ((reader.GetString(0), (OutboxPriority)reader.GetInt32(1)), reader.GetInt32(2)), cancellationToken).ConfigureAwait(false);
        return counts.ToDictionary(c => c.Item1, c => c.Item2);
    }

    /// <summary>Due mails without a place, which the caller, and nobody else, gives one now.</summary>
    public Task<List<Place>> ClaimAsync(string transporter, OutboxPriority priority, int most, DateTimeOffset now, CancellationToken cancellationToken) => database.InTransactionAsync(
        transaction => transaction.Connection!.ListAsync(
            $"""
            UPDATE smtp_outbox SET placed_at = @now WHERE {WaitsUnplaced} AND id IN (
                SELECT id FROM smtp_outbox WHERE {WaitsUnplaced} AND transporter = @transporter AND priority = @priority AND due_at <= @now
                ORDER BY due_at LIMIT {most} {database.SkipLocked})
            RETURNING id, turn, priority, due_at
            """,
            reader => new Place(Ids.Parse(reader.GetString(0)), reader.GetInt32(1), (OutboxPriority)reader.GetInt32(2), UnixTime.Read(reader.GetInt64(3))),
            cancellationToken, transaction, ("transporter", transporter), ("priority", (int)priority), ("now", UnixTime.Write(now))),
        cancellationToken);

    /// <summary>Takes mails whose places are lost out of their turn: they get new ones.</summary>
    /// <param name="condition">What is true of such a mail, as <c>o</c>.</param>
    /// <param name="before">Only of those that had their places before this time.</param>
    /// <param name="most">How many at most.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Their former places.</returns>
    public Task<List<(Guid Id, int Turn)>> TakeBackAsync(string condition, DateTimeOffset before, int most, CancellationToken cancellationToken) => database.InTransactionAsync(
        transaction => transaction.Connection!.ListAsync(
            $"""
            UPDATE smtp_outbox SET turn = turn + 1, placed_at = NULL WHERE {WaitsPlaced} AND id IN (
                SELECT id FROM smtp_outbox o WHERE {WaitsPlaced} AND placed_at < @before AND {condition} LIMIT {most} {database.SkipLocked})
            RETURNING id, turn - 1
            """,
            reader => (Ids.Parse(reader.GetString(0)), reader.GetInt32(1)), cancellationToken, transaction, ("before", UnixTime.Write(before))),
        cancellationToken);

    /// <summary>Takes one mail out of its turn, as its run ends before it could begin.</summary>
    public Task TakeBackAsync(Guid id, int turn, CancellationToken cancellationToken) => ChangeAsync(
        "UPDATE smtp_outbox SET turn = turn + 1, placed_at = NULL WHERE id = @id AND turn = @turn AND state = 0", id, turn, cancellationToken);

    /// <summary>A parked mail that the application is to be asked about now; by others not before the time given.</summary>
    public async Task<EmailRow?> TakeQuestionAsync(DateTimeOffset now, DateTimeOffset again, CancellationToken cancellationToken)
    {
        var rows = await database.InTransactionAsync(
            transaction => transaction.Connection!.ListAsync(
                $"""
                UPDATE smtp_outbox SET ask_at = @again WHERE state = 4 AND ask_at <= @now
                    AND id IN (SELECT id FROM smtp_outbox WHERE state = 4 AND ask_at <= @now ORDER BY ask_at LIMIT 1 {database.SkipLocked})
                RETURNING {EmailRow.Columns}
                """,
                _read, cancellationToken, transaction, ("now", UnixTime.Write(now)), ("again", UnixTime.Write(again))),
            cancellationToken).ConfigureAwait(false);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>The answer was to keep it parked.</summary>
    public Task AnsweredAsync(EmailRow row, CancellationToken cancellationToken) => ChangeAsync(
        "UPDATE smtp_outbox SET ask_at = NULL WHERE id = @id AND turn = @turn AND state = 4", row.Id, row.Turn, cancellationToken);

    private Task<int> ChangeAsync(string sql, Guid id, int turn, CancellationToken cancellationToken) => database.InTransactionAsync(
        transaction => transaction.Connection!.ExecuteAsync(sql, cancellationToken, transaction, ("id", Ids.Text(id)), ("turn", turn)), cancellationToken);

    private async Task<List<T>> ReadAsync<T>(string sql, Func<DbDataReader, T> read, CancellationToken cancellationToken, params (string, object?)[] parameters)
    {
        var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
            return await connection.ListAsync(sql, read, cancellationToken, null, parameters).ConfigureAwait(false);
    }
}
