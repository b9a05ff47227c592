namespace SmtpTransport.Outbox;

/// <summary>Counts the emails.</summary>
internal sealed class OutboxStatistics(Database database)
{
    public async Task<OutboxCounts> CountAsync(CancellationToken cancellationToken)
    {
        var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var states = await connection.ListAsync(
                $"SELECT state, count(*) FROM {database.Tables.Email} GROUP BY state",
                r => (State: (OutboxState)r.GetInt32(0), Count: r.GetInt64(1)), cancellationToken).ConfigureAwait(false);
            var due = await connection.ListAsync(
                $"""
                SELECT count(*), {database.Now} - min(due_at) FROM {database.Tables.Email}
                WHERE state = {StateCodes.Waiting} AND due_at <= {database.Now}
                """,
                r => (Count: r.GetInt64(0), Oldest: r.IsDBNull(1) ? 0 : r.GetInt64(1)), cancellationToken, null, database.NowParameter)
                .ConfigureAwait(false);
            return new OutboxCounts
            {
                ByState = states.ToDictionary(s => s.State, s => s.Count),
                Due = due[0].Count,
                OldestDue = TimeSpan.FromMilliseconds(due[0].Oldest),
            };
        }
    }
}
