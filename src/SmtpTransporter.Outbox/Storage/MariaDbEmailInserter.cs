using System.Data.Common;
using System.Globalization;
using System.Text;

namespace SmtpTransport.Outbox;

/// <summary>Inserts many rows with one statement, whose size the server limits. Thread-safe.</summary>
internal sealed class MariaDbEmailInserter(Database database, PayloadProtector protector) : EmailInserter(database, protector)
{
    private const int MaxRows = 200;

    // In bytes; at most twice as much in the statement.
    private const long MaxStatement = 1024 * 1024;

    public override async Task<HashSet<Guid>> InsertAsync(
        DbTransaction transaction, IReadOnlyList<(EmailRow Row, SplitMessage Message)> items, CancellationToken cancellationToken)
    {
        var inserted = new HashSet<Guid>();
        for (var start = 0; start < items.Count;)
        {
            var count = 0;
            long size = 0;
            while (start + count < items.Count && count < MaxRows
                && (count == 0 || size + items[start + count].Message.InRow.Length <= MaxStatement))
            {
                size += items[start + count++].Message.InRow.Length;
            }
            inserted.UnionWith(await InsertChunkAsync(transaction, [.. items.Skip(start).Take(count)], cancellationToken)
                .ConfigureAwait(false));
            start += count;
        }
        return inserted;
    }

    /// <summary>
    /// What another transaction has committed meanwhile is found as well, whatever the isolation of the caller. The lock is one of the
    /// entry in the index alone: it keeps no worker from the email.
    /// </summary>
    public override async Task<Guid?> FindAsync(DbTransaction transaction, EmailRow row, CancellationToken cancellationToken)
    {
        var stored = await transaction.Connection!.ListAsync(
            $"SELECT id FROM {Tables.Email} WHERE idempotency_key = @key LOCK IN SHARE MODE",
            reader => Ids.Parse(reader.GetString(0)), cancellationToken, transaction, ("key", row.Key ?? "")).ConfigureAwait(false);
        return stored.Count == 0 ? null : stored[0];
    }

    /// <summary>
    /// The numbers follow the caller's order. The rows are inserted in the order of their keys: otherwise two calls with the same keys
    /// would deadlock. IGNORE locks an email that exists in the index of the keys only; the lengths of all texts are checked before.
    /// </summary>
    private async Task<IReadOnlyCollection<Guid>> InsertChunkAsync(
        DbTransaction transaction, (EmailRow Row, SplitMessage Message)[] items, CancellationToken cancellationToken)
    {
        var connection = transaction.Connection!;
        var first = await connection.ScalarAsync($"SELECT NEXTVAL({Tables.NumberSequence})", cancellationToken, transaction)
            .ConfigureAwait(false);
        var number = Convert.ToInt64(first, CultureInfo.InvariantCulture) * MaxRows;
        var (sql, parameters) = CreateInsert(items, number);
        var ids = items.Select(i => i.Row.Id).ToList();
        var added = await connection.ExecuteAsync(sql, cancellationToken, transaction, parameters).ConfigureAwait(false);
        if (added < items.Length)
        {
            // An earlier try may have stored some.
            var source = Database.List(ids);
            ids = await connection.ListAsync(
                $"SELECT id FROM {Tables.Email} WHERE id IN ({source.Sql})",
                reader => Ids.Parse(reader.GetString(0)), cancellationToken, transaction, source.Parameters).ConfigureAwait(false);
        }
        if (ids.Count == 0)
            return ids;
        var stored = ids.ToHashSet();
        var (messageSql, contents) = CreateMessages([.. items.Where(i => stored.Contains(i.Row.Id))]);
        await connection.ExecuteAsync(messageSql, cancellationToken, transaction, contents).ConfigureAwait(false);
        return stored;
    }

    private (string Sql, (string, object?)[] Parameters) CreateInsert((EmailRow Row, SplitMessage Message)[] items, long number)
    {
        var sql = new StringBuilder($"INSERT IGNORE INTO {Tables.Email} ({Columns}) VALUES");
        var parameters = new List<(string, object?)>();
        var isProtected = Protector.Protects ? 1 : 0;
        foreach (var ((row, message), i) in items.Select((item, i) => (item, i)).OrderBy(p => p.item.Row.Key, StringComparer.Ordinal))
        {
            sql.Append(
                CultureInfo.InvariantCulture,
                $"""
                {(parameters.Count == 0 ? "" : ",")}
                (@id{i}, {number + i}, @key{i}, @transporter{i}, @lane{i}, {(row.IsOrdered ? 1 : 0)}, {(int)row.Priority},
                {StateCodes.Waiting}, 0, 0, {Database.Now}, greatest({Due(row)}, {Database.Now}),
                least(greatest({Due(row)}, {Database.Now}) + {Period(row)}, {End(row)}), {row.Size}, {isProtected}, @envelope{i},
                {SearchCodes.Indexed}, @stream{i})
                """);
            parameters.AddRange(
            [
                ($"id{i}", Ids.Text(row.Id)), ($"key{i}", row.Key), ($"transporter{i}", row.Transporter), ($"lane{i}", row.Lane),
                ($"envelope{i}", WriteEnvelope(row, message)), ($"stream{i}", row.Stream),
            ]);
        }
        return (sql.ToString(), [.. parameters]);
    }

    private (string Sql, (string, object?)[] Parameters) CreateMessages((EmailRow Row, SplitMessage Message)[] items)
    {
        var values = string.Join(", ", items.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $"(@id{i}, @content{i})")));
        return (
            $"INSERT INTO {Tables.Message} (email_id, content) VALUES {values} {Database.UnlessExists("email_id")}",
            [
                .. items.SelectMany((item, i) => new (string, object?)[]
                {
                    ($"id{i}", Ids.Text(item.Row.Id)), ($"content{i}", Protector.Write(item.Message.InRow)),
                }),
            ]);
    }
}
