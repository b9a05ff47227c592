using System.Data.Common;
using System.Globalization;
using System.Text;

namespace SmtpTransport.Outbox;

/// <summary>
/// The queue in MariaDB. An UPDATE can neither return rows nor skip locked ones: the rows are locked and read first, this process decides
/// which of them are its own, and the changes follow in the same transaction. Thread-safe.
/// </summary>
internal sealed class MariaDbQueueTable(Database database, PayloadProtector protector) : QueueTable(database, protector)
{
    private const int MaxSettlements = 100;

    // A statement of its own, with a lock, comes before.
    protected override string WorkerExists => "1 = 1";

    protected override string Picked => EmailRow.Columns;

    public override Task<WriteResult> WriteAsync(DbConnection connection, WriteGroup group) => Database.InTransactionAsync(
        connection, transaction => WriteOnceAsync(transaction, group), CancellationToken.None);

    /// <summary>
    /// One step in the index for each queue ("Using index for group-by"), if all columns before are grouped by as well, although they are
    /// constants.
    /// </summary>
    internal override string ListQueuesSql(bool isFirst)
    {
        const string Key = "transporter, lane, priority, is_ordered";
        var start = isFirst
            ? ""
            : """
                AND (transporter > @transporter OR (transporter = @transporter AND (lane > @lane OR (lane = @lane
                    AND (priority > @priority OR (priority = @priority AND is_ordered > @ordered))))))
                """;
        return $"""
            SELECT {Key}, due - {Database.Now}, CASE WHEN due > {Database.Now} AND EXISTS (
                SELECT 1 FROM {Tables.Email} e {Hint("email_ready")} WHERE e.state = {StateCodes.Waiting} AND e.owner IS NULL
                    AND e.transporter = head.transporter AND e.lane = head.lane AND e.priority = head.priority
                    AND e.is_ordered = head.is_ordered AND e.due_at = head.due AND {FromFuture}) THEN 1 ELSE 0 END
            FROM (
                SELECT {Key}, min(due_at) AS due FROM {Tables.Email} {Hint("email_ready")} WHERE {OutboxSchema.Ready} {start}
                GROUP BY state, owner, {Key} ORDER BY {Key} LIMIT @limit) AS head
            ORDER BY {Key}
            """;
    }

    /// <summary>
    /// Without the index of the order, a claim reads, and so locks, all due emails before it sorts them: other workers would get none.
    /// </summary>
    protected override string Hint(string index) => $"FORCE INDEX ({Tables.Name(index)})";

    protected override Task<List<Claim>> ClaimAsync(
        DbTransaction? transaction, string pickSql, string token, (string, object?)[] parameters, CancellationToken cancellationToken)
    {
        return transaction is null ? Database.InTransactionAsync(ClaimAllAsync, cancellationToken) : ClaimAllAsync(transaction);

        async Task<List<Claim>> ClaimAllAsync(DbTransaction own)
        {
            var connection = own.Connection!;
            // The lock keeps the row until the claim is committed.
            var worker = await connection.ScalarAsync(
                $"SELECT token FROM {Tables.Worker} WHERE token = @token LOCK IN SHARE MODE", cancellationToken, own, ("token", token))
                .ConfigureAwait(false);
            if (worker is null)
                return [];
            var rows = await connection.ListAsync(
                $"{pickSql} {Database.SkipLocked}",
                ReadRow, cancellationToken, own, parameters).ConfigureAwait(false);
            if (rows.Count == 0)
                return [];
            // In a statement of its own, whose view is newer than the rows: those above are read as they are now, whatever the view is,
            // so one of them may have been stored after that was made.
            var mayBeSuppressed = await connection.ListAsync(
                $"SELECT {HasSuppressions}", reader => reader.GetInt32(0) != 0, cancellationToken, own).ConfigureAwait(false);
            var source = Database.List(rows.Select(r => r.Id));
            var messages = await connection.ListAsync(
                $"""
                UPDATE {Tables.Email} SET owner = @token, generation = generation + 1 WHERE id IN ({source.Sql});
                SELECT email_id, content FROM {Tables.Message} WHERE email_id IN ({source.Sql}) AND length(content) <= {MaxClaimedMessage}
                """,
                reader => (Id: reader.GetString(0), Content: reader.GetFieldValue<byte[]>(1)), cancellationToken, own,
                [("token", token), .. source.Parameters]).ConfigureAwait(false);
            var contents = messages.ToDictionary(m => Ids.Parse(m.Id), m => m.Content);
            return
            [
                .. from r in rows
                let row = r with { Generation = r.Generation + 1 }
                select new Claim(row, token, contents.GetValueOrDefault(row.Id)) { MayBeSuppressed = mayBeSuppressed[0] },
            ];
        }
    }

