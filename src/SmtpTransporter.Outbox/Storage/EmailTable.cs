using System.Data.Common;

namespace SmtpTransport.Outbox;

/// <summary>
/// The outbox's own tables: the one place that knows what has become of a mail. Every change names the turn and the states that it may change, so
/// that of two workers only one can, however late the other comes. Safe for concurrent callers.
/// </summary>
internal sealed class EmailTable(Database database, PartTable parts, PayloadProtector protection)
{
    private const string Waiting = "0";
    private const string Sending = "1";
    private const string Unknown = "4";

    private readonly Func<DbDataReader, EmailRow> _read = EmailRow.Reader(protection);

    /// <summary>Stores a mail; where its key is there already, nothing.</summary>
    /// <returns>The id of the mail that is stored now, and whether it is the new one.</returns>
    public async Task<(Guid Id, bool IsNew)> AddAsync(DbTransaction transaction, EmailRow row, SplitMessage message, CancellationToken cancellationToken)
    {
        var connection = transaction.Connection!;
        var envelope = protection.Write((row.Envelope with { Pieces = message.Pieces }).ToJson());
        while (true)
        {
            var added = await connection.ExecuteAsync(
                """
                INSERT INTO smtp_outbox (id, idempotency_key, transporter, priority, state, turn, tries, created_at, due_at, expires_at, size, is_protected, envelope, message)
                VALUES (@id, @key, @transporter, @priority, 0, 0, 0, @created, @due, @expires, @size, @protected, @envelope, @message)
                ON CONFLICT (idempotency_key) DO NOTHING
                """,
                cancellationToken, transaction,
                ("id", Ids.Text(row.Id)), ("key", row.Key), ("transporter", row.Transporter), ("priority", (int)row.Priority),
                ("created", UnixTime.Write(row.CreatedAt)), ("due", UnixTime.Write(row.DueAt!.Value)), ("expires", UnixTime.Write(row.ExpiresAt)), ("size", row.Size),
                ("protected", protection.Protects ? 1 : 0), ("envelope", envelope), ("message", protection.Write(message.InRow)))
                .ConfigureAwait(false);
            if (added > 0)
                break;
            var known = await connection.ScalarAsync(
                "SELECT id FROM smtp_outbox WHERE idempotency_key = @key", cancellationToken, transaction, ("key", row.Key)).ConfigureAwait(false);
            if (known is string id)
                return (Ids.Parse(id), false);
            // It was removed after its time between the two statements.
        }
        await parts.AddAsync(transaction, row, message.Beside, cancellationToken).ConfigureAwait(false);
        return (row.Id, true);
    }

