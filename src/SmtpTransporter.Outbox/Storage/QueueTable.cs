using System.Data.Common;

namespace SmtpTransport.Outbox;

/// <summary>
/// What workers do with the emails: claim, mark, settle, release. The database lets only one of several workers claim an email; all later
/// statements name the worker's token and the generation that it claimed, so that they change nothing if the email is not its own any
/// more. Thread-safe.
/// </summary>
internal abstract class QueueTable(Database database, PayloadProtector protector)
{
    /// <summary>Larger messages are read when they are sent, in bytes.</summary>
    protected const int MaxClaimedMessage = 64 * 1024;

    protected Database Database { get; } = database;

    protected PayloadProtector Protector { get; } = protector;

    protected TableNames Tables => Database.Tables;

    /// <summary>The condition that the worker has a row: only then a claim is taken over if the worker ends.</summary>
    protected abstract string WorkerExists { get; }

    /// <summary>What a claim reads of the emails that it picks.</summary>
    protected virtual string Picked => "id AS picked";

    /// <summary>
    /// Whether the suppression list has any entry, in the view of the claim: as long as it has none, nobody looks at it.
    /// </summary>
    protected string HasSuppressions => $"CASE WHEN EXISTS (SELECT 1 FROM {Tables.Suppression}) THEN 1 ELSE 0 END";

    protected Func<DbDataReader, EmailRow> ReadRow { get; } = EmailRow.CreateReader(protector);

    /// <summary>The condition of an email that was to be sent at once, and was stored later than now; a second is a correction.</summary>
    protected string FromFuture => $"due_at > {Database.Now} AND due_at <= created_at AND created_at > {Database.Now} + 1000";

    /// <summary>
    /// The emails of a queue that may be claimed now, in their order. An ordered email waits until those before it in its lane have ended;
    /// the sums keep the planner from the index of all waiting emails.
    /// </summary>
    internal string PickSql(bool isOrdered) => isOrdered
        ? $"""
            SELECT {Picked} FROM {Tables.Email} e {Hint("email_number")} WHERE {WorkerExists} AND e.number = {Database.FirstOrdered}
            AND {OutboxSchema.Ready} AND due_at + 0 <= {Database.Now} AND takeovers = 0 AND @count > 0 AND priority + 0 = @priority
            AND NOT {PauseTable.IsPausedSql(Tables)}
            """
        : $"""
            SELECT {Picked} FROM {Tables.Email} e {Hint("email_ready")}
            WHERE {WorkerExists} AND {OutboxSchema.Ready} AND transporter = @transporter AND lane = @lane
            AND priority = @priority AND is_ordered = 0
            AND due_at <= {Database.Now} AND takeovers = 0 AND NOT {PauseTable.IsPausedSql(Tables)}
            ORDER BY due_at LIMIT @count
            """;

    /// <summary>One email that a worker held when it ended: each worker claims such emails singly, in case they are the reason.</summary>
    private string PickSuspectSql =>
        $"""
        SELECT {Picked} FROM {Tables.Email} e {Hint("email_suspect")}
        WHERE {WorkerExists} AND {OutboxSchema.Ready} AND takeovers > 0 AND due_at <= {Database.Now}
            AND transporter = @transporter AND lane = @lane AND (is_ordered = 0 OR number = {Database.FirstOrdered})
            AND NOT {PauseTable.IsPausedSql(Tables)}
        ORDER BY takeovers, due_at LIMIT 1
        """;

