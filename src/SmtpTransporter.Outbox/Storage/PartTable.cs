using System.Data.Common;

namespace SmtpTransport.Outbox;

/// <summary>The stretches of messages that stand beside their mails, each once. Safe for concurrent callers.</summary>
internal sealed class PartTable(PayloadProtector protection)
{
    // One that no mail uses is removed a day after it was last used: an open transaction may be about to use it.
    private static readonly TimeSpan Fresh = TimeSpan.FromHours(12);

    /// <summary>
    /// Stores those of a mail. What is there already is neither sent nor locked, so that transactions which store the same attachment do not wait for each
    /// other; where two store it first, they come in one order.
    /// </summary>
    public async Task AddAsync(DbTransaction transaction, EmailRow row, IReadOnlyList<SharedChunk> parts, CancellationToken cancellationToken)
    {
        var connection = transaction.Connection!;
        foreach (var part in parts.OrderBy(p => p.Id, StringComparer.Ordinal))
        {
            var (now, old) = (UnixTime.Write(row.CreatedAt), UnixTime.Write(row.CreatedAt - Fresh));
            var usedAt = await connection.ScalarAsync("SELECT used_at FROM smtp_outbox_part WHERE id = @part", cancellationToken, transaction, ("part", part.Id)).ConfigureAwait(false);
            var isThere = usedAt is long time && (time >= old
                || await connection.ExecuteAsync("UPDATE smtp_outbox_part SET used_at = @now WHERE id = @part", cancellationToken, transaction, ("now", now), ("part", part.Id)).ConfigureAwait(false) > 0);
            if (!isThere)
            {
                await connection.ExecuteAsync(
                    "INSERT INTO smtp_outbox_part (id, used_at, octets) VALUES (@part, @now, @octets) ON CONFLICT (id) DO NOTHING",
                    cancellationToken, transaction, ("part", part.Id), ("now", now), ("octets", protection.Write(part.Octets.ToArray()))).ConfigureAwait(false);
            }
            await connection.ExecuteAsync(
                "INSERT INTO smtp_outbox_use (mail_id, part_id) VALUES (@id, @part) ON CONFLICT DO NOTHING",
                cancellationToken, transaction, ("id", Ids.Text(row.Id)), ("part", part.Id)).ConfigureAwait(false);
        }
    }

    /// <summary>Puts a message together again.</summary>
    public async Task<byte[]> JoinAsync(DbConnection connection, EmailRow row, byte[] inRow, CancellationToken cancellationToken)
    {
        if (row.Envelope.Pieces.Count == 0)
            return inRow;
        var message = new byte[row.Size];
        var (at, from) = (0, 0);
        foreach (var piece in row.Envelope.Pieces)
        {
            if (piece.PartId is null)
            {
                inRow.AsSpan(from, piece.Length).CopyTo(message.AsSpan(at));
                from += piece.Length;
            }
            else
            {
                var part = await connection.ScalarAsync(
                    "SELECT octets FROM smtp_outbox_part WHERE id = @part", cancellationToken, null, ("part", piece.PartId)).ConfigureAwait(false) as byte[]
                    ?? throw new InvalidDataException("A part of the message is missing in the database.");
                protection.Read(part, row.IsProtected).CopyTo(message.AsSpan(at, piece.Length));
            }
            at += piece.Length;
        }
        return message;
    }
}
