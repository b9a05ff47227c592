using System.Data.Common;

namespace SmtpTransport.Outbox;

/// <summary>
/// The outbox's own tables: the one place that knows what has become of a mail. Every change names the turn and the states that it may change, so
/// that of two workers only one can, however late the other comes. Safe for concurrent callers.
/// </summary>
internal sealed class MailTable(Database database, Protection protection)
{
    private const string Waiting = "0";
    private const string Sending = "1";
    private const string Unknown = "4";

    private readonly Func<DbDataReader, MailRow> _read = MailRow.Reader(protection);

    /// <summary>Stores a mail; where its key is there already, nothing.</summary>
    /// <returns>The id of the mail that is stored now, and whether it is the new one.</returns>
    public async Task<(Guid Id, bool IsNew)> AddAsync(DbTransaction transaction, MailRow row, bool isAhead, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        var connection = transaction.Connection!;
        var (pieces, inRow, beside) = Lay(message);
        var added = await connection.ExecuteAsync(
            """
            INSERT INTO smtp_outbox (id, idempotency_key, transporter, priority, state, turn, is_ahead, is_placed, tries, created_at, due_at, expires_at, size, is_protected, envelope, message)
            VALUES (@id, @key, @transporter, @priority, 0, 0, @ahead, 0, 0, @created, @due, @expires, @size, @protected, @envelope, @message)
            ON CONFLICT (idempotency_key) DO NOTHING
            """,
            cancellationToken, transaction,
            ("id", Ids.Text(row.Id)), ("key", row.Key), ("transporter", row.Transporter), ("priority", (int)row.Priority), ("ahead", isAhead ? 1 : 0),
            ("created", Times.Write(row.CreatedAt)), ("due", Times.Write(row.DueAt!.Value)), ("expires", Times.Write(row.ExpiresAt)), ("size", row.Size),
            ("protected", protection.Protects ? 1 : 0), ("envelope", protection.Write((row.Envelope with { Pieces = pieces }).ToJson())), ("message", protection.Write(inRow)))
            .ConfigureAwait(false);
        if (added == 0)
        {
            var known = await connection.ScalarAsync(
                "SELECT id FROM smtp_outbox WHERE idempotency_key = @key", cancellationToken, transaction, ("key", row.Key)).ConfigureAwait(false);
            return (Ids.Parse((string)known!), false);
        }
        foreach (var (partId, octets) in beside)
        {
            // The time is written even where the part is there: one that is being used is not cleaned up.
            await connection.ExecuteAsync(
                """
                INSERT INTO smtp_outbox_part (id, used_at, octets) VALUES (@part, @now, @octets)
                ON CONFLICT (id) DO UPDATE SET used_at = excluded.used_at
                """,
                cancellationToken, transaction, ("part", partId), ("now", Times.Write(row.CreatedAt)), ("octets", protection.Write(octets.ToArray()))).ConfigureAwait(false);
            await connection.ExecuteAsync(
                "INSERT INTO smtp_outbox_use (mail_id, part_id) VALUES (@id, @part) ON CONFLICT DO NOTHING",
                cancellationToken, transaction, ("id", Ids.Text(row.Id)), ("part", partId)).ConfigureAwait(false);
        }
        return (row.Id, true);
    }

