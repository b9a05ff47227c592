namespace SmtpTransport.Outbox;

/// <summary>A queue whose database changes many emails with one statement, whose rows are a parameter. Thread-safe.</summary>
internal abstract class BulkQueueTable(Database database, PayloadProtector protector) : QueueTable(database, protector)
{
    /// <summary>
    /// The condition of an email that this worker may transmit: it holds it, has not ended it, and the sending is not paused. Marking twice
    /// does no harm: after a lost answer the same statement says whether it is marked. The sum keeps the planner from the index of all held
    /// emails, each of which it would compare with each mark.
    /// </summary>
    private string MarkSql(string source) =>
        $"""
        UPDATE {Tables.Email} SET state = {StateCodes.Sending}, worker = u.worker, transmitting_at =
            CASE WHEN {Tables.Name("email")}.state = {StateCodes.Sending}
                THEN {Tables.Name("email")}.transmitting_at ELSE {Database.Now} END
        FROM {source}
        WHERE id = u.email_id AND owner = u.token AND generation = u.expected
            AND state + 0 IN ({StateCodes.Waiting}, {StateCodes.Sending}) AND NOT {SettingTable.IsPausedSql(Tables)}
        RETURNING id, generation, transmitting_at
        """;

    /// <summary>
    /// Records ends. A parked email counts as held until a person has decided: the worker that appeared to be dead knows the outcome.
    /// </summary>
    protected string SettleSql(string source, string returning) =>
        $"""
        UPDATE {Tables.Email} SET state = u.state, generation = u.expected + 1, owner = NULL, takeovers = 0, is_begun = 0,
            attempts = u.attempts,
            due_at = {Database.Now} + u.delay, expires_at = u.expires, ask_at = {Database.Now} + u.ask,
            ended_at = CASE WHEN u.state IN ({StateCodes.Final}) THEN {Database.Now} END,
            transmitting_at = CASE WHEN u.state = {StateCodes.Unknown}
                THEN coalesce({Tables.Name("email")}.transmitting_at, {Database.Now}) END,
            envelope = coalesce(u.envelope, {Tables.Name("email")}.envelope)
        FROM {source}
        WHERE id = u.email_id AND owner = u.token AND generation = u.expected
            AND {Tables.Name("email")}.state IN ({StateCodes.Waiting}, {StateCodes.Sending}, {StateCodes.Unknown})
        RETURNING {returning}
        """;

    /// <summary>
    /// Gives emails back whose last bytes have certainly not left, marked or not. One that was parked meanwhile was counted and marked as
    /// doubtful, because its worker appeared to be dead.
    /// </summary>
    private string ReleaseSql(string source) =>
        $"""
        UPDATE {Tables.Email}
        SET state = {StateCodes.Waiting}, owner = NULL, generation = generation + 1, is_begun = 0, transmitting_at = NULL, ask_at = NULL,
            attempts = CASE WHEN state = {StateCodes.Unknown} THEN attempts - 1 ELSE attempts END,
            envelope = CASE WHEN state = {StateCodes.Unknown} THEN coalesce(u.before, envelope) ELSE envelope END
        FROM {source}
        WHERE id = u.email_id AND owner = u.token AND generation = u.expected
            AND state IN ({StateCodes.Waiting}, {StateCodes.Sending}, {StateCodes.Unknown})
        """;

    /// <summary>The columns as a source of rows.</summary>
    protected abstract RowSource Rows(params ReadOnlySpan<RowColumn> columns);

    protected (string Sql, (string, object?)[] Parameters) CreateMark(IReadOnlyList<(Claim Claim, string Worker)> marks)
    {
        var source = Held([.. marks.Select(m => m.Claim)], new RowColumn("worker", marks.Select(m => m.Worker).ToArray()));
        return (MarkSql(source.Sql), [.. source.Parameters, Database.NowParameter]);
    }

    protected (string Sql, (string, object?)[] Parameters) CreateRelease(IReadOnlyList<Claim> claims)
    {
        var source = Held(
            claims,
            new RowColumn(
                "before",
                claims.Select(c => c.Row.TryReadEnvelope() is { } e ? Protector.Write(e.ToJson(), c.Row.IsProtected) : null).ToArray()));
        return (ReleaseSql(source.Sql), source.Parameters);
    }

    /// <summary>The rows of <see cref="SettleSql"/>, with the entry of the history.</summary>
    protected RowSource CreateSettlements(IReadOnlyList<Settlement> settlements) => Held(
        [.. settlements.Select(s => s.Claim)],
        new RowColumn("state", settlements.Select(s => (int)s.Transition.State).ToArray()),
        new RowColumn("attempts", settlements.Select(s => s.Transition.Attempts ?? s.Claim.Row.Attempts).ToArray()),
        new RowColumn("delay", settlements.Select(s => Milliseconds(s.Transition.Delay)).ToArray()),
        new RowColumn("ask", settlements.Select(s => Milliseconds(s.Transition.AskDelay)).ToArray()),
        new RowColumn("expires", settlements.Select(s => UnixTime.Write(s.Transition.ExpiresAt ?? s.Claim.Row.ExpiresAt)).ToArray()),
        new RowColumn("envelope", settlements.Select(WriteEnvelope).ToArray()),
        new RowColumn("number", settlements.Select(s => s.Claim.Row.Attempts).ToArray()),
        new RowColumn("protected", settlements.Select(_ => Protector.Protects ? 1 : 0).ToArray()),
        new RowColumn("details", settlements.Select(s => Protector.Write(s.Attempt.ToJson())).ToArray()));

    /// <summary>Encrypted if the message is.</summary>
    private byte[]? WriteEnvelope(Settlement settlement) => settlement.Transition.Envelope is { } envelope
        ? Protector.Write(envelope.ToJson(), settlement.Claim.Row.IsProtected)
        : null;

    private RowSource Held(IReadOnlyList<Claim> claims, params ReadOnlySpan<RowColumn> more) => Rows(
    [
        new RowColumn("email_id", claims.Select(c => Ids.Text(c.Row.Id)).ToArray()),
        new RowColumn("token", claims.Select(c => c.Token).ToArray()),
        new RowColumn("expected", claims.Select(c => c.Row.Generation).ToArray()),
        .. more,
    ]);

    private static long? Milliseconds(TimeSpan? span) => span is { } known ? (long)known.TotalMilliseconds : null;
}
