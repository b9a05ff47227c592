namespace SmtpTransport.Outbox;

/// <summary>Counts the emails.</summary>
internal sealed class OutboxStatistics(Database database, TimeProvider time)
{
    public async Task<OutboxCounts> CountAsync(CancellationToken cancellationToken)
    {
        var now = UnixTime.Write(time.GetUtcNow());
        var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var states = await connection.ListAsync(
                "SELECT state, count(*) FROM smtp_outbox GROUP BY state",
                r => (State: (OutboxState)r.GetInt32(0), Count: r.GetInt64(1)), cancellationToken).ConfigureAwait(false);
            var due = await connection.ListAsync(
                $"SELECT count(*), min(due_at) FROM smtp_outbox WHERE state = {StateCodes.Waiting} AND due_at <= @now",
                r => (Count: r.GetInt64(0), Oldest: r.IsDBNull(1) ? now : r.GetInt64(1)), cancellationToken, null, ("now", now))
                .ConfigureAwait(false);
            return new OutboxCounts
            {
                ByState = states.ToDictionary(s => s.State, s => s.Count),
                Due = due[0].Count,
                OldestDue = TimeSpan.FromMilliseconds(now - due[0].Oldest),
            };
        }
    }
}
