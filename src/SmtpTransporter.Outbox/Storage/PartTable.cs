using System.Data.Common;

namespace SmtpTransport.Outbox;

/// <summary>The parts of messages that are stored separately and deduplicated, such as attachments. Thread-safe.</summary>
internal sealed class PartTable(Database database, PayloadProtector protector)
{
    /// <summary>How long an unused part is kept: an open transaction may be about to use it.</summary>
    public static readonly TimeSpan UnusedRetention = TimeSpan.FromDays(1);

    private const int RemovalStep = 500;

    // Of PostgreSQL and MariaDB.
    private static readonly string[] ForeignKeyViolations = ["23503", "23000"];

    // Marked as used again well before the clean-up may take it.
    private static readonly TimeSpan RecentUse = TimeSpan.FromHours(12);

    /// <summary>
    /// Stores the parts of an email. A part that exists is not transferred, and only kept from being removed, so that transactions which
    /// store the same attachment do not wait for each other; two that store it first come in one order.
    /// </summary>
    public async Task AddAsync(
        DbTransaction transaction, EmailRow row, IReadOnlyList<SharedChunk> chunks, CancellationToken cancellationToken)
    {
        foreach (var chunk in chunks.OrderBy(p => p.Id, StringComparer.Ordinal))
        {
            if (!await ExistsAsync(transaction, chunk.Id, row.CreatedAt, cancellationToken).ConfigureAwait(false))
            {
                await transaction.Connection!.ExecuteAsync(
                    $"INSERT INTO {database.Tables.Part} (id, used_at, content) VALUES (@part, @now, @content) "
                        + database.UnlessExists("id"),
                    cancellationToken, transaction,
                    ("part", chunk.Id), ("now", UnixTime.Write(row.CreatedAt)), ("content", protector.Write(chunk.Content.ToArray())))
                    .ConfigureAwait(false);
            }
            await transaction.Connection!.ExecuteAsync(
                $"INSERT INTO {database.Tables.PartUse} (email_id, part_id) VALUES (@id, @part) "
                    + database.UnlessExists("part_id"),
                cancellationToken, transaction, ("id", Ids.Text(row.Id)), ("part", chunk.Id)).ConfigureAwait(false);
        }
    }

    /// <summary>Assembles the message from its row and its parts.</summary>
    /// <exception cref="InvalidDataException">A part is missing in the database.</exception>
    public async Task<byte[]> JoinAsync(DbConnection connection, EmailRow row, byte[] inRow, CancellationToken cancellationToken)
    {
        if (row.Envelope.Segments.Count == 0)
            return inRow;
        var message = new byte[row.Size];
        var (target, source) = (0, 0);
        foreach (var segment in row.Envelope.Segments)
        {
            if (segment.PartId is null)
            {
                inRow.AsSpan(source, segment.Length).CopyTo(message.AsSpan(target));
                source += segment.Length;
            }
            else
            {
                var part = await connection.ScalarAsync(
                    $"SELECT content FROM {database.Tables.Part} WHERE id = @part", cancellationToken, null, ("part", segment.PartId))
                    .ConfigureAwait(false) as byte[]
                    ?? throw new InvalidDataException("A part of the message is missing in the database.");
                protector.Read(part, row.IsProtected).CopyTo(message.AsSpan(target, segment.Length));
            }
            target += segment.Length;
        }
        return message;
    }

    /// <summary>Removes the uses of emails.</summary>
    /// <returns>The parts that they used.</returns>
    public async Task<List<string>> DetachAsync(DbTransaction transaction, IEnumerable<Guid> ids, CancellationToken cancellationToken)
    {
        var source = database.List(ids);
        var used = await transaction.Connection!.ListAsync(
            $"SELECT DISTINCT part_id FROM {database.Tables.PartUse} WHERE email_id IN ({source.Sql})", reader => reader.GetString(0),
            cancellationToken, transaction, source.Parameters).ConfigureAwait(false);
        await transaction.Connection!.ExecuteAsync(
            $"DELETE FROM {database.Tables.PartUse} WHERE email_id IN ({source.Sql})", cancellationToken, transaction, source.Parameters)
            .ConfigureAwait(false);
        return used;
    }

    /// <summary>Removes parts at once, except those that an email uses.</summary>
    public async Task RemoveIfUnusedAsync(IEnumerable<string> ids, CancellationToken cancellationToken)
    {
        foreach (var id in ids)
        {
            await RemoveAsync(
                $"id = @part AND NOT EXISTS (SELECT 1 FROM {database.Tables.PartUse} WHERE part_id = @part)", cancellationToken,
                ("part", id)).ConfigureAwait(false);
        }
    }

    private async Task RemoveAsync(
        string condition, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters)
    {
        try
        {
            await database.ExecuteAsync(
                $"DELETE FROM {database.Tables.Part} WHERE {condition}", cancellationToken, parameters).ConfigureAwait(false);
        }
        catch (DbException exception) when (ForeignKeyViolations.Contains(exception.SqlState))
        {
            // An email that was just stored uses it.
        }
    }

    /// <summary>Removes parts that no email uses and none has used lately, in small steps.</summary>
    public async Task RemoveUnusedAsync(DateTimeOffset usedBefore, CancellationToken cancellationToken)
    {
        var unused =
            $"""
            used_at < @before AND NOT EXISTS (
                SELECT 1 FROM {database.Tables.PartUse} u WHERE u.part_id = {database.Tables.Name("part")}.id)
            """;
        (string, object?) before = ("before", UnixTime.Write(usedBefore));
        var start = "";
        while (true)
        {
            var ids = await database.ListAsync(
                $"SELECT id FROM {database.Tables.Part} WHERE id > @start AND {unused} ORDER BY id LIMIT {RemovalStep}",
                reader => reader.GetString(0), cancellationToken, ("start", start), before).ConfigureAwait(false);
            if (ids.Count == 0)
                return;
            // One by one: no other part, which a transaction may be about to use, is locked.
            foreach (var id in ids)
                await RemoveAsync($"id = @part AND {unused}", cancellationToken, ("part", id), before).ConfigureAwait(false);
            start = ids[^1];
        }
    }

    private async Task<bool> ExistsAsync(
        DbTransaction transaction, string id, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var connection = transaction.Connection!;
        var usedAt = await connection.ScalarAsync(
            $"SELECT used_at FROM {database.Tables.Part} WHERE id = @part {database.KeepFromDelete}", cancellationToken, transaction,
            ("part", id)).ConfigureAwait(false);
        if (usedAt is not long time)
            return false;
        return time >= UnixTime.Write(now - RecentUse) || await connection.ExecuteAsync(
            $"UPDATE {database.Tables.Part} SET used_at = @now WHERE id = @part",
            cancellationToken, transaction, ("part", id), ("now", UnixTime.Write(now))).ConfigureAwait(false) > 0;
    }
}
