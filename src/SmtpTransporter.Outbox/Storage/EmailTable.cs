using System.Data.Common;

namespace SmtpTransport.Outbox;

/// <summary>
/// The tables of the emails and their attempts: they alone decide in which state an email is. Every change names the generation and the
/// states that it may change, so that only one of two workers succeeds, however late the other one is. Thread-safe.
/// </summary>
internal sealed class EmailTable(Database database, PayloadProtector protector)
{
    private readonly Func<DbDataReader, EmailRow> _readRow = EmailRow.CreateReader(protector);

    /// <summary>Stores an email, unless its idempotency key exists.</summary>
    /// <returns>The id of the email that is stored now, and whether it is the new one.</returns>
    public async Task<(Guid Id, bool IsNew)> AddAsync(
        DbTransaction transaction, EmailRow row, SplitMessage message, CancellationToken cancellationToken)
    {
        var connection = transaction.Connection!;
        var envelope = protector.Write((row.Envelope with { Segments = message.Segments }).ToJson());
        while (true)
        {
            var added = await connection.ExecuteAsync(
                $"""
                INSERT INTO smtp_outbox (
                    id, idempotency_key, transporter, priority, state, generation, attempts,
                    created_at, due_at, expires_at, size, is_protected, envelope, message)
                VALUES (
                    @id, @key, @transporter, @priority, {StateCodes.Waiting}, 0, 0,
                    @created, @due, @expires, @size, @protected, @envelope, @message)
                ON CONFLICT (idempotency_key) DO NOTHING
                """,
                cancellationToken, transaction,
                ("id", Ids.Text(row.Id)), ("key", row.Key), ("transporter", row.Transporter), ("priority", (int)row.Priority),
                ("created", UnixTime.Write(row.CreatedAt)), ("due", UnixTime.Write(row.DueAt!.Value)),
                ("expires", UnixTime.Write(row.ExpiresAt)), ("size", row.Size), ("protected", protector.Protects ? 1 : 0),
                ("envelope", envelope), ("message", protector.Write(message.InRow))).ConfigureAwait(false);
            if (added > 0)
                return (row.Id, true);
            var existing = await connection.ScalarAsync(
                "SELECT id FROM smtp_outbox WHERE idempotency_key = @key", cancellationToken, transaction, ("key", row.Key))
                .ConfigureAwait(false);
            if (existing is string id)
                return (Ids.Parse(id), false);
            // Between the two statements it was removed after its retention period.
        }
    }

    public async Task<EmailRow?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        var rows = await database.ListAsync(
            $"SELECT {EmailRow.Columns} FROM smtp_outbox WHERE id = @id", _readRow, cancellationToken, ("id", Ids.Text(id)))
            .ConfigureAwait(false);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>Lists the newest first: the ids ascend with the time at which they were made.</summary>
    public Task<List<EmailRow>> ListAsync(OutboxState? state, int limit, Guid? before, CancellationToken cancellationToken) =>
        database.ListAsync(
            $"""
            SELECT {EmailRow.Columns} FROM smtp_outbox WHERE {(state is null ? "" : "state = @state AND ")}(@before = '' OR id < @before)
            ORDER BY id DESC LIMIT @limit
            """,
            _readRow, cancellationToken,
            ("state", state is { } s ? (int)s : -1), ("before", before is { } b ? Ids.Text(b) : ""), ("limit", limit));

    /// <summary>Lists transmissions that started before a time and whose run no longer exists, longest due first.</summary>
    public Task<List<EmailRow>> ListAbandonedAsync(DateTimeOffset startedBefore, int limit, CancellationToken cancellationToken) =>
        database.ListAsync(
            $"""
            SELECT {EmailRow.Columns} FROM smtp_outbox o
            WHERE state = {StateCodes.Sending} AND transmitting_at < @before AND {QuartzTables.HasNoTrigger} ORDER BY due_at LIMIT {limit}
            """,
            _readRow, cancellationToken, ("before", UnixTime.Write(startedBefore)));