    public async Task<EmailRow?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
            return await FindAsync(connection, null, id, cancellationToken).ConfigureAwait(false);
    }

    public async Task<EmailRow?> FindAsync(DbConnection connection, DbTransaction? transaction, Guid id, CancellationToken cancellationToken)
    {
        var rows = await connection.ListAsync(
            $"SELECT {EmailRow.Columns} FROM smtp_outbox WHERE id = @id", _read, cancellationToken, transaction, ("id", Ids.Text(id))).ConfigureAwait(false);
        return rows.Count == 0 ? null : rows[0];
    }

    public async Task<IReadOnlyList<EmailRow>> ListAsync(OutboxState? state, int limit, Guid? before, CancellationToken cancellationToken)
    {
        var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            // The ids ascend with the time at which they were made.
            return await connection.ListAsync(
                $"SELECT {EmailRow.Columns} FROM smtp_outbox WHERE {(state is null ? "" : "state = @state AND ")}(@before = '' OR id < @before) ORDER BY id DESC LIMIT @limit",
                _read, cancellationToken, null, ("state", state is { } s ? (int)s : -1), ("before", before is { } b ? Ids.Text(b) : ""), ("limit", limit)).ConfigureAwait(false);
        }
    }

    public async Task<IReadOnlyList<OutboxAttempt>> HistoryAsync(Guid id, CancellationToken cancellationToken)
    {
        var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            return await connection.ListAsync(
                "SELECT at, is_protected, details FROM smtp_outbox_try WHERE mail_id = @id ORDER BY at, number",
                reader =>
                {
                    var details = protection.TryRead(reader.GetFieldValue<byte[]>(2), reader.GetInt32(1) != 0) is { } json ? TryDetails.FromJson(json) : TryDetails.Unreadable;
                    return new OutboxAttempt
                    {
                        At = UnixTime.Read(reader.GetInt64(0)),
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
    public async Task<StoredMessage?> ReadAsync(EmailRow row, CancellationToken cancellationToken)
    {
        var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            if (await connection.ScalarAsync("SELECT message FROM smtp_outbox WHERE id = @id", cancellationToken, null, ("id", Ids.Text(row.Id))).ConfigureAwait(false) is not byte[] stored)
                return null;
            var message = await parts.JoinAsync(connection, row, protection.Read(stored, row.IsProtected), cancellationToken).ConfigureAwait(false);
            return new StoredMessage(row.Envelope.Sender, [.. row.Envelope.Recipients.Select(r => r.Address)], message)
            {
                MessageId = row.Envelope.MessageId,
                Notify = row.Envelope.Notify,
                EnvelopeId = row.Envelope.EnvelopeId,
            };
        }
    }

    /// <summary>Writes down that a mail may be out from now on. False where another run has it, or it was cancelled.</summary>
    public Task<bool> BeginTransmissionAsync(EmailRow row, string worker, DateTimeOffset now, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction => await transaction.Connection!.ExecuteAsync(
            $"UPDATE smtp_outbox SET state = {Sending}, worker = @worker, transmitting_at = @now WHERE id = @id AND turn = @turn AND state = {Waiting}",
            cancellationToken, transaction, ("worker", worker), ("now", UnixTime.Write(now)), ("id", Ids.Text(row.Id)), ("turn", row.Turn)).ConfigureAwait(false) == 1,
        cancellationToken);

    /// <summary>
    /// Writes down what came of a run. Only the run that has begun the transmission may, or one that began none while nobody else did: even after the
    /// mail was parked because the run was believed dead, for it knows better.
    /// </summary>
    public async Task<bool> EndRunAsync(DbTransaction transaction, EmailRow row, string worker, StateTransition change, CancellationToken cancellationToken) =>
        await transaction.Connection!.ExecuteAsync(
            $"""
            UPDATE smtp_outbox SET {StateTransition.Assignments}
            WHERE id = @id AND turn = @turn AND (state = {Waiting} OR (worker = @worker AND state IN ({Sending}, {Unknown})))
            """,
            cancellationToken, transaction, [("id", Ids.Text(row.Id)), ("turn", row.Turn), ("worker", worker), .. change.Parameters(protection, row)]).ConfigureAwait(false) == 1;

    /// <summary>Changes a mail that is as it was read; false where it is not any more.</summary>
    public async Task<bool> ChangeAsync(DbTransaction transaction, EmailRow row, StateTransition change, CancellationToken cancellationToken) =>
        await transaction.Connection!.ExecuteAsync(
            $"UPDATE smtp_outbox SET {StateTransition.Assignments} WHERE id = @id AND turn = @turn AND state = @was",
            cancellationToken, transaction, [("id", Ids.Text(row.Id)), ("turn", row.Turn), ("was", (int)row.State), .. change.Parameters(protection, row)]).ConfigureAwait(false) == 1;

    public Task AddTryAsync(DbTransaction transaction, EmailRow row, DateTimeOffset at, TryDetails details, CancellationToken cancellationToken) =>
        transaction.Connection!.ExecuteAsync(
            "INSERT INTO smtp_outbox_try (mail_id, at, number, is_protected, details) VALUES (@id, @at, @number, @protected, @details)",
            cancellationToken, transaction,
            ("id", Ids.Text(row.Id)), ("at", UnixTime.Write(at)), ("number", row.Tries), ("protected", protection.Protects ? 1 : 0), ("details", protection.Write(details.ToJson())));

    /// <summary>Mails that a condition is true of, the longest due first.</summary>
    public async Task<List<EmailRow>> FindAsync(string condition, DateTimeOffset before, int most, CancellationToken cancellationToken)
    {
        var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            return await connection.ListAsync(
                $"SELECT {EmailRow.Columns} FROM smtp_outbox o WHERE {condition} ORDER BY due_at LIMIT {most}",
                _read, cancellationToken, null, ("before", UnixTime.Write(before))).ConfigureAwait(false);
        }
    }
}
