using System.Data.Common;

namespace SmtpTransport.Outbox;

/// <summary>Counts the emails, each kind in the index that has only those, so that no row is read. Thread-safe.</summary>
internal sealed class OutboxStatistics(Database database, SentCounter sent)
{
    /// <summary>In one statement, so that an email which changes its state meanwhile is counted once.</summary>
    internal string CountSql =>
        $"""
        SELECT {StateCodes.Waiting}, {Numbers} FROM {database.Tables.Email} WHERE {OutboxSchema.Ready}
        UNION ALL SELECT state, {Numbers} FROM {database.Tables.Email} WHERE {OutboxSchema.Held} GROUP BY state
        UNION ALL SELECT state, count(*), 0, 0 FROM {database.Tables.Email}
            WHERE ended_at IS NOT NULL AND state IN ({StateCodes.DeadLettered}, {StateCodes.Canceled}, {StateCodes.Discarded}) GROUP BY state
        UNION ALL SELECT {StateCodes.Sent}, count(*), 0, 0 FROM {database.Tables.Email}
            WHERE ended_at IS NOT NULL AND state = {StateCodes.Sent} AND ended_at >= @until
        UNION ALL SELECT {StateCodes.Unknown}, count(*), 0, 0 FROM {database.Tables.Email}
            WHERE {database.ListedState} = {StateCodes.Unknown}
        """;

    private string Numbers => $"count(*), count(CASE WHEN due_at <= {database.Now} THEN 1 END), {database.Now} - min(due_at)";

    public async Task<OutboxCounts> CountAsync(CancellationToken cancellationToken)
    {
        var (earlier, until) = await sent.CountAsync(cancellationToken).ConfigureAwait(false);
        var kinds = await database.ListAsync(CountSql, Read, cancellationToken, database.NowParameter, ("until", until))
            .ConfigureAwait(false);
        var states = kinds.GroupBy(k => k.State).ToDictionary(g => (OutboxState)g.Key, g => g.Sum(k => k.Count));
        states[OutboxState.Sent] += earlier;
        var waiting = kinds.Where(k => k.State == (int)OutboxState.Waiting).ToList();
        return new OutboxCounts
        {
            ByState = states.Where(s => s.Value > 0).ToDictionary(),
            Due = waiting.Sum(k => k.Due),
            OldestDue = TimeSpan.FromMilliseconds(Math.Max(0, waiting.Max(k => k.Oldest))),
        };
    }

    private static (int State, long Count, long Due, long Oldest) Read(DbDataReader reader) =>
        (reader.GetInt32(0), reader.GetInt64(1), reader.GetInt64(2), reader.IsDBNull(3) ? 0 : reader.GetInt64(3));
}
