using System.Data.Common;

namespace SmtpTransport.Outbox;

/// <summary>
/// The tables of the emails, their messages and their attempts, as an application and a person use them: store, read, decide, remove.
/// Every change names the generation and the state that it may change. Thread-safe.
/// </summary>
internal sealed class EmailTable(Database database, EmailInserter inserter, TermTable terms, PayloadProtector protector)
{
    private readonly Func<DbDataReader, EmailRow> _readRow = EmailRow.CreateReader(protector);

    private TableNames Tables => database.Tables;

    /// <summary>Stores emails, except those whose idempotency key exists, or which were stored by an earlier try.</summary>
    /// <returns>For each the id of the email that is stored now, and whether it is the new one.</returns>
    public async Task<(Guid Id, bool IsNew)[]> AddAsync(
        DbTransaction transaction, IReadOnlyList<(EmailRow Row, SplitMessage Message)> items, CancellationToken cancellationToken)
    {
        var results = new (Guid Id, bool IsNew)[items.Count];
        List<int> open = [.. Enumerable.Range(0, items.Count)];
        while (open.Count > 0)
        {
            var inserted = await inserter.InsertAsync(
                transaction, [.. open.Select(i => items[i])], cancellationToken).ConfigureAwait(false);
            List<int> added = [.. open.Where(i => inserted.Contains(items[i].Row.Id))];
            foreach (var i in added)
                results[i] = (items[i].Row.Id, true);
            await terms.AddAsync(transaction, [.. added.Select(i => (items[i].Row, items[i].Row.Envelope))], cancellationToken)
                .ConfigureAwait(false);
            open.RemoveAll(i => inserted.Contains(items[i].Row.Id));
            foreach (var i in open.ToList())
            {
                var row = items[i].Row;
                if (await inserter.FindAsync(transaction, row, cancellationToken).ConfigureAwait(false) is not { } id)
                    // Between the two statements it was removed after its retention period.
                    continue;
                results[i] = (id, id == row.Id);
                open.Remove(i);
            }
        }
        return results;
    }

    public async Task<EmailRow?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        var rows = await database.ListAsync(
            $"SELECT {EmailRow.Columns} FROM {Tables.Email} WHERE id = @id", _readRow, cancellationToken, ("id", Ids.Text(id)))
            .ConfigureAwait(false);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>The rows of a query of <see cref="EmailRow.Columns"/>.</summary>
    public Task<List<EmailRow>> ListAsync(string sql, (string, object?)[] parameters, CancellationToken cancellationToken) =>
        database.ListAsync(sql, _readRow, cancellationToken, parameters);

    /// <summary>The histories of some emails; an email without one has no entry.</summary>
    public async Task<ILookup<Guid, OutboxAttempt>> ListAttemptsAsync(IEnumerable<Guid> ids, CancellationToken cancellationToken)
    {
        var source = database.List(ids);
        var attempts = await database.ListAsync(
            $"""
            SELECT email_id, at, is_protected, details FROM {Tables.Attempt} WHERE email_id IN ({source.Sql})
            ORDER BY email_id, at, number
            """,
            reader => (Email: Ids.Parse(reader.GetString(0)), Attempt: ReadAttempt(reader)), cancellationToken, source.Parameters)
            .ConfigureAwait(false);
        return attempts.ToLookup(a => a.Email, a => a.Attempt);
    }

    /// <summary>The history of an email as a transaction sees it that has locked its row.</summary>
    public Task<List<AttemptDetails>> ListDetailsAsync(DbTransaction transaction, Guid id, CancellationToken cancellationToken) =>
        transaction.Connection!.ListAsync(
            $"SELECT email_id, at, is_protected, details FROM {Tables.Attempt} WHERE email_id = @id ORDER BY at, number",
            ReadDetails, cancellationToken, transaction, ("id", Ids.Text(id)));

    private OutboxAttempt ReadAttempt(DbDataReader reader) => ReadDetails(reader).ToAttempt(UnixTime.Read(reader.GetInt64(1)));

    private AttemptDetails ReadDetails(DbDataReader reader)
    {
        var json = protector.TryRead(reader.GetFieldValue<byte[]>(3), reader.GetInt32(2) != 0);
        return json is null ? AttemptDetails.Unreadable : AttemptDetails.FromJson(json);
    }

    /// <summary>Decrypts the part of the message that is stored in the row.</summary>
    public byte[] Read(EmailRow row, byte[] inRow) => protector.Read(inRow, row.IsProtected);