    public async Task<MailRow?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
            return await FindAsync(connection, null, id, cancellationToken).ConfigureAwait(false);
    }

    public async Task<MailRow?> FindAsync(DbConnection connection, DbTransaction? transaction, Guid id, CancellationToken cancellationToken)
    {
        var rows = await connection.ListAsync(
            $"SELECT {MailRow.Columns} FROM smtp_outbox WHERE id = @id", _read, cancellationToken, transaction, ("id", Ids.Text(id))).ConfigureAwait(false);
        return rows.Count == 0 ? null : rows[0];
    }

    public async Task<IReadOnlyList<MailRow>> ListAsync(OutboxState? state, int limit, Guid? before, CancellationToken cancellationToken)
    {
        var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            // The ids ascend with the time at which they were made.
            return await connection.ListAsync(
                $"SELECT {MailRow.Columns} FROM smtp_outbox WHERE (@state < 0 OR state = @state) AND (@before = '' OR id < @before) ORDER BY id DESC LIMIT @limit",
                _read, cancellationToken, null, ("state", state is { } s ? (int)s : -1), ("before", before is { } b ? Ids.Text(b) : ""), ("limit", limit)).ConfigureAwait(false);
        }
    }

    public async Task<IReadOnlyList<OutboxTry>> HistoryAsync(Guid id, CancellationToken cancellationToken)
    {
        var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            return await connection.ListAsync(
                "SELECT at, is_protected, details FROM smtp_outbox_try WHERE mail_id = @id ORDER BY at, number",
                reader =>
                {
                    var details = TryDetails.FromJson(protection.Read(reader.GetFieldValue<byte[]>(2), reader.GetInt32(1) != 0));
                    return new OutboxTry
                    {
                        At = Times.Read(reader.GetInt64(0)),
                        Worker = details.Worker,
                        Outcome = details.Outcome,
                        Status = details.Status,
                        Text = details.Text,
                        Elapsed = TimeSpan.FromMilliseconds(details.Milliseconds),
                    };
                },
                cancellationToken, null, ("id", Ids.Text(id))).ConfigureAwait(false);
        }
    }

    /// <summary>The octets of a mail.</summary>
    public async Task<StoredMail?> ReadAsync(MailRow row, CancellationToken cancellationToken)
    {
        var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            if (await connection.ScalarAsync("SELECT message FROM smtp_outbox WHERE id = @id", cancellationToken, null, ("id", Ids.Text(row.Id))).ConfigureAwait(false) is not byte[] stored)
                return null;
            var inRow = protection.Read(stored, row.IsProtected);
            var message = inRow;
            if (row.Envelope.Pieces is { Count: > 0 } pieces)
            {
                message = new byte[row.Size];
                var (at, from) = (0, 0);
                foreach (var piece in pieces)
                {
                    if (piece.PartId is null)
                    {
                        inRow.AsSpan(from, piece.Length).CopyTo(message.AsSpan(at));
                        from += piece.Length;
                    }
                    else
                    {
                        var part = (byte[]?)await connection.ScalarAsync(
                            "SELECT octets FROM smtp_outbox_part WHERE id = @part", cancellationToken, null, ("part", piece.PartId)).ConfigureAwait(false);
                        protection.Read(part!, row.IsProtected).CopyTo(message.AsSpan(at, piece.Length));
                    }
                    at += piece.Length;
                }
            }
            return new StoredMail(row.Envelope.Sender, [.. row.Envelope.Recipients.Select(r => r.Address)], message)
            {
                MessageId = row.Envelope.MessageId,
                Notify = row.Envelope.Notify,
                EnvelopeId = row.Envelope.EnvelopeId,
            };
        }
    }

    /// <summary>Writes down that a mail may be out from now on. False where another run has it, or it was cancelled.</summary>
    public Task<bool> BeginTransmissionAsync(MailRow row, string worker, DateTimeOffset now, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction => await transaction.Connection!.ExecuteAsync(
            $"UPDATE smtp_outbox SET state = {Sending}, worker = @worker, transmitting_at = @now WHERE id = @id AND turn = @turn AND state = {Waiting}",
            cancellationToken, transaction, ("worker", worker), ("now", Times.Write(now)), ("id", Ids.Text(row.Id)), ("turn", row.Turn)).ConfigureAwait(false) == 1,
        cancellationToken);

    /// <summary>
    /// Writes down what came of a run. Only the run that has begun the transmission may, or one that began none while nobody else did: even after the
    /// mail was parked because the run was believed dead, for it knows better.
    /// </summary>
    public async Task<bool> EndRunAsync(DbTransaction transaction, MailRow row, string worker, Change change, CancellationToken cancellationToken) =>
        await transaction.Connection!.ExecuteAsync(
            $"""
            UPDATE smtp_outbox SET {Change.Assignments}, tries = tries + 1
            WHERE id = @id AND turn = @turn AND (state = {Waiting} OR (worker = @worker AND state IN ({Sending}, {Unknown})))
            """,
            cancellationToken, transaction, [("id", Ids.Text(row.Id)), ("turn", row.Turn), ("worker", worker), .. change.Parameters(protection, row)]).ConfigureAwait(false) == 1;

    /// <summary>Changes a mail that is as it was read; false where it is not any more.</summary>
    public async Task<bool> ChangeAsync(DbTransaction transaction, MailRow row, Change change, CancellationToken cancellationToken) =>
        await transaction.Connection!.ExecuteAsync(
            $"UPDATE smtp_outbox SET {Change.Assignments} WHERE id = @id AND turn = @turn AND state = @was",
            cancellationToken, transaction, [("id", Ids.Text(row.Id)), ("turn", row.Turn), ("was", (int)row.State), .. change.Parameters(protection, row)]).ConfigureAwait(false) == 1;

    public Task AddTryAsync(DbTransaction transaction, MailRow row, DateTimeOffset at, TryDetails details, CancellationToken cancellationToken) =>
        transaction.Connection!.ExecuteAsync(
            "INSERT INTO smtp_outbox_try (mail_id, at, number, is_protected, details) VALUES (@id, @at, @number, @protected, @details)",
            cancellationToken, transaction,
            ("id", Ids.Text(row.Id)), ("at", Times.Write(at)), ("number", row.Tries), ("protected", protection.Protects ? 1 : 0), ("details", protection.Write(details.ToJson())));

    /// <summary>Mails that a condition is true of, the longest due first.</summary>
    public async Task<List<MailRow>> FindAsync(string condition, DateTimeOffset before, int most, CancellationToken cancellationToken)
    {
        var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            return await connection.ListAsync(
                $"SELECT {MailRow.Columns} FROM smtp_outbox o WHERE {condition} ORDER BY due_at LIMIT {most}",
                _read, cancellationToken, null, ("before", Times.Write(before))).ConfigureAwait(false);
        }
    }

    /// <summary>Mails without a place in the engine, which the caller, and nobody else, gives them now.</summary>
    public Task<List<Place>> ClaimAsync(int most, DateTimeOffset now, CancellationToken cancellationToken) => database.InTransactionAsync(
        transaction => transaction.Connection!.ListAsync(
            $"""
            UPDATE smtp_outbox SET is_placed = 1 WHERE id IN (SELECT id FROM smtp_outbox WHERE is_placed = 0 ORDER BY due_at LIMIT {most} {database.SkipLocked})
            RETURNING id, turn, priority, due_at
            """,
            reader =>
            {
                var due = Times.Read(reader.GetInt64(3));
                return new Place(Ids.Parse(reader.GetString(0)), reader.GetInt32(1), (OutboxPriority)reader.GetInt32(2), due, due <= now);
            },
            cancellationToken, transaction),
        cancellationToken);

    private (IReadOnlyList<Piece> Pieces, byte[] InRow, List<(string Id, ReadOnlyMemory<byte> Octets)> Beside) Lay(ReadOnlyMemory<byte> message)
    {
        var cut = Pieces.Cut(message);
        if (cut is [(_, false)])
            return ([], message.ToArray(), []);
        using var inRow = new MemoryStream();
        var pieces = new List<Piece>();
        var beside = new List<(string, ReadOnlyMemory<byte>)>();
        foreach (var (octets, isBeside) in cut)
        {
            var id = isBeside ? Pieces.Id(octets, protection.Protects) : null;
            pieces.Add(new Piece(octets.Length, id));
            if (id is null)
                inRow.Write(octets.Span);
            else
                beside.Add((id, octets));
        }
        return (pieces, inRow.ToArray(), beside);
    }
}

