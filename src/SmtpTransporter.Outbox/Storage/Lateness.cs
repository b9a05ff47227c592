using System.Globalization;

namespace SmtpTransport.Outbox;

/// <summary>What is late or has just failed, read from indexes. Thread-safe.</summary>
internal sealed class Lateness(Database database, QueueTable queue, EmailTable emails, LaneLimits limits)
{
    /// <summary>How many expired emails of each queue are listed.</summary>
    public const int MaxExpired = 100;

    private const int MaxQueues = 100;
    private const int MaxPages = 50;

    private static readonly TimeSpan Recent = TimeSpan.FromHours(1);

    /// <summary>
    /// How long the first email has been due that is not paused, or is held. If something is paused, it is that of the first 5,000 queues.
    /// </summary>
    public async Task<TimeSpan> FindOldestAsync(
        OutboxCounts counts, IReadOnlyCollection<SendPause> pauses, CancellationToken cancellationToken)
    {
        var oldest = pauses.Count == 0 ? counts.OldestDue : await FindOldestFreeAsync(pauses, cancellationToken).ConfigureAwait(false);
        // A worker holds nothing that is paused.
        return oldest > counts.OldestHeld ? oldest : counts.OldestHeld;
    }

    private async Task<TimeSpan> FindOldestFreeAsync(IReadOnlyCollection<SendPause> pauses, CancellationToken cancellationToken)
    {
        var heads = await ListQueuesAsync(cancellationToken).ConfigureAwait(false);
        return heads.Where(h => !IsPaused(h.Key, pauses)).Select(h => -h.DueIn).Append(TimeSpan.Zero).Max();
    }

    /// <summary>
    /// Emails that have expired, of queues whose emails no worker claims: paused ones, and those that wait for others of their lane or for
    /// a quota. At most <see cref="MaxExpired"/> of each queue, among the ten thousand that have waited longest.
    /// </summary>
    public async Task<List<EmailRow>> ListExpiredAsync(IReadOnlyCollection<SendPause> pauses, CancellationToken cancellationToken)
    {
        var expired = new List<EmailRow>();
        foreach (var (key, dueIn, _) in await ListQueuesAsync(cancellationToken).ConfigureAwait(false))
        {
            if (dueIn > TimeSpan.Zero || !(key.IsOrdered || IsPaused(key, pauses) || limits.HasQuota(key.Transporter, key.Lane)))
                continue;
            expired.AddRange(await emails.ListAsync(
                $"""
                SELECT {EmailRow.Columns} FROM (
                    SELECT * FROM {database.Tables.Email}
                    WHERE {OutboxSchema.Ready} AND transporter = @transporter AND lane = @lane AND priority = @priority
                        AND is_ordered = @ordered AND due_at <= {database.Now}
                    ORDER BY due_at LIMIT 10000) AS e
                WHERE expires_at <= {database.Now} LIMIT {MaxExpired}
                """,
                [
                    ("transporter", key.Transporter), ("lane", key.Lane), ("priority", (int)key.Priority),
                    ("ordered", key.IsOrdered ? 1 : 0), database.NowParameter,
                ],
                cancellationToken).ConfigureAwait(false));
        }
        return expired;
    }

    /// <summary>How many dead letters there are of the last hour, up to a limit.</summary>
    public async Task<long> CountRecentDeadLettersAsync(int limit, CancellationToken cancellationToken)
    {
        var counts = await database.ListAsync(
            $"""
            SELECT count(*) FROM (
                SELECT 1 FROM {database.Tables.Email}
                WHERE state = {StateCodes.DeadLettered} AND ended_at IS NOT NULL AND ended_at > {database.Now} - @recent LIMIT @limit) AS d
            """,
            reader => Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture), cancellationToken,
            ("recent", (long)Recent.TotalMilliseconds), ("limit", limit), database.NowParameter).ConfigureAwait(false);
        return counts[0];
    }

    private async Task<List<QueueHead>> ListQueuesAsync(CancellationToken cancellationToken)
    {
        var all = new List<QueueHead>();
        for (var page = 0; page < MaxPages; page++)
        {
            var heads = await queue.ListQueuesAsync(all.Count == 0 ? null : all[^1].Key, MaxQueues, cancellationToken)
                .ConfigureAwait(false);
            all.AddRange(heads);
            if (heads.Count < MaxQueues)
                break;
        }
        return all;
    }

    private static bool IsPaused(QueueKey key, IReadOnlyCollection<SendPause> pauses) =>
        pauses.Any(p => p.Holds(key.Transporter, key.Lane));
}