    /// <summary>Reads the part of the message that is stored in the row; null if the email does not exist any more.</summary>
    public async Task<byte[]?> ReadMessageAsync(DbConnection connection, EmailRow row, CancellationToken cancellationToken)
    {
        var stored = await connection.ScalarAsync(
            $"SELECT content FROM {Tables.Message} WHERE email_id = @id", cancellationToken, null,
            ("id", Ids.Text(row.Id))).ConfigureAwait(false);
        return stored is byte[] content ? protector.Read(content, row.IsProtected) : null;
    }

    /// <summary>Keeps the rows of emails until the transaction ends, in the order of their ids, in which others take them too.</summary>
    public async Task LockAsync(DbTransaction transaction, IEnumerable<Guid> ids, CancellationToken cancellationToken)
    {
        // Without it, the transaction has all rows.
        if (database.LockById.Length == 0)
            return;
        var (sql, parameters) = database.LockEmails(ids);
        await transaction.Connection!.ListAsync(sql, reader => reader.GetString(0), cancellationToken, transaction, parameters)
            .ConfigureAwait(false);
    }

    /// <summary>Removes what is in an email that has ended, and everything by which it is found.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="row">The email as it was read.</param>
    /// <param name="key">What is left of its idempotency key; null for nothing.</param>
    /// <param name="details">The only entry of its history.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>False if it has changed since it was read.</returns>
    public async Task<bool> EraseAsync(
        DbTransaction transaction, EmailRow row, string? key, AttemptDetails details, CancellationToken cancellationToken)
    {
        var connection = transaction.Connection!;
        var changed = await connection.ExecuteAsync(
            $"""
            UPDATE {Tables.Email} SET envelope = @envelope, is_protected = 0, idempotency_key = @key, search = {SearchCodes.Erased},
                generation = generation + 1
            WHERE id = @id AND generation = @generation AND state IN ({StateCodes.Final})
            """,
            cancellationToken, transaction,
            ("envelope", StoredEnvelope.Erased.ToJson()), ("key", key), ("id", Ids.Text(row.Id)), ("generation", row.Generation))
            .ConfigureAwait(false);
        if (changed == 0)
            return false;
        foreach (var table in new[] { Tables.Message, Tables.Attempt, Tables.Term })
        {
            await connection.ExecuteAsync(
                $"DELETE FROM {table} WHERE email_id = @id", cancellationToken, transaction, ("id", Ids.Text(row.Id)))
                .ConfigureAwait(false);
        }
        await AddAttemptAsync(transaction, row, details, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Whether the content of an email was erased.</summary>
    public async Task<bool> IsErasedAsync(DbTransaction transaction, Guid id, CancellationToken cancellationToken) =>
        await transaction.Connection!.ScalarAsync(
            $"SELECT id FROM {Tables.Email} WHERE id = @id AND search = {SearchCodes.Erased}", cancellationToken, transaction,
            ("id", Ids.Text(id))).ConfigureAwait(false) is not null;

    /// <summary>Those of some emails whose rows another transaction holds.</summary>
    public async Task<HashSet<Guid>> ListLockedAsync(
        DbConnection connection, IEnumerable<Guid> ids, CancellationToken cancellationToken)
    {
        var source = database.List(ids);
        var sql = $"SELECT id FROM {Tables.Email} WHERE id IN ({source.Sql})";
        var free = await ListAsync($"{sql} {database.SkipLocked}").ConfigureAwait(false);
        return [.. (await ListAsync(sql).ConfigureAwait(false)).Except(free)];

        Task<List<Guid>> ListAsync(string query) => connection.ListAsync(
            query, reader => Ids.Parse(reader.GetString(0)), cancellationToken, null, source.Parameters);
    }

    /// <summary>Whether the history of an email has a certain entry.</summary>
    public async Task<bool> HasAttemptAsync(
        DbConnection connection, DbTransaction? transaction, EmailRow row, AttemptDetails details, CancellationToken cancellationToken)
    {
        var expected = details.ToJson();
        var stored = await connection.ListAsync(
            $"SELECT is_protected, details FROM {Tables.Attempt} WHERE email_id = @id AND number = @number",
            reader => protector.TryRead(reader.GetFieldValue<byte[]>(1), reader.GetInt32(0) != 0),
            cancellationToken, transaction, ("id", Ids.Text(row.Id)), ("number", row.Attempts)).ConfigureAwait(false);
        return stored.Exists(json => json is not null && json.AsSpan().SequenceEqual(expected));
    }

    public Task AddAttemptAsync(DbTransaction transaction, EmailRow row, AttemptDetails details, CancellationToken cancellationToken) =>
        transaction.Connection!.ExecuteAsync(
            $"""
            INSERT INTO {Tables.Attempt} (email_id, at, number, is_protected, details)
            SELECT id, {database.Now}, @number, @protected, @details FROM {Tables.Email} WHERE id = @id
            """,
            cancellationToken, transaction,
            ("id", Ids.Text(row.Id)), ("number", row.Attempts), ("protected", protector.Protects ? 1 : 0),
            ("details", protector.Write(details.ToJson())), database.NowParameter);

    /// <summary>
    /// Claims a parked email about which the application must decide; other workers may claim it again after the given time.
    /// </summary>
    public Task<EmailRow?> ClaimUndecidedAsync(TimeSpan askAgainAfter, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async transaction =>
            {
                var connection = transaction.Connection!;
                var rows = await connection.ListAsync(
                    $"""
                    SELECT {EmailRow.Columns} FROM {Tables.Email} WHERE state = {StateCodes.Unknown} AND ask_at <= {database.Now}
                    ORDER BY ask_at LIMIT 1 {database.SkipLocked}
                    """,
                    _readRow, cancellationToken, transaction, database.NowParameter).ConfigureAwait(false);
                if (rows.Count == 0)
                    return null;
                await connection.ExecuteAsync(
                    $"UPDATE {Tables.Email} SET ask_at = {database.Now} + @again WHERE id = @id", cancellationToken, transaction,
                    ("again", (long)askAgainAfter.TotalMilliseconds), ("id", Ids.Text(rows[0].Id)), database.NowParameter)
                    .ConfigureAwait(false);
                return rows[0];
            },
            cancellationToken);

    /// <summary>Records the decision that an email stays parked.</summary>
    public Task KeepParkedAsync(EmailRow row, CancellationToken cancellationToken) => database.ExecuteAsync(
        $"UPDATE {Tables.Email} SET ask_at = NULL WHERE id = @id AND generation = @generation AND state = {StateCodes.Unknown}",
        cancellationToken, ("id", Ids.Text(row.Id)), ("generation", row.Generation));

    /// <summary>The open email that an ordered one waits for: the first one before it in its lane; null if there is none.</summary>
    public async Task<Guid?> FindBlockerAsync(EmailRow row, CancellationToken cancellationToken)
    {
        var first = await database.ListAsync(
            $"SELECT id FROM {Tables.Email} WHERE number = {database.FirstOrdered} AND number < @number",
            reader => Ids.Parse(reader.GetString(0)), cancellationToken,
            ("transporter", row.Transporter), ("lane", row.Lane), ("number", row.Number)).ConfigureAwait(false);
        return first.Count == 0 ? null : first[0];
    }

    /// <summary>
    /// Removes emails in a final state that ended some time ago; a few at a time, in the order of their ends, so that others go on.
    /// </summary>
    /// <param name="state">The state.</param>
    /// <param name="endedFor">How long ago they ended, at least.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>How many were removed.</returns>
    public async Task<int> RemoveEndedAsync(OutboxState state, TimeSpan endedFor, CancellationToken cancellationToken)
    {
        var sum = 0;
        while (await RemoveSomeEndedAsync(state, endedFor, cancellationToken).ConfigureAwait(false) is > 0 and var removed)
            sum += removed;
        return sum;
    }

    private Task<int> RemoveSomeEndedAsync(OutboxState state, TimeSpan endedFor, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async transaction =>
            {
                var connection = transaction.Connection!;
                var ended = await connection.ListAsync(
                    $"""
                    SELECT id FROM {Tables.Email} WHERE state = {(int)state} AND ended_at <= {database.Now} - @ended
                    ORDER BY ended_at LIMIT 500 {database.SkipLocked}
                    """,
                    reader => Ids.Parse(reader.GetString(0)), cancellationToken, transaction,
                    ("ended", (long)endedFor.TotalMilliseconds), database.NowParameter).ConfigureAwait(false);
                var source = database.List(ended);
                return ended.Count == 0 ? 0 : await connection.ExecuteAsync(
                    $"DELETE FROM {Tables.Email} WHERE id IN ({source.Sql})", cancellationToken, transaction, source.Parameters)
                    .ConfigureAwait(false);
            },
            cancellationToken);
}
