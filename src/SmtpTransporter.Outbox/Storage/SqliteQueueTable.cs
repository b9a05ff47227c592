using System.Data.Common;

namespace SmtpTransport.Outbox;

/// <summary>The queue in SQLite, whose transactions that write have the file for themselves. Thread-safe.</summary>
internal sealed class SqliteQueueTable(Database database, PayloadProtector protector) : BulkQueueTable(database, protector)
{
    protected override string WorkerExists => $"EXISTS (SELECT 1 FROM {Tables.Worker} WHERE token = @token)";

    protected override RowSource Rows(params ReadOnlySpan<RowColumn> columns) => SqliteDatabase.Rows(columns);

    /// <summary>Without the sign, SQLite takes it for a column that an index may lead to, and searches by the first one alone.</summary>
    protected override string Outer(string column) => $"+{column}";

    public override Task<WriteResult> WriteAsync(DbConnection connection, WriteGroup group) => Database.InTransactionAsync(
        connection,
        async transaction =>
        {
            var settled = new HashSet<(Guid, int)>();
            if (group.Settlements.Count > 0)
                settled = [.. await SettleAsync(transaction, group.Settlements).ConfigureAwait(false)];
            if (group.Releases.Count > 0)
            {
                var (sql, parameters) = CreateRelease(group.Releases);
                await connection.ExecuteAsync(sql, CancellationToken.None, transaction, parameters).ConfigureAwait(false);
            }
            var marked = new Dictionary<(Guid, int), DateTimeOffset>();
            if (group.Marks.Count > 0)
            {
                var (sql, parameters) = CreateMark(group.Marks);
                var marks = await connection.ListAsync(
                    sql, reader => (Key: (Ids.Parse(reader.GetString(0)), reader.GetInt32(1)), At: UnixTime.Read(reader.GetInt64(2))),
                    CancellationToken.None, transaction, parameters).ConfigureAwait(false);
                marked = marks.ToDictionary(m => m.Key, m => m.At);
            }
            return new WriteResult(marked, settled);
        },
        CancellationToken.None);

    protected override Task<List<Claim>> ClaimAsync(
        DbTransaction? transaction, string pickSql, string token, (string, object?)[] parameters, CancellationToken cancellationToken)
    {
        return transaction is null ? Database.InTransactionAsync(ClaimAllAsync, cancellationToken) : ClaimAllAsync(transaction);

        async Task<List<Claim>> ClaimAllAsync(DbTransaction own)
        {
            var connection = own.Connection!;
            var rows = await connection.ListAsync(
                $"""
                UPDATE {Tables.Email} SET owner = @token, generation = generation + 1
                WHERE id IN ({pickSql})
                RETURNING {EmailRow.Columns}, {HasSuppressions}
                """,
                reader => (Row: ReadRow(reader), MayBeSuppressed: reader.GetInt32(EmailRow.ColumnCount) != 0), cancellationToken, own,
                [("token", token), .. parameters, Database.NowParameter]).ConfigureAwait(false);
            if (rows.Count == 0)
                return [];
            var source = Database.List(rows.Select(r => r.Row.Id));
            var messages = await connection.ListAsync(
                $"""
                SELECT email_id, content FROM {Tables.Message} WHERE email_id IN ({source.Sql})
                AND length(content) <= {MaxClaimedMessage}
                """,
                reader => (Id: reader.GetString(0), Content: reader.GetFieldValue<byte[]>(1)), cancellationToken, own, source.Parameters)
                .ConfigureAwait(false);
            var contents = messages.ToDictionary(m => Ids.Parse(m.Id), m => m.Content);
            return
            [
                .. from r in rows
                orderby r.Row.DueAt
                select new Claim(r.Row, token, contents.GetValueOrDefault(r.Row.Id)) { MayBeSuppressed = r.MayBeSuppressed },
            ];
        }
    }

    /// <summary>The histories first: SQLite cannot insert what an update returns. No other transaction comes between.</summary>
    private async Task<List<(Guid, int)>> SettleAsync(DbTransaction transaction, IReadOnlyList<Settlement> settlements)
    {
        var source = CreateSettlements(settlements);
        (string, object?)[] parameters = [.. source.Parameters, Database.NowParameter];
        await transaction.Connection!.ExecuteAsync(
            $"""
            INSERT INTO {Tables.Attempt} (email_id, at, number, is_protected, details)
            SELECT e.id, {Database.Now}, u.number, u.protected, u.details FROM {source.Sql} JOIN {Tables.Email} e
            ON e.id = u.email_id AND e.owner = u.token AND e.generation = u.expected
                AND e.state IN ({StateCodes.Waiting}, {StateCodes.Sending}, {StateCodes.Unknown})
            """,
            CancellationToken.None, transaction, parameters).ConfigureAwait(false);
        return await transaction.Connection!.ListAsync(
            // The generation is the next one now.
            SettleSql(source.Sql, "id, generation"), reader => (Ids.Parse(reader.GetString(0)), reader.GetInt32(1) - 1),
            CancellationToken.None, transaction, parameters)
            .ConfigureAwait(false);
    }
}
