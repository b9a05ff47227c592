using System.Data.Common;
using System.Globalization;

namespace SmtpTransport.Outbox;

/// <summary>
/// The table of the workers that live. Each has a row with a token and a counter that it increases ("beat"); whoever sees a counter stand
/// still takes the row away, and with it every email that the token holds. A worker without a row holds nothing. Thread-safe.
/// </summary>
internal sealed class WorkerTable(Database database, EmailTable emails, PayloadProtector protector)
{
    /// <summary>How many workers may end while they send a suspected email, before it is set aside.</summary>
    public const int MaxTakeovers = 3;

    private readonly Func<DbDataReader, EmailRow> _readRow = EmailRow.CreateReader(protector);

    private TableNames Tables => database.Tables;

    public Task RegisterAsync(string token, string name, CancellationToken cancellationToken) => database.ExecuteAsync(
        $"INSERT INTO {Tables.Worker} (token, name, beat, beat_at) VALUES (@token, @name, 0, {database.Now}) "
            + database.UnlessExists("token"),
        cancellationToken, ("token", token), ("name", name), database.NowParameter);

    /// <summary>Increases the counter of a worker, and reads those of all workers.</summary>
    /// <returns>The counters by token, as they were before; without the own token if its row was taken away.</returns>
    public Task<Dictionary<string, long>> BeatAsync(string? token, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            var connection = transaction.Connection!;
            var beats = await connection.ListAsync(
                $"SELECT token, beat FROM {Tables.Worker}",
                reader => (Token: reader.GetString(0), Beat: reader.GetInt64(1)), cancellationToken, transaction).ConfigureAwait(false);
            var all = beats.ToDictionary(b => b.Token, b => b.Beat, StringComparer.Ordinal);
            if (token is not null && all.ContainsKey(token))
            {
                var changed = await connection.ExecuteAsync(
                    $"UPDATE {Tables.Worker} SET beat = beat + 1, beat_at = {database.Now} WHERE token = @token",
                    cancellationToken, transaction, ("token", token), database.NowParameter).ConfigureAwait(false);
                if (changed == 0)
                    all.Remove(token);
            }
            return all;
        },
        cancellationToken);

    /// <summary>The tokens that hold emails although they have no row.</summary>
    public Task<List<string>> ListUnknownTokensAsync(CancellationToken cancellationToken) => database.ListAsync(
        $"""
        SELECT DISTINCT e.owner FROM {Tables.Email} e
        WHERE e.{OutboxSchema.Held} AND NOT EXISTS (SELECT 1 FROM {Tables.Worker} w WHERE w.token = e.owner)
        """,
        reader => reader.GetString(0), cancellationToken);

    /// <summary>
    /// Takes the row of a worker away, if its counter still stands where it was seen, and the emails that it holds: one whose transmission
    /// may have begun is parked, each other one waits again; one that has now ended several workers is set aside.
    /// </summary>
    /// <param name="token">The token of the worker.</param>
    /// <param name="beat">The counter as it was seen; null if the worker has no row.</param>
    /// <param name="askDelay">How long after the start of its transmission the application may be asked about a parked email.</param>
    /// <param name="process">The name of this process.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>What was taken; null if the worker lives.</returns>
    public Task<Takeover?> TakeOverAsync(
        string token, long? beat, TimeSpan askDelay, string process, CancellationToken cancellationToken) =>
        database.InTransactionAsync<Takeover?>(
            async transaction =>
            {
                var connection = transaction.Connection!;
                // Claims share the row's lock, so that none is in progress after this.
                var rows = await connection.ListAsync(
                    // One that is locked is claiming.
                    $"SELECT name, beat_at FROM {Tables.Worker} WHERE token = @token AND beat = @beat {database.SkipLocked}",
                    reader => (Name: reader.GetString(0), BeatAt: UnixTime.Read(reader.GetInt64(1))),
                    cancellationToken, transaction, ("token", token), ("beat", beat ?? -1L)).ConfigureAwait(false);
                if (beat is not null && rows.Count == 0)
                    return null;
                await connection.ExecuteAsync(
                    $"DELETE FROM {Tables.Worker} WHERE token = @token AND beat = @beat", cancellationToken, transaction,
                    ("token", token), ("beat", beat ?? -1L)).ConfigureAwait(false);
                var lastAlive = rows.Count == 0 ? (DateTimeOffset?)null : rows[0].BeatAt;
                await LockHeldAsync(transaction, token, cancellationToken).ConfigureAwait(false);
                var freed = await FreeAsync(transaction, token, cancellationToken).ConfigureAwait(false);
                var parked = await ParkAsync(transaction, token, askDelay, cancellationToken).ConfigureAwait(false);
                foreach (var row in freed.Where(row => row.State == OutboxState.DeadLettered))
                {
                    var text = string.Create(
                        CultureInfo.InvariantCulture,
                        $"Its worker ended {MaxTakeovers} times while it was sending this email, which was not transmitted.");
                    var details = new AttemptDetails(process, Outcome.NotSent, 0, text, 0);
                    await emails.AddAttemptAsync(transaction, row, details, cancellationToken).ConfigureAwait(false);
                }
                foreach (var row in parked)
                    await AddWindowAsync(transaction, row, lastAlive, process, cancellationToken).ConfigureAwait(false);
                return new Takeover(rows.Count == 0 ? token : rows[0].Name, freed, parked);
            },
            cancellationToken);

    /// <summary>
    /// Removes the row of a worker that ends, and gives back what it has not begun. What may be on its way stays its own.
    /// </summary>
    public Task UnregisterAsync(string token, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            var connection = transaction.Connection!;
            await GiveBackAsync(transaction, token, [], cancellationToken).ConfigureAwait(false);
            return await connection.ExecuteAsync(
                $"""
                DELETE FROM {Tables.Worker} WHERE token = @token
                AND NOT EXISTS (SELECT 1 FROM {Tables.Email} WHERE owner = @token AND {OutboxSchema.Held})
                """,
                cancellationToken, transaction, ("token", token)).ConfigureAwait(false);
        },
        cancellationToken);

    /// <summary>Gives back what a worker has claimed without knowing it, because the answer of the database was lost.</summary>
    /// <param name="token">The worker's token.</param>
    /// <param name="held">What it knows that it holds.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<int> ReleaseUnknownAsync(string token, IReadOnlyCollection<Guid> held, CancellationToken cancellationToken) =>
        database.InTransactionAsync(transaction => GiveBackAsync(transaction, token, held, cancellationToken), cancellationToken);

    /// <summary>Gives back what a worker holds and has not begun.</summary>
    private async Task<int> GiveBackAsync(
        DbTransaction transaction, string token, IReadOnlyCollection<Guid> except, CancellationToken cancellationToken)
    {
        await LockHeldAsync(transaction, token, cancellationToken).ConfigureAwait(false);
        var source = database.List(except);
        return await transaction.Connection!.ExecuteAsync(
            GiveBackSql(source.Sql), cancellationToken, transaction, [("token", token), .. source.Parameters]).ConfigureAwait(false);
    }

    /// <summary>Locks the emails that a worker holds in the order of all transactions.</summary>
    private Task LockHeldAsync(DbTransaction transaction, string token, CancellationToken cancellationToken) =>
        database.LockById.Length == 0 ? Task.CompletedTask : transaction.Connection!.ListAsync(
            $"SELECT id FROM {Tables.Email} WHERE owner = @token AND {OutboxSchema.Held} {database.LockById}",
            reader => reader.GetString(0), cancellationToken, transaction, ("token", token));

    // "Held" is in these three although the state implies it: SQLite uses the index only if its own condition is there.
    internal string GiveBackSql(string except) =>
        $"""
        UPDATE {Tables.Email} SET owner = NULL, generation = generation + 1, is_begun = 0
        WHERE owner = @token AND {OutboxSchema.Held} AND state = {StateCodes.Waiting} AND id NOT IN ({except})
        """;

    /// <summary>MariaDB sets one column after the other: each expression stands before what changes a column that it reads.</summary>
    internal EmailUpdate Free => new(
        $"""
        due_at = CASE WHEN is_begun = 1 THEN {database.Now} + 1000 * takeovers ELSE due_at END,
        state = CASE WHEN is_begun = 1 AND takeovers >= {MaxTakeovers} THEN {StateCodes.DeadLettered} ELSE {StateCodes.Waiting} END,
        ended_at = CASE WHEN is_begun = 1 AND takeovers >= {MaxTakeovers} THEN {database.Now} END,
        takeovers = CASE WHEN takeovers = 0 OR is_begun = 1 THEN takeovers + 1 ELSE takeovers END,
        owner = NULL, generation = generation + 1, is_begun = 0
        """,
        $"owner = @token AND {OutboxSchema.Held} AND state = {StateCodes.Waiting}");

    internal EmailUpdate Park => new(
        $"""
        ask_at = {database.Greatest}({database.Now}, transmitting_at + @ask), state = {StateCodes.Unknown}, attempts = attempts + 1,
        takeovers = 0, is_begun = 0
        """,
        $"owner = @token AND {OutboxSchema.Held} AND state = {StateCodes.Sending}");

    /// <summary>
    /// A worker holds many emails when it ends, and at most one of them is the reason. So all of them are suspected the first time; later
    /// it counts only if the worker had begun to send that one (<see cref="QueueTable.BeginSuspectAsync"/>), and it waits longer each time.
    /// </summary>
    private Task<List<EmailRow>> FreeAsync(DbTransaction transaction, string token, CancellationToken cancellationToken) =>
        database.UpdateAsync(
            transaction, Free, EmailRow.Columns, _readRow, cancellationToken, ("token", token), database.NowParameter);

    /// <summary>Parks with the owner and the generation of the worker: if it lives after all, it knows the outcome.</summary>
    private Task<List<EmailRow>> ParkAsync(
        DbTransaction transaction, string token, TimeSpan askDelay, CancellationToken cancellationToken) =>
        database.UpdateAsync(
            transaction, Park, EmailRow.Columns, _readRow, cancellationToken,
            ("token", token), ("ask", (long)askDelay.TotalMilliseconds), database.NowParameter);

    /// <summary>Records between which times the message of a parked email may have been delivered.</summary>
    private async Task AddWindowAsync(
        DbTransaction transaction, EmailRow row, DateTimeOffset? lastAlive, string process, CancellationToken cancellationToken)
    {
        var startedAt = row.TransmittingAt!.Value;
        var end = lastAlive is { } at && at > startedAt ? at : startedAt;
        var text = lastAlive is null
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"Worker {row.Worker} recorded no outcome after {startedAt:O}. The message may have been delivered since then.")
            : string.Create(
                CultureInfo.InvariantCulture,
                $"Worker {row.Worker} started the transmission at {startedAt:O}, was last alive at {end:O}, and recorded no outcome. "
                + $"The message may have been delivered.");
        await emails.AddAttemptAsync(
            transaction, row, new AttemptDetails(process, Outcome.Unknown, 0, text, (end - startedAt).TotalMilliseconds), cancellationToken)
            .ConfigureAwait(false);
        if (row.TryReadEnvelope() is not { } envelope)
            return;
        var doubtful = envelope with { Recipients = [.. envelope.Recipients.Select(r => r.IsOpen ? r with { IsInDoubt = true } : r)] };
        await transaction.Connection!.ExecuteAsync(
            $"UPDATE {Tables.Email} SET envelope = @envelope WHERE id = @id",
            cancellationToken, transaction, ("envelope", protector.Write(doubtful.ToJson(), row.IsProtected)), ("id", Ids.Text(row.Id)))
            .ConfigureAwait(false);
    }
}
