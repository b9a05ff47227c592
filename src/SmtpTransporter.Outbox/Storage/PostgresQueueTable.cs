using System.Data.Common;

namespace SmtpTransport.Outbox;

/// <summary>
/// The queue in PostgreSQL: a claim skips what others are claiming, and a group is one batch, which is one transaction. Thread-safe.
/// </summary>
internal sealed class PostgresQueueTable(Database database, PayloadProtector protector) : BulkQueueTable(database, protector)
{
    // The lock keeps the row until the claim is committed.
    protected override string WorkerExists => "EXISTS (SELECT 1 FROM me)";

    protected override RowSource Rows(params ReadOnlySpan<RowColumn> columns) => PostgresDatabase.Rows(columns);

    /// <summary>
    /// The claim. The rows are picked once, whatever the plan of the update: a query with FOR UPDATE is not merged into it. One whose
    /// message is missing is claimed as well: otherwise it would stand at the head of its queue for ever.
    /// </summary>
    internal string ClaimSql(string pickSql) =>
        $"""
        WITH me AS (SELECT token FROM {Tables.Worker} WHERE token = @token FOR KEY SHARE),
        picks AS ({pickSql} FOR UPDATE OF e SKIP LOCKED)
        UPDATE {Tables.Email} SET owner = @token, generation = generation + 1
        FROM picks LEFT JOIN {Tables.Message} m ON m.email_id = picks.picked
        WHERE id = picks.picked
        RETURNING {EmailRow.Columns}, CASE WHEN size <= {MaxClaimedMessage} THEN m.content END, {HasSuppressions}
        """;

    public override Task<WriteResult> WriteAsync(DbConnection connection, WriteGroup group) =>
        Database.RepeatIfAbortedAsync(wasAborted => WriteOnceAsync(connection, group, wasAborted));

    private async Task<WriteResult> WriteOnceAsync(DbConnection connection, WriteGroup group, bool locksFirst)
    {
        var batch = connection.CreateBatch();
        await using (batch.ConfigureAwait(false))
        {
            if (locksFirst)
                Add(CreateLock(group));
            if (group.Settlements.Count > 0)
                Add(CreateSettle(group.Settlements));
            if (group.Releases.Count > 0)
                Add(CreateRelease(group.Releases));
            if (group.Marks.Count > 0)
                Add(CreateMark(group.Marks));
            var reader = await batch.ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                if (locksFirst)
                    await reader.NextResultAsync().ConfigureAwait(false);
                return await ReadAsync(reader, group).ConfigureAwait(false);
            }
        }

        void Add((string Sql, (string Name, object? Value)[] Parameters) statement)
        {
            var command = batch.CreateBatchCommand();
            command.CommandText = statement.Sql;
            foreach (var (name, value) in statement.Parameters)
            {
                var parameter = command.CreateParameter();
                (parameter.ParameterName, parameter.Value) = (name, value ?? DBNull.Value);
                command.Parameters.Add(parameter);
            }
            batch.BatchCommands.Add(command);
        }
    }

    protected override async Task<List<Claim>> ClaimAsync(
        DbTransaction? transaction, string pickSql, string token, (string, object?)[] parameters, CancellationToken cancellationToken)
    {
        var sql = ClaimSql(pickSql);
        Func<DbDataReader, Claim> read = reader =>
            new Claim(
                ReadRow(reader), token, reader.IsDBNull(EmailRow.ColumnCount) ? null : reader.GetFieldValue<byte[]>(EmailRow.ColumnCount))
            {
                MayBeSuppressed = reader.GetInt32(EmailRow.ColumnCount + 1) != 0,
            };
        (string, object?)[] all = [("token", token), .. parameters];
        var claims = transaction is null
            ? await Database.ListAsync(sql, read, cancellationToken, all).ConfigureAwait(false)
            : await transaction.Connection!.ListAsync(sql, read, cancellationToken, transaction, all).ConfigureAwait(false);
        // The update has no order of its own.
        claims.Sort((a, b) => Nullable.Compare(a.Row.DueAt, b.Row.DueAt));
        return claims;
    }

    private (string Sql, (string, object?)[] Parameters) CreateLock(WriteGroup group)
    {
        var claims = group.Settlements.Select(s => s.Claim).Concat(group.Releases).Concat(group.Marks.Select(m => m.Claim));
        return Database.LockEmails(claims.Select(c => c.Row.Id));
    }

    private (string Sql, (string, object?)[] Parameters) CreateSettle(IReadOnlyList<Settlement> settlements)
    {
        var source = CreateSettlements(settlements);
        var sql =
            $"""
            WITH done AS ({SettleSql(source.Sql, "id, u.expected, u.number, u.protected, u.details")}),
            history AS (
                INSERT INTO {Tables.Attempt} (email_id, at, number, is_protected, details)
                SELECT id, {Database.Now}, number, protected, details FROM done)
            SELECT id, expected FROM done
            """;
        return (sql, source.Parameters);
    }

    private static async Task<WriteResult> ReadAsync(DbDataReader reader, WriteGroup group)
    {
        var settled = new HashSet<(Guid, int)>();
        if (group.Settlements.Count > 0)
        {
            while (await reader.ReadAsync().ConfigureAwait(false))
                settled.Add((Ids.Parse(reader.GetString(0)), reader.GetInt32(1)));
            await reader.NextResultAsync().ConfigureAwait(false);
        }
        var marked = new Dictionary<(Guid, int), DateTimeOffset>();
        if (group.Marks.Count > 0)
        {
            while (await reader.ReadAsync().ConfigureAwait(false))
                marked[(Ids.Parse(reader.GetString(0)), reader.GetInt32(1))] = UnixTime.Read(reader.GetInt64(2));
        }
        // An error of a later statement is reported here, and rolls all of them back.
        while (await reader.NextResultAsync().ConfigureAwait(false))
        {
        }
        return new WriteResult(marked, settled);
    }
}
