using System.Data.Common;
using System.Globalization;

namespace SmtpTransport.Outbox;

/// <summary>
/// The pauses, and the revision: a number that each call increases which takes something out of the hands of the workers. A worker writes
/// the revision into its row once it does not begin any more what was taken (<see cref="WorkerTable.AcknowledgeAsync"/>). Thread-safe.
/// </summary>
internal sealed class PauseTable(Database database)
{
    private const string Revision = "revision";

    // How processes of version 3 know that the sending is paused.
    private const string Paused = "paused";

    private const long NoRevision = -1;

    private TableNames Tables => database.Tables;

    /// <summary>True for SQL if a transporter and a lane are paused, by themselves or with others.</summary>
    /// <param name="tables">The names of the tables.</param>
    /// <param name="transporter">The transporter as SQL.</param>
    /// <param name="lane">The lane as SQL.</param>
    public static string IsPausedSql(TableNames tables, string transporter = "@transporter", string lane = "@lane") =>
        $"EXISTS ({SelectSql("1", tables, transporter, lane)})";

    /// <summary>
    /// The same for the columns of an email that is one of many. As a number it stays a condition of each row; as EXISTS it would become a
    /// part of the join, and change the order of its tables.
    /// </summary>
    public static string IsEachPausedSql(TableNames tables, string email) =>
        $"({SelectSql("count(*)", tables, $"{email}.transporter", $"{email}.lane")}) > 0";

    private static string SelectSql(string what, TableNames tables, string transporter, string lane) =>
        $"""
        SELECT {what} FROM {tables.Pause} p WHERE p.resumed_at IS NULL
        AND (p.transporter IS NULL OR p.transporter = {transporter}) AND (p.lane IS NULL OR p.lane = {lane})
        """;

    /// <summary>Stores a pause. Whoever is paused already gets the new name and reason.</summary>
    /// <returns>The revision that the workers have to acknowledge.</returns>
    public Task<long> PauseAsync(SendPause pause, string? by, string? reason, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async transaction =>
            {
                await PauseAsync(transaction, pause, by, reason, cancellationToken).ConfigureAwait(false);
                return await IncreaseAsync(transaction, cancellationToken).ConfigureAwait(false);
            },
            cancellationToken);

    public async Task PauseAsync(
        DbTransaction transaction, SendPause pause, string? by, string? reason, CancellationToken cancellationToken)
    {
        var connection = transaction.Connection!;
        await connection.ExecuteAsync(
            $"""
            INSERT INTO {Tables.Pause} (name, transporter, lane, paused_at) VALUES (@name, @transporter, @lane, {database.Now})
            {database.UnlessExists("name")}
            """,
            cancellationToken, transaction, ("name", pause.Name), ("transporter", pause.Transporter), ("lane", pause.Lane),
            database.NowParameter).ConfigureAwait(false);
        await connection.ExecuteAsync(
            $"""
            UPDATE {Tables.Pause} SET paused_at = {database.Now}, resumed_at = NULL, paused_by = @by, reason = @reason WHERE name = @name
            """,
            cancellationToken, transaction, ("by", by), ("reason", reason), ("name", pause.Name), database.NowParameter)
            .ConfigureAwait(false);
        if (pause == SendPause.Everything)
        {
            await connection.ExecuteAsync(
                $"INSERT INTO {Tables.Setting} (name, value) VALUES (@name, 1) {database.OrSet("value")}", cancellationToken, transaction,
                ("name", Paused)).ConfigureAwait(false);
        }
    }

