using System.Data.Common;

namespace SmtpTransport.Outbox;

/// <summary>Carries decisions out: some emails with one statement for their states and one for their histories. Thread-safe.</summary>
internal sealed class DecisionTable(Database database, EmailTable emails, PayloadProtector protector)
{
    // Of one statement. A recipient with its reply has some hundred bytes.
    private const int MaxRows = 500;
    private const int MaxRecipients = 5000;

    private TableNames Tables => database.Tables;

    private string ChangeSql(string source) => database.UpdateFrom(
        Tables.Email,
        $"""
        state = u.new_state, generation = generation + 1, owner = NULL, takeovers = 0, is_begun = 0, attempts = u.new_attempts,
        due_at = CASE WHEN u.keeps = 1 THEN due_at ELSE {database.Now} + u.delay END, ask_at = NULL,
        expires_at = u.expires, envelope = COALESCE(u.new_envelope, envelope),
        ended_at = CASE WHEN u.new_state IN ({StateCodes.Final}) THEN {database.Now} END,
        transmitting_at = CASE WHEN u.new_state = {StateCodes.Waiting} THEN NULL ELSE transmitting_at END
        """,
        source,
        "id = u.email_id");

    /// <summary>Changes emails that are still in the state in which they were read: a worker that holds one loses it.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="decisions">The decisions, each about another email.</param>
    /// <param name="isRepeated">Whether an earlier try may have been committed: what it has changed counts as changed.</param>
    /// <param name="holders">Gets the workers that hold some of the emails, and have transmitted nothing of them.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Those that are changed.</returns>
    public async Task<IReadOnlySet<Guid>> ApplyAsync(
        DbTransaction transaction, IReadOnlyList<Decision> decisions, bool isRepeated, ISet<string> holders,
        CancellationToken cancellationToken)
    {
        var found = await LockAsync(transaction, decisions, cancellationToken).ConfigureAwait(false);
        holders.UnionWith(found.Values.Where(r => r is { State: OutboxState.Waiting, Owner: not null }).Select(r => r.Owner!));
        var (open, changed) = (new List<Decision>(), new HashSet<Guid>());
        foreach (var decision in decisions)
        {
            var row = decision.Row;
            if (found.TryGetValue(row.Id, out var current) && (current.Generation, current.State) == (row.Generation, row.State))
                open.Add(decision);
            else if (isRepeated && await emails.HasAttemptAsync(
                transaction.Connection!, transaction, row, decision.Details, cancellationToken).ConfigureAwait(false))
                changed.Add(row.Id);
        }
        foreach (var some in Split(open))
            await ChangeAsync(transaction, some, cancellationToken).ConfigureAwait(false);
        changed.UnionWith(open.Select(d => d.Row.Id));
        return changed;
    }

    /// <summary>Parts that fit in one statement each, with the envelopes of all their recipients.</summary>
    private static IEnumerable<List<Decision>> Split(List<Decision> decisions)
    {
        var (some, recipients) = (new List<Decision>(), 0);
        foreach (var decision in decisions)
        {
            some.Add(decision);
            recipients += decision.Transition.Envelope?.Recipients.Count ?? 0;
            if (some.Count < MaxRows && recipients < MaxRecipients)
                continue;
            yield return some;
            (some, recipients) = ([], 0);
        }
        if (some.Count > 0)
            yield return some;
    }

    /// <summary>Keeps the rows until the transaction ends, in the order of their ids, in which others take them too.</summary>
    private async Task<Dictionary<Guid, (int Generation, OutboxState State, string? Owner)>> LockAsync(
        DbTransaction transaction, IReadOnlyList<Decision> decisions, CancellationToken cancellationToken)
    {
        var source = database.List(decisions.Select(d => d.Row.Id));
        var rows = await transaction.Connection!.ListAsync(
            $"SELECT id, generation, state, owner FROM {Tables.Email} WHERE id IN ({source.Sql}) {database.LockById}",
            reader => (
                Id: Ids.Parse(reader.GetString(0)), Generation: reader.GetInt32(1), State: (OutboxState)reader.GetInt32(2),
                Owner: reader.IsDBNull(3) ? null : reader.GetString(3)),
            cancellationToken, transaction, source.Parameters).ConfigureAwait(false);
        return rows.ToDictionary(r => r.Id, r => (r.Generation, r.State, r.Owner));
    }

    private async Task ChangeAsync(DbTransaction transaction, List<Decision> decisions, CancellationToken cancellationToken)
    {
        var connection = transaction.Connection!;
        var ids = new RowColumn("email_id", decisions.Select(d => Ids.Text(d.Row.Id)).ToArray());
        var changes = database.Table(
            ids,
            new RowColumn("new_state", decisions.Select(d => (int)d.Transition.State).ToArray()),
            new RowColumn("new_attempts", decisions.Select(d => d.Transition.Attempts ?? d.Row.Attempts).ToArray()),
            new RowColumn("keeps", decisions.Select(d => d.Transition.KeepsTime ? 1 : 0).ToArray()),
            new RowColumn(
                "delay", decisions.Select(d => d.Transition.Delay is { } delay ? (long)delay.TotalMilliseconds : (long?)null).ToArray()),
            new RowColumn("expires", decisions.Select(d => UnixTime.Write(d.Transition.ExpiresAt ?? d.Row.ExpiresAt)).ToArray()),
            // Encrypted if the message is.
            new RowColumn(
                "new_envelope",
                decisions.Select(d => d.Transition.Envelope is { } e ? protector.Write(e.ToJson(), d.Row.IsProtected) : null).ToArray()));
        await connection.ExecuteAsync(
            ChangeSql(changes.Sql), cancellationToken, transaction, [.. changes.Parameters, database.NowParameter]).ConfigureAwait(false);
        var entries = database.Table(
            ids,
            new RowColumn("number", decisions.Select(d => d.Row.Attempts).ToArray()),
            new RowColumn("protected", decisions.Select(_ => protector.Protects ? 1 : 0).ToArray()),
            new RowColumn("details", decisions.Select(d => protector.Write(d.Details.ToJson())).ToArray()));
        await connection.ExecuteAsync(
            $"""
            INSERT INTO {Tables.Attempt} (email_id, at, number, is_protected, details)
            SELECT u.email_id, {database.Now}, u.number, u.protected, u.details FROM {entries.Sql}
            """,
            cancellationToken, transaction, [.. entries.Parameters, database.NowParameter]).ConfigureAwait(false);
    }
}
