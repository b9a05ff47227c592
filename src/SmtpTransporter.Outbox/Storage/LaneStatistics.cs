using System.Globalization;

namespace SmtpTransport.Outbox;

/// <summary>
/// Counts what waits and is sent in each lane: some steps in the index of what waits for each lane, and what workers hold, which is little.
/// Thread-safe.
/// </summary>
internal sealed class LaneStatistics(Database database, QueueTable queues, LaneLimits limits)
{
    // How many lanes are counted in one statement.
    private const int Step = 50;

    // Each priority, ordered or not.
    private static readonly int QueuesOfLane = Enum.GetValues<OutboxPriority>().Length * 2;

    /// <summary>Counts the emails of some lanes that nobody holds, each up to a limit.</summary>
    internal string CountSql(int lanes) => string.Join(
        "\nUNION ALL ",
        Enumerable.Range(0, lanes).Select(i => string.Create(
            CultureInfo.InvariantCulture,
            $"""
            SELECT {i}, count(*) FROM (SELECT 1 AS one FROM {database.Tables.Email}
                WHERE {OutboxSchema.Ready} AND transporter = @transporter{i} AND lane = @lane{i} LIMIT @limit) AS w{i}
            """)));

    private string HeldSql =>
        $"""
        SELECT transporter, lane, state, count(*) FROM {database.Tables.Email} WHERE {OutboxSchema.Held}
        GROUP BY transporter, lane, state
        """;

    public async Task<IReadOnlyList<OutboxLane>> ListAsync(int limit, int countLimit, CancellationToken cancellationToken)
    {
        var heads = await queues.ListQueuesAsync(null, limit * QueuesOfLane, cancellationToken).ConfigureAwait(false);
        var dueIn = heads.GroupBy(h => (h.Key.Transporter, h.Key.Lane)).ToDictionary(g => g.Key, g => g.Min(h => h.DueIn));
        var held = await database.ListAsync(
            HeldSql,
            reader => (Key: (reader.GetString(0), reader.GetString(1)), State: reader.GetInt32(2), Count: reader.GetInt64(3)),
            cancellationToken).ConfigureAwait(false);
        List<(string Transporter, string Lane)> lanes =
        [
            .. dueIn.Keys.Union(held.Select(h => h.Key))
                .OrderBy(k => k.Item1, StringComparer.Ordinal).ThenBy(k => k.Item2, StringComparer.Ordinal).Take(limit),
        ];
        var ready = await CountAsync([.. lanes.Where(dueIn.ContainsKey)], countLimit, cancellationToken).ConfigureAwait(false);
        var byLane = held.ToLookup(h => h.Key);
        return [.. lanes.Select(Create)];

        OutboxLane Create((string Transporter, string Lane) key)
        {
            // A worker has claimed some of those that wait.
            var waiting = ready.GetValueOrDefault(key) + Sum(OutboxState.Waiting);
            var intervals = limits.FindIntervals(key.Transporter, key.Lane).Select(i => i.Interval).ToList();
            var concurrency = limits.FindConcurrency(key.Transporter, key.Lane);
            return new OutboxLane
            {
                TransporterName = key.Transporter,
                Lane = key.Lane,
                Waiting = new OutboxMatchCount(Math.Min(waiting, countLimit), waiting > countLimit),
                Sending = Sum(OutboxState.Sending),
                FirstDueIn = dueIn.TryGetValue(key, out var first) ? first : null,
                MinInterval = intervals.Count == 0 ? null : intervals.Max(),
                HasRateLimiter = limits.FindLimiters(key.Transporter, key.Lane).Any(),
                MaxConcurrency = concurrency.Count == 0 ? null : concurrency.Min(c => c.Count),
            };

            long Sum(OutboxState state) => byLane[key].Where(h => h.State == (int)state).Sum(h => h.Count);
        }
    }

    private async Task<Dictionary<(string Transporter, string Lane), long>> CountAsync(
        List<(string Transporter, string Lane)> lanes, int countLimit, CancellationToken cancellationToken)
    {
        var counted = new Dictionary<(string Transporter, string Lane), long>();
        foreach (var some in lanes.Chunk(Step))
        {
            var counts = await database.ListAsync(
                CountSql(some.Length), reader => (Index: reader.GetInt32(0), Count: reader.GetInt64(1)), cancellationToken,
                [
                    .. some.Select((lane, i) => (Name("transporter", i), (object?)lane.Transporter)),
                    .. some.Select((lane, i) => (Name("lane", i), (object?)lane.Lane)),
                    ("limit", countLimit + 1),
                ]).ConfigureAwait(false);
            foreach (var (index, count) in counts)
                counted[some[index]] = count;
        }
        return counted;

        static string Name(string name, int index) => string.Create(CultureInfo.InvariantCulture, $"{name}{index}");
    }
}