    private async Task<WriteResult> WriteOnceAsync(DbTransaction transaction, WriteGroup group)
    {
        var rows = await LockAsync(
            transaction,
            group.Settlements.Select(s => s.Claim).Concat(group.Releases).Concat(group.Marks.Select(m => m.Claim)).Select(c => c.Row.Id))
            .ConfigureAwait(false);
        var settled = group.Settlements.Where(s => IsHeld(s.Claim, OutboxState.Unknown)).DistinctBy(s => s.Claim.Row.Id).ToList();
        foreach (var chunk in settled.Chunk(MaxSettlements))
            await SettleAsync(transaction, chunk).ConfigureAwait(false);
        settled.ForEach(s => rows.Remove(s.Claim.Row.Id));
        var released = group.Releases.Where(c => IsHeld(c, OutboxState.Unknown)).DistinctBy(c => c.Row.Id).ToList();
        await ReleaseAsync(transaction, released.ToLookup(c => rows[c.Row.Id].State == OutboxState.Unknown)).ConfigureAwait(false);
        released.ForEach(c => rows.Remove(c.Row.Id));
        var marked = group.Marks.Where(m => !rows.GetValueOrDefault(m.Claim.Row.Id).IsPaused && IsHeld(m.Claim, OutboxState.Sending))
            .DistinctBy(m => m.Claim.Row.Id).ToList();
        foreach (var worker in marked.GroupBy(m => m.Worker))
            await MarkAsync(transaction, worker.Key, [.. worker.Select(m => rows[m.Claim.Row.Id])]).ConfigureAwait(false);
        return new WriteResult(
            marked.ToDictionary(m => Key(m.Claim), m => UnixTime.Read(rows[m.Claim.Row.Id].MarkedAt)),
            settled.Select(s => Key(s.Claim)).ToHashSet());

        // The states are in the order in which an email passes through them.
        bool IsHeld(Claim claim, OutboxState last) => rows.TryGetValue(claim.Row.Id, out var row)
            && row.Owner == claim.Token && row.Generation == claim.Row.Generation
            && (row.State is OutboxState.Waiting or OutboxState.Sending || row.State == last);

        static (Guid, int) Key(Claim claim) => (claim.Row.Id, claim.Row.Generation);
    }

    /// <summary>Locks emails in the order of their ids, as all transactions do that lock several.</summary>
    private async Task<Dictionary<Guid, HeldRow>> LockAsync(DbTransaction transaction, IEnumerable<Guid> ids)
    {
        var source = Database.List(ids.Distinct().Order());
        var rows = await transaction.Connection!.ListAsync(
            $"""
            SELECT id, owner, generation, state, CASE WHEN state = {StateCodes.Sending} THEN transmitting_at ELSE {Database.Now} END,
                CASE WHEN {PauseTable.IsPausedSql(Tables, "e.transporter", "e.lane")} THEN 1 ELSE 0 END
            FROM {Tables.Email} e WHERE id IN ({source.Sql}) {Database.LockById}
            """,
            reader => new HeldRow(
                Ids.Parse(reader.GetString(0)), reader.IsDBNull(1) ? null : reader.GetString(1), reader.GetInt32(2),
                (OutboxState)reader.GetInt32(3), reader.IsDBNull(4) ? 0 : reader.GetInt64(4), reader.GetInt32(5) != 0),
            CancellationToken.None, transaction, source.Parameters).ConfigureAwait(false);
        return rows.ToDictionary(r => r.Id);
    }

