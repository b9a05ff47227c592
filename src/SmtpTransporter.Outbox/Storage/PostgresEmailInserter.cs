using System.Data.Common;

namespace SmtpTransport.Outbox;

/// <summary>Inserts many rows with one statement. Thread-safe.</summary>
internal sealed class PostgresEmailInserter(Database database, PayloadProtector protector) : EmailInserter(database, protector)
{
    private const int MaxRows = 500;

    public override async Task<HashSet<Guid>> InsertAsync(
        DbTransaction transaction, IReadOnlyList<(EmailRow Row, SplitMessage Message)> items, CancellationToken cancellationToken)
    {
        var inserted = new HashSet<Guid>();
        foreach (var chunk in items.Chunk(MaxRows))
        {
            var (sql, parameters) = Create(chunk);
            inserted.UnionWith(await transaction.Connection!.ListAsync(
                sql, reader => Ids.Parse(reader.GetString(0)), cancellationToken, transaction, parameters).ConfigureAwait(false));
        }
        return inserted;
    }

    /// <summary>
    /// The numbers follow the caller's order. The rows are inserted in the order of their keys: otherwise two calls with the same keys
    /// would
    /// deadlock.
    /// </summary>
    private (string Sql, (string, object?)[] Parameters) Create((EmailRow Row, SplitMessage Message)[] items)
    {
        var source = PostgresDatabase.Rows(
            new RowColumn("email_id", Column(i => Ids.Text(i.Row.Id))),
            new RowColumn("position", Enumerable.Range(0, items.Length).ToArray()),
            new RowColumn("key", Column(i => i.Row.Key)),
            new RowColumn("transporter", Column(i => i.Row.Transporter)),
            new RowColumn("lane", Column(i => i.Row.Lane)),
            new RowColumn("ordered", Column(i => i.Row.IsOrdered ? 1 : 0)),
            new RowColumn("priority", Column(i => (int)i.Row.Priority)),
            new RowColumn("due", Column(i => Due(i.Row))),
            new RowColumn("period", Column(i => Period(i.Row))),
            new RowColumn("latest", Column(i => End(i.Row))),
            new RowColumn("size", Column(i => i.Row.Size)),
            new RowColumn("stream", Column(i => i.Row.Stream)),
            new RowColumn("envelope", Column(i => WriteEnvelope(i.Row, i.Message))),
            new RowColumn("content", Column(i => Protector.Write(i.Message.InRow))));
        var sql =
            $"""
            WITH numbered AS (
                SELECT nextval('{Tables.NumberSequence}') AS number, u.* FROM (SELECT * FROM {source.Sql} ORDER BY position) AS u),
            stored AS (
                INSERT INTO {Tables.Email} ({Columns})
                SELECT email_id, number, key, transporter, lane, ordered, priority, {StateCodes.Waiting}, 0, 0, {Database.Now},
                    greatest(due, {Database.Now}), least(greatest(due, {Database.Now}) + period, latest), size,
                    {(Protector.Protects ? 1 : 0)}, envelope, {SearchCodes.Indexed}, stream
                FROM numbered ORDER BY key, email_id
                ON CONFLICT DO NOTHING RETURNING id)
            INSERT INTO {Tables.Message} (email_id, content)
            SELECT stored.id, numbered.content FROM stored JOIN numbered ON numbered.email_id = stored.id RETURNING email_id
            """;
        return (sql, source.Parameters);

        T[] Column<T>(Func<(EmailRow Row, SplitMessage Message), T> value) => Array.ConvertAll(items, i => value(i));
    }
}