    /// <summary>Ends a pause.</summary>
    /// <returns>False if there is none.</returns>
    public Task<bool> ResumeAsync(SendPause pause, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            var connection = transaction.Connection!;
            if (pause == SendPause.Everything)
            {
                await connection.ExecuteAsync(
                    $"UPDATE {Tables.Setting} SET value = 0 WHERE name IN ('{Paused}', '{SettingTable.Moved}')", cancellationToken,
                    transaction).ConfigureAwait(false);
            }
            return await connection.ExecuteAsync(
                $"UPDATE {Tables.Pause} SET resumed_at = {database.Now} WHERE name = @name AND resumed_at IS NULL", cancellationToken,
                transaction, ("name", pause.Name), database.NowParameter).ConfigureAwait(false) > 0;
        },
        cancellationToken);

    /// <summary>The pauses with those that have ended, as long as they are kept.</summary>
    public Task<List<(OutboxPause Pause, DateTimeOffset? ResumedAt)>> ListAsync(CancellationToken cancellationToken) => database.ListAsync(
        $"SELECT transporter, lane, paused_at, paused_by, reason, resumed_at FROM {Tables.Pause} ORDER BY paused_at, name",
        reader => (
            new OutboxPause
            {
                TransporterName = Text(reader, 0),
                Lane = Text(reader, 1),
                PausedAt = UnixTime.Read(reader.GetInt64(2)),
                By = Text(reader, 3),
                Reason = Text(reader, 4),
            },
            reader.IsDBNull(5) ? (DateTimeOffset?)null : UnixTime.Read(reader.GetInt64(5))),
        cancellationToken);

    /// <summary>Removes pauses that ended some time ago: they say why an email expired.</summary>
    public Task RemoveEndedAsync(TimeSpan endedFor, CancellationToken cancellationToken) => database.ExecuteAsync(
        $"DELETE FROM {Tables.Pause} WHERE resumed_at <= {database.Now} - @ended", cancellationToken,
        ("ended", (long)endedFor.TotalMilliseconds), database.NowParameter);

    /// <summary>The revision, and what is paused.</summary>
    public async Task<(long Revision, IReadOnlyList<SendPause> Pauses)> ReadAsync(CancellationToken cancellationToken)
    {
        var rows = await database.ListAsync(
            $"""
            SELECT value, NULL, NULL FROM {Tables.Setting} WHERE name = '{Revision}'
            UNION ALL SELECT {NoRevision}, transporter, lane FROM {Tables.Pause} WHERE resumed_at IS NULL
            """,
            reader => (
                Value: Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture),
                Pause: new SendPause(Text(reader, 1), Text(reader, 2))),
            cancellationToken).ConfigureAwait(false);
        var revision = rows.FindIndex(r => r.Value != NoRevision) is var i and >= 0 ? rows[i].Value : 0;
        return (revision, [.. rows.Where(r => r.Value == NoRevision).Select(r => r.Pause)]);
    }

    /// <summary>How many emails wait that are paused.</summary>
    /// <param name="counts">All emails.</param>
    /// <param name="paused">What is paused.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task<long> CountEmailsAsync(
        OutboxCounts counts, IReadOnlyCollection<SendPause> paused, CancellationToken cancellationToken)
    {
        if (paused.Count == 0 || paused.Contains(SendPause.Everything))
            return paused.Count == 0 ? 0 : counts[OutboxState.Waiting];
        var found = await database.ListAsync(
            $"SELECT count(*) FROM {Tables.Email} e WHERE {OutboxSchema.Ready} AND {IsEachPausedSql(Tables, "e")}",
            reader => Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture), cancellationToken).ConfigureAwait(false);
        return found[0];
    }

    /// <summary>Increases the revision, after something was taken from workers.</summary>
    public Task<long> IncreaseAsync(CancellationToken cancellationToken) =>
        database.InTransactionAsync(transaction => IncreaseAsync(transaction, cancellationToken), cancellationToken);

    private async Task<long> IncreaseAsync(DbTransaction transaction, CancellationToken cancellationToken)
    {
        var connection = transaction.Connection!;
        while (await connection.ExecuteAsync(
            $"UPDATE {Tables.Setting} SET value = value + 1 WHERE name = '{Revision}'", cancellationToken, transaction)
            .ConfigureAwait(false) == 0)
        {
            await connection.ExecuteAsync(
                $"INSERT INTO {Tables.Setting} (name, value) VALUES ('{Revision}', 0) {database.UnlessExists("name")}", cancellationToken,
                transaction).ConfigureAwait(false);
        }
        var value = await connection.ScalarAsync(
            $"SELECT value FROM {Tables.Setting} WHERE name = '{Revision}'", cancellationToken, transaction).ConfigureAwait(false);
        return Convert.ToInt64(value, CultureInfo.InvariantCulture);
    }

    private static string? Text(DbDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}