    public Task<List<OutboxAttempt>> ListAttemptsAsync(Guid id, CancellationToken cancellationToken) => database.ListAsync(
        "SELECT at, is_protected, details FROM smtp_outbox_attempt WHERE email_id = @id ORDER BY at, number",
        reader =>
        {
            var json = protector.TryRead(reader.GetFieldValue<byte[]>(2), reader.GetInt32(1) != 0);
            var details = json is null ? AttemptDetails.Unreadable : AttemptDetails.FromJson(json);
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
        cancellationToken, ("id", Ids.Text(id)));

    /// <summary>Reads the part of the message that is stored in the row; null if the email does not exist any more.</summary>
    public async Task<byte[]?> ReadMessageAsync(DbConnection connection, EmailRow row, CancellationToken cancellationToken)
    {
        var stored = await connection.ScalarAsync(
            "SELECT message FROM smtp_outbox WHERE id = @id", cancellationToken, null, ("id", Ids.Text(row.Id))).ConfigureAwait(false);
        return stored is byte[] content ? protector.Read(content, row.IsProtected) : null;
    }

    /// <summary>Records that the message may be transmitted from now on.</summary>
    /// <returns>False if another run has the email, or it was canceled.</returns>
    public async Task<bool> BeginTransmissionAsync(EmailRow row, string worker, DateTimeOffset now, CancellationToken cancellationToken) =>
        await database.ExecuteAsync(
            $"""
            UPDATE smtp_outbox SET state = {StateCodes.Sending}, worker = @worker, transmitting_at = @now
            WHERE id = @id AND generation = @generation AND state = {StateCodes.Waiting}
            """,
            cancellationToken,
            ("worker", worker), ("now", UnixTime.Write(now)), ("id", Ids.Text(row.Id)), ("generation", row.Generation))
            .ConfigureAwait(false) == 1;

    /// <summary>
    /// Records the outcome of a run. Only the run that started the transmission may do so, or one that started none while no other run did.
    /// This holds even if the email was parked because the run appeared to be dead: the run knows better.
    /// </summary>
    /// <returns>False if another run has the email, or it was canceled.</returns>
    public async Task<bool> EndRunAsync(
        DbTransaction transaction, EmailRow row, string worker, StateTransition transition, CancellationToken cancellationToken) =>
        await transaction.Connection!.ExecuteAsync(
            $"""
            UPDATE smtp_outbox SET {StateTransition.Assignments} WHERE id = @id AND generation = @generation
                AND (state = {StateCodes.Waiting} OR (worker = @worker AND state IN ({StateCodes.Sending}, {StateCodes.Unknown})))
            """,
            cancellationToken, transaction,
            [("id", Ids.Text(row.Id)), ("generation", row.Generation), ("worker", worker), .. transition.Parameters(protector, row)])
            .ConfigureAwait(false) == 1;

    /// <summary>Changes an email that is still in the state in which it was read.</summary>
    /// <returns>False if it is in another state or generation.</returns>
    public async Task<bool> ChangeAsync(
        DbTransaction transaction, EmailRow row, StateTransition transition, CancellationToken cancellationToken) =>
        await transaction.Connection!.ExecuteAsync(
            $"UPDATE smtp_outbox SET {StateTransition.Assignments} WHERE id = @id AND generation = @generation AND state = @expected",
            cancellationToken, transaction,
            [
                ("id", Ids.Text(row.Id)), ("generation", row.Generation), ("expected", (int)row.State),
                .. transition.Parameters(protector, row),
            ]).ConfigureAwait(false) == 1;

    public Task AddAttemptAsync(
        DbTransaction transaction, EmailRow row, DateTimeOffset at, AttemptDetails details, CancellationToken cancellationToken) =>
        transaction.Connection!.ExecuteAsync(
            """
            INSERT INTO smtp_outbox_attempt (email_id, at, number, is_protected, details) VALUES (@id, @at, @number, @protected, @details)
            """,
            cancellationToken, transaction,
            ("id", Ids.Text(row.Id)), ("at", UnixTime.Write(at)), ("number", row.Attempts),
            ("protected", protector.Protects ? 1 : 0), ("details", protector.Write(details.ToJson())));

    /// <summary>Removes emails in a final state that ended before a time; a few at a time, so that others are not blocked.</summary>
    /// <returns>How many were removed.</returns>
    public Task<int> RemoveEndedAsync(DateTimeOffset endedBefore, DateTimeOffset deadLetteredBefore, CancellationToken cancellationToken) =>
        database.ExecuteAsync(
            $"""
            DELETE FROM smtp_outbox WHERE id IN (
                SELECT id FROM smtp_outbox
                WHERE (state IN ({StateCodes.Sent}, {StateCodes.Canceled}, {StateCodes.Discarded}) AND ended_at < @ended)
                    OR (state = {StateCodes.DeadLettered} AND ended_at < @dead) LIMIT 500)
            """,
            cancellationToken, ("ended", UnixTime.Write(endedBefore)), ("dead", UnixTime.Write(deadLetteredBefore)));
}
