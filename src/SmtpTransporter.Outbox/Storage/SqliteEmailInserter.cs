using System.Data.Common;

namespace SmtpTransport.Outbox;

/// <summary>Inserts one row after the other: within the process a statement costs little. Thread-safe.</summary>
internal sealed class SqliteEmailInserter(Database database, PayloadProtector protector) : EmailInserter(database, protector)
{
    public override async Task<HashSet<Guid>> InsertAsync(
        DbTransaction transaction, IReadOnlyList<(EmailRow Row, SplitMessage Message)> items, CancellationToken cancellationToken)
    {
        var inserted = new HashSet<Guid>();
        foreach (var (row, message) in items)
        {
            var added = await transaction.Connection!.ExecuteAsync(
                $"""
                INSERT INTO {Tables.Email} ({Columns}) VALUES (
                    @id, (SELECT coalesce(max(number), 0) + 1 FROM {Tables.Email}), @key, @transporter, @lane, @ordered, @priority,
                    {StateCodes.Waiting}, 0, 0, @now, max(@due, @now), min(max(@due, @now) + @period, @latest), @size, @protected,
                    @envelope, {SearchCodes.Indexed}, @stream)
                ON CONFLICT DO NOTHING
                """,
                cancellationToken, transaction,
                ("id", Ids.Text(row.Id)), ("key", row.Key), ("transporter", row.Transporter), ("lane", row.Lane),
                ("ordered", row.IsOrdered ? 1 : 0), ("priority", (int)row.Priority), ("due", Due(row)), ("period", Period(row)),
                ("latest", End(row)), ("size", row.Size), ("protected", Protector.Protects ? 1 : 0),
                ("envelope", WriteEnvelope(row, message)), ("stream", row.Stream),
                Database.NowParameter).ConfigureAwait(false);
            if (added == 0)
                continue;
            await transaction.Connection!.ExecuteAsync(
                $"INSERT INTO {Tables.Message} (email_id, content) VALUES (@id, @content)", cancellationToken, transaction,
                ("id", Ids.Text(row.Id)), ("content", Protector.Write(message.InRow))).ConfigureAwait(false);
            inserted.Add(row.Id);
        }
        return inserted;
    }
}