/// <summary>What a mail becomes.</summary>
internal sealed record Change(OutboxState State)
{
    // Who changes it gives it its place, if it gets one.
    public const string Assignments = "state = @state, turn = @next, is_placed = 1, is_ahead = @ahead, due_at = @due, ended_at = @ended, envelope = @envelope, transmitting_at = @transmitting, expires_at = @expires";

    /// <summary>Whether it gets a new place in the engine, for when it is due.</summary>
    public bool IsScheduled => State == OutboxState.Waiting;

    public DateTimeOffset? DueAt { get; init; }

    public bool IsAhead { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The beginning of the window; kept while it is not known how it ended.</summary>
    public DateTimeOffset? TransmittingAt { get; init; }

    /// <summary>When it is given up; null: as before.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    public required MailEnvelope Envelope { get; init; }

    /// <summary>A parked mail keeps its turn: the run that is believed dead may yet say what came of it.</summary>
    public int TurnAfter(MailRow row) => State == OutboxState.Unknown ? row.Turn : row.Turn + 1;

    /// <summary>Its new place in the engine.</summary>
    public Place Place(MailRow row) => new(row.Id, TurnAfter(row), row.Priority, DueAt!.Value, IsAhead);

    // What is in the row must be as its octets are: encrypted or not.
    public (string, object?)[] Parameters(Protection protection, MailRow row) =>
    [
        ("state", (int)State), ("next", TurnAfter(row)), ("ahead", IsAhead ? 1 : 0), ("due", DueAt is { } due ? Times.Write(due) : null),
        ("ended", EndedAt is { } ended ? Times.Write(ended) : null), ("envelope", protection.Write(Envelope.ToJson(), row.IsProtected)),
        ("transmitting", TransmittingAt is { } transmitting ? Times.Write(transmitting) : null),
        ("expires", Times.Write(ExpiresAt ?? row.ExpiresAt)),
    ];
}
