using System.Globalization;

namespace SmtpTransport.Outbox;

/// <summary>Counts what has ended, in the index by state and end. Thread-safe.</summary>
internal sealed class ThroughputStatistics(Database database)
{
    private const long Minute = 60_000;

    /// <summary>The remainder, because a division has decimals in some databases.</summary>
    internal string ListSql =>
        $"""
        SELECT ended_at - ended_at % {Minute} AS started, state, count(*) FROM {database.Tables.Email}
        WHERE state IN ({StateCodes.Sent}, {StateCodes.DeadLettered}) AND ended_at IS NOT NULL
            AND ended_at >= @first AND ended_at < @last
        GROUP BY started, state
        """;

    public async Task<IReadOnlyList<OutboxThroughput>> ListAsync(
        DateTimeOffset from, DateTimeOffset until, CancellationToken cancellationToken)
    {
        var counts = await database.ListAsync(
            ListSql,
            reader => (At: reader.GetInt64(0), State: reader.GetInt32(1), Count: reader.GetInt64(2)), cancellationToken,
            ("first", UnixTime.Write(from)), ("last", UnixTime.Write(until))).ConfigureAwait(false);
        return
        [
            .. counts.GroupBy(c => c.At).OrderBy(g => g.Key).Select(
                g => new OutboxThroughput(UnixTime.Read(g.Key), Sum(g, OutboxState.Sent), Sum(g, OutboxState.DeadLettered))),
        ];

        static long Sum(IEnumerable<(long At, int State, long Count)> all, OutboxState state) =>
            all.Where(c => c.State == (int)state).Sum(c => c.Count);
    }

    /// <summary>The time of the database.</summary>
    public async Task<DateTimeOffset> GetTimeAsync(CancellationToken cancellationToken)
    {
        var now = await database.ListAsync(
            $"SELECT {database.Now}", reader => Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture), cancellationToken,
            database.NowParameter).ConfigureAwait(false);
        return UnixTime.Read(now[0]);
    }
}