    /// <summary>
    /// The queues with emails that nobody holds: one step in the index for each. Each worker polls with it.
    /// </summary>
    /// <param name="after">Begins after this queue; null from the first.</param>
    /// <param name="limit">The maximum number of queues.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<List<QueueHead>> ListQueuesAsync(QueueKey? after, int limit, CancellationToken cancellationToken) => Database.ListAsync(
        ListQueuesSql(isFirst: after is null),
        reader => new QueueHead(
            new QueueKey(reader.GetString(0), reader.GetString(1), (OutboxPriority)reader.GetInt32(2), reader.GetInt32(3) != 0),
            TimeSpan.FromMilliseconds(reader.GetInt64(4)),
            reader.GetInt32(5) != 0),
        cancellationToken,
        ("transporter", after?.Transporter ?? ""), ("lane", after?.Lane ?? ""), ("priority", (int)(after?.Priority ?? 0)),
        ("ordered", after?.IsOrdered == true ? 1 : 0), ("limit", limit), Database.NowParameter);

    /// <summary>
    /// All columns of the index are compared, so that one step leads behind a queue: SQLite would read the rest of the queue otherwise. It
    /// takes a cross join in the order in which it is written.
    /// </summary>
    internal virtual string ListQueuesSql(bool isFirst)
    {
        const string Key = "transporter, lane, priority, is_ordered";
        const long Behind = long.MaxValue;
        var start = isFirst ? "" : $"AND ({Key}, due_at) > (@transporter, @lane, @priority, @ordered, {Behind})";
        var last = string.Join(", ", Key.Split(", ").Select(column => Outer($"e.{column}")));
        return $"""
            WITH RECURSIVE head (id, step) AS (
                SELECT (SELECT id FROM {Tables.Email} WHERE {OutboxSchema.Ready} {start} ORDER BY {Key}, due_at LIMIT 1), 1
                UNION ALL
                SELECT (SELECT n.id FROM {Tables.Email} n WHERE n.state = {StateCodes.Waiting} AND n.owner IS NULL
                    AND (n.transporter, n.lane, n.priority, n.is_ordered, n.due_at) > ({last}, {Behind})
                    ORDER BY n.transporter, n.lane, n.priority, n.is_ordered, n.due_at LIMIT 1), head.step + 1
                FROM head CROSS JOIN {Tables.Email} e WHERE e.id = head.id AND head.step < @limit)
            SELECT {Key}, due_at - {Database.Now}, CASE WHEN {FromFuture} THEN 1 ELSE 0 END
            FROM head CROSS JOIN {Tables.Email} e WHERE e.id = head.id
            """;
    }

    /// <summary>What follows a table so that a certain index is used.</summary>
    protected virtual string Hint(string index) => "";

    /// <summary>A column of the row before, as a value that an index is searched with.</summary>
    protected virtual string Outer(string column) => column;

    /// <summary>Makes those emails due that were to be sent at once when they were stored, before the database's clock went back.</summary>
    /// <returns>How many.</returns>
    public Task<int> MakeDueAsync(CancellationToken cancellationToken) => Database.ExecuteAsync(
        $"UPDATE {Tables.Email} SET due_at = {Database.Now} WHERE {OutboxSchema.Ready} AND {FromFuture}",
        cancellationToken, Database.NowParameter);

    /// <summary>Claims due emails of a queue. Nothing if the worker has no row any more.</summary>
    /// <param name="token">The worker's token.</param>
    /// <param name="key">The queue.</param>
    /// <param name="count">The maximum number.</param>
    /// <param name="limits">How many emails of a lane, or of all lanes of the transporter (null), all workers together may hold.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<List<Claim>> ClaimAsync(
        string token, QueueKey key, int count, IReadOnlyList<(string? Lane, int Count)> limits, CancellationToken cancellationToken) =>
        ClaimAsync(PickSql(key.IsOrdered), token, key, count, limits, cancellationToken);

    /// <summary>The transporters and lanes with due emails that a worker held when it ended, the least suspected first.</summary>
    public Task<List<(string Transporter, string Lane)>> ListSuspectLanesAsync(CancellationToken cancellationToken) => Database.ListAsync(
        $"""
        SELECT transporter, lane FROM {Tables.Email} WHERE {OutboxSchema.Ready} AND takeovers > 0 AND due_at <= {Database.Now}
        GROUP BY transporter, lane ORDER BY min(takeovers), min(due_at)
        """,
        reader => (reader.GetString(0), reader.GetString(1)), cancellationToken, Database.NowParameter);

    /// <summary>Claims one email of a lane that a worker held when it ended.</summary>
    /// <param name="token">The worker's token.</param>
    /// <param name="transporter">The transporter.</param>
    /// <param name="lane">The lane.</param>
    /// <param name="limits">How many emails of a lane, or of all lanes of the transporter (null), all workers together may hold.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<List<Claim>> ClaimSuspectAsync(
        string token, string transporter, string lane, IReadOnlyList<(string? Lane, int Count)> limits,
        CancellationToken cancellationToken) =>
        ClaimAsync(PickSuspectSql, token, new QueueKey(transporter, lane, default, false), 1, limits, cancellationToken);

    /// <summary>Records that a worker begins to send an email that another one held when it ended.</summary>
    public Task BeginSuspectAsync(Claim claim, CancellationToken cancellationToken) => Database.ExecuteAsync(
        $"UPDATE {Tables.Email} SET is_begun = 1 WHERE id = @id AND owner = @token AND generation = @generation",
        cancellationToken, ("id", Ids.Text(claim.Row.Id)), ("token", claim.Token), ("generation", claim.Row.Generation));

    /// <summary>Writes what belongs to one group in one commit.</summary>
    /// <param name="connection">The connection; nothing else uses it meanwhile.</param>
    /// <param name="group">What is written.</param>
    public abstract Task<WriteResult> WriteAsync(DbConnection connection, WriteGroup group);

    /// <param name="transaction">The transaction of the caller; null for one of its own.</param>
    /// <param name="pickSql">The query for <see cref="Picked"/>.</param>
    /// <param name="token">The worker's token.</param>
    /// <param name="parameters">The parameters of the query.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    protected abstract Task<List<Claim>> ClaimAsync(
        DbTransaction? transaction, string pickSql, string token, (string, object?)[] parameters, CancellationToken cancellationToken);

    /// <summary>Claims as many as the limits leave.</summary>
    private Task<List<Claim>> ClaimAsync(
        string pickSql, string token, QueueKey key, int count, IReadOnlyList<(string? Lane, int Count)> limits,
        CancellationToken cancellationToken)
    {
        if (limits.Count == 0)
            return ClaimAsync(null, pickSql, token, Parameters(key, count), cancellationToken);
        return Database.InTransactionAsync(
            async transaction =>
            {
                var room = count;
                foreach (var (lane, limit) in limits)
                    room = Math.Min(room, limit - await CountHeldAsync(transaction, key, lane, cancellationToken).ConfigureAwait(false));
                return room <= 0 ? [] : await ClaimAsync(
                    transaction, pickSql, token, Parameters(key, room), cancellationToken).ConfigureAwait(false);
            },
            cancellationToken);
    }

    /// <summary>Only one worker at a time counts and claims in a lane with a limit.</summary>
    private async Task<int> CountHeldAsync(DbTransaction transaction, QueueKey key, string? lane, CancellationToken cancellationToken)
    {
        var connection = transaction.Connection!;
        (string, object?) name = ("name", lane is null ? $"limit {key.Transporter}" : $"limit {key.Transporter}/{lane}");
        await connection.ExecuteAsync(
            $"INSERT INTO {Tables.Setting} (name, value) VALUES (@name, 0) {Database.OrSet("value")}",
            cancellationToken, transaction, name).ConfigureAwait(false);
        var held = await connection.ScalarAsync(
            $"""
            SELECT count(*) FROM {Tables.Email}
            WHERE {OutboxSchema.Held} AND transporter = @transporter {(lane is null ? "" : "AND lane = @lane")}
            """,
            cancellationToken, transaction, ("transporter", key.Transporter), ("lane", key.Lane)).ConfigureAwait(false);
        return Convert.ToInt32(held, System.Globalization.CultureInfo.InvariantCulture);
    }

    private static (string, object?)[] Parameters(QueueKey key, int count) =>
        [("transporter", key.Transporter), ("lane", key.Lane), ("priority", (int)key.Priority), ("count", count)];
}