    private async Task SettleAsync(DbTransaction transaction, Settlement[] settlements)
    {
        var sql = new StringBuilder();
        var parameters = new List<(string, object?)>();
        for (var i = 0; i < settlements.Length; i++)
        {
            var (claim, transition, attempt) = settlements[i];
            var isUnknown = transition.State == OutboxState.Unknown;
            var isFinal = !isUnknown && transition.State != OutboxState.Waiting;
            sql.Append(
                CultureInfo.InvariantCulture,
                $"""
                UPDATE {Tables.Email} SET state = {(int)transition.State}, generation = generation + 1, owner = NULL, takeovers = 0,
                    is_begun = 0, attempts = {transition.Attempts ?? claim.Row.Attempts}, due_at = {After(transition.Delay)},
                    expires_at = {UnixTime.Write(transition.ExpiresAt ?? claim.Row.ExpiresAt)}, ask_at = {After(transition.AskDelay)},
                    ended_at = {(isFinal ? Database.Now : "NULL")},
                    transmitting_at = {(isUnknown ? $"coalesce(transmitting_at, {Database.Now})" : "NULL")}
                    {(transition.Envelope is null ? "" : $", envelope = @envelope{i}")}
                WHERE id = @id{i} AND owner = @token{i} AND generation = {claim.Row.Generation};
                INSERT INTO {Tables.Attempt} (email_id, at, number, is_protected, details)
                VALUES (@id{i}, {Database.Now}, {claim.Row.Attempts}, {(Protector.Protects ? 1 : 0)}, @details{i});

                """);
            parameters.AddRange(
            [
                ($"id{i}", Ids.Text(claim.Row.Id)), ($"token{i}", claim.Token), ($"details{i}", Protector.Write(attempt.ToJson())),
            ]);
            // Encrypted if the message is.
            if (transition.Envelope is { } envelope)
                parameters.Add(($"envelope{i}", Protector.Write(envelope.ToJson(), claim.Row.IsProtected)));
        }
        await transaction.Connection!.ExecuteAsync(sql.ToString(), CancellationToken.None, transaction, [.. parameters])
            .ConfigureAwait(false);
    }

    private string After(TimeSpan? delay) =>
        delay is { } known ? string.Create(CultureInfo.InvariantCulture, $"{Database.Now} + {(long)known.TotalMilliseconds}") : "NULL";

    /// <summary>
    /// Gives emails back whose last bytes have certainly not left. One that was parked meanwhile was counted and marked as doubtful.
    /// </summary>
    /// <param name="transaction">The transaction, which has locked the rows.</param>
    /// <param name="claims">The emails by whether they are parked.</param>
    private async Task ReleaseAsync(DbTransaction transaction, ILookup<bool, Claim> claims)
    {
        var set = $"state = {StateCodes.Waiting}, owner = NULL, generation = generation + 1, is_begun = 0, transmitting_at = NULL, "
            + "ask_at = NULL";
        if (claims.Contains(false))
        {
            var source = Database.List(claims[false].Select(c => c.Row.Id));
            await transaction.Connection!.ExecuteAsync(
                $"UPDATE {Tables.Email} SET {set} WHERE id IN ({source.Sql})", CancellationToken.None, transaction, source.Parameters)
                .ConfigureAwait(false);
        }
        foreach (var claim in claims[true])
        {
            var before = claim.Row.TryReadEnvelope() is { } envelope ? Protector.Write(envelope.ToJson(), claim.Row.IsProtected) : null;
            await transaction.Connection!.ExecuteAsync(
                $"UPDATE {Tables.Email} SET {set}, attempts = attempts - 1, envelope = coalesce(@before, envelope) WHERE id = @id",
                CancellationToken.None, transaction, ("before", before), ("id", Ids.Text(claim.Row.Id))).ConfigureAwait(false);
        }
    }

    private async Task MarkAsync(DbTransaction transaction, string worker, IReadOnlyList<HeldRow> rows)
    {
        var source = Database.List(rows.Select(r => r.Id));
        await transaction.Connection!.ExecuteAsync(
            // The columns are set from left to right.
            $"""
            UPDATE {Tables.Email} SET transmitting_at = CASE WHEN state = {StateCodes.Sending} THEN transmitting_at ELSE @at END,
                state = {StateCodes.Sending}, worker = @worker
            WHERE id IN ({source.Sql})
            """,
            CancellationToken.None, transaction,
            [("at", rows.FirstOrDefault(r => r.State != OutboxState.Sending).MarkedAt), ("worker", worker), .. source.Parameters])
            .ConfigureAwait(false);
    }

    /// <summary>An email whose row this transaction has locked.</summary>
    /// <param name="Id">Its id.</param>
    /// <param name="Owner">The token of the worker that holds it.</param>
    /// <param name="Generation">Its generation.</param>
    /// <param name="State">Its state.</param>
    /// <param name="MarkedAt">When it was marked, or now.</param>
    /// <param name="IsPaused">Whether the sending is paused.</param>
    private readonly record struct HeldRow(
        Guid Id, string? Owner, int Generation, OutboxState State, long MarkedAt, bool IsPaused);
}
