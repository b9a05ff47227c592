using System.Data.Common;
using System.Globalization;

namespace SmtpTransport.Outbox;

/// <summary>
/// What was used of the quotas, for all machines. Whoever changes a quota keeps the others out until the commit, in the order of the names.
/// Thread-safe.
/// </summary>
internal sealed class QuotaTable(Database database)
{
    private string Table => database.Tables.Quota;

    /// <summary>Takes from all quotas, or from none.</summary>
    /// <param name="charges">What is taken.</param>
    /// <param name="priority">The priority of the email: some of a quota may be kept for a higher one.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<QuotaAnswer> TakeAsync(
        IReadOnlyList<QuotaCharge> charges, OutboxPriority priority, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            var ordered = Sort(charges);
            await LockAsync(transaction, ordered, cancellationToken).ConfigureAwait(false);
            var (now, buckets) = await ReadAsync(transaction.Connection!, transaction, ordered.Select(c => c.Quota.Name), cancellationToken)
                .ConfigureAwait(false);
            var full = new List<(SendQuota Quota, TimeSpan Wait)>();
            foreach (var (quota, amount, _) in ordered)
            {
                if (new QuotaWindow(quota.Window, now, buckets[quota.Name]).FindWait(amount, quota.GetLimit(priority)) is { } wait)
                    full.Add((quota, wait));
            }
            if (full.Count > 0)
            {
                var last = full.MaxBy(f => f.Wait);
                return new QuotaAnswer([], now, last.Quota, last.Wait);
            }
            var taken = new List<QuotaCharge>();
            foreach (var charge in ordered)
            {
                var end = QuotaWindow.FindEnd(charge.Quota.Window, now);
                var isKnown = await TidyAsync(transaction, charge.Quota, [.. buckets[charge.Quota.Name]], now, end, cancellationToken)
                    .ConfigureAwait(false);
                await AddAsync(transaction, charge.Quota.Name, end, charge.Amount, isKnown, cancellationToken).ConfigureAwait(false);
                taken.Add(charge with { EndsAt = end });
            }
            return new QuotaAnswer(taken, now);
        },
        cancellationToken);

    /// <summary>Gives back what was taken, and takes it anew as of now if an email has used it.</summary>
    public Task SettleAsync(IReadOnlyList<QuotaCharge> charges, bool isUsed, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async transaction =>
            {
                var ordered = Sort(charges);
                await LockAsync(transaction, ordered, cancellationToken).ConfigureAwait(false);
                var (now, buckets) = await ReadAsync(
                    transaction.Connection!, transaction, ordered.Select(c => c.Quota.Name), cancellationToken).ConfigureAwait(false);
                var known = buckets.SelectMany(g => g.Select(b => (g.Key, b.EndsAt))).ToHashSet();
                foreach (var (quota, amount, endsAt) in ordered)
                {
                    var end = QuotaWindow.FindEnd(quota.Window, now);
                    if (isUsed && end == endsAt)
                        continue;
                    await transaction.Connection!.ExecuteAsync(
                        $"""
                        UPDATE {Table} SET used = CASE WHEN used > @amount THEN used - @amount ELSE 0 END
                        WHERE name = @name AND ends_at = @end
                        """,
                        cancellationToken, transaction, ("name", quota.Name), ("end", endsAt), ("amount", amount)).ConfigureAwait(false);
                    if (!isUsed)
                        continue;
                    var isKnown = !known.Add((quota.Name, end));
                    await AddAsync(transaction, quota.Name, end, amount, isKnown, cancellationToken).ConfigureAwait(false);
                }
                return true;
            },
            cancellationToken);

    /// <summary>Reads the time of the database, and what is known of quotas.</summary>
    public async Task<(long Now, ILookup<string, QuotaBucket> Buckets)> ReadAsync(
        IEnumerable<string> names, CancellationToken cancellationToken)
    {
        var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
            return await ReadAsync(connection, null, names, cancellationToken).ConfigureAwait(false);
    }

    private static List<QuotaCharge> Sort(IEnumerable<QuotaCharge> charges) =>
        [.. charges.OrderBy(c => c.Quota.Name, StringComparer.Ordinal)];

    private async Task LockAsync(DbTransaction transaction, IEnumerable<QuotaCharge> charges, CancellationToken cancellationToken)
    {
        foreach (var name in charges.Select(c => c.Quota.Name).Distinct(StringComparer.Ordinal))
        {
            await transaction.Connection!.ExecuteAsync(
                $"INSERT INTO {database.Tables.Setting} (name, value) VALUES (@name, 0) {database.OrSet("value")}",
                cancellationToken, transaction, ("name", $"quota {name}")).ConfigureAwait(false);
        }
    }

    private async Task<(long Now, ILookup<string, QuotaBucket> Buckets)> ReadAsync(
        DbConnection connection, DbTransaction? transaction, IEnumerable<string> names, CancellationToken cancellationToken)
    {
        var all = names.Distinct(StringComparer.Ordinal).ToList();
        // A statement of its own: it is later than the lock.
        var now = await connection.ScalarAsync($"SELECT {database.Now}", cancellationToken, transaction, database.NowParameter)
            .ConfigureAwait(false);
        (string, object?)[] parameters =
            [.. all.Select((name, i) => (string.Create(CultureInfo.InvariantCulture, $"name{i}"), (object?)name))];
        var buckets = all.Count == 0 ? [] : await connection.ListAsync(
            $"SELECT name, ends_at, used FROM {Table} WHERE name IN ({string.Join(", ", parameters.Select(p => $"@{p.Item1}"))})",
            reader => (Name: reader.GetString(0), Bucket: new QuotaBucket(reader.GetInt64(1), reader.GetInt64(2))),
            cancellationToken, transaction, parameters).ConfigureAwait(false);
        return (
            Convert.ToInt64(now, CultureInfo.InvariantCulture), buckets.ToLookup(b => b.Name, b => b.Bucket, StringComparer.Ordinal));
    }

    /// <summary>Removes what has slid out of the window, and what a clock that has gone back left behind in the future.</summary>
    /// <returns>Whether there is a bucket that ends then.</returns>
    private async Task<bool> TidyAsync(
        DbTransaction transaction, SendQuota quota, IReadOnlyList<QuotaBucket> buckets, long now, long end,
        CancellationToken cancellationToken)
    {
        var begin = now - (long)quota.Window.TotalMilliseconds;
        var isKnown = buckets.Any(b => b.EndsAt == end);
        if (!buckets.Any(b => b.EndsAt <= begin || b.EndsAt > end))
            return isKnown;
        await transaction.Connection!.ExecuteAsync(
            $"DELETE FROM {Table} WHERE name = @name AND (ends_at <= @begin OR ends_at > @end)",
            cancellationToken, transaction, ("name", quota.Name), ("begin", begin), ("end", end)).ConfigureAwait(false);
        var later = buckets.Where(b => b.EndsAt > end).Sum(b => b.Used);
        if (later == 0)
            return isKnown;
        await AddAsync(transaction, quota.Name, end, later, isKnown, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private Task<int> AddAsync(
        DbTransaction transaction, string name, long end, long amount, bool isKnown, CancellationToken cancellationToken) =>
        transaction.Connection!.ExecuteAsync(
            isKnown
                ? $"UPDATE {Table} SET used = used + @amount WHERE name = @name AND ends_at = @end"
                : $"INSERT INTO {Table} (name, ends_at, used) VALUES (@name, @end, @amount)",
            cancellationToken, transaction, ("name", name), ("end", end), ("amount", amount));
}
