using System.Data.Common;
using System.Globalization;

namespace SmtpTransport.Outbox;

/// <summary>
/// Removes the messages of emails that have ended, while their entries remain. It goes on where it, or another worker, was the last time,
/// so that each pass looks at what has ended since. Thread-safe.
/// </summary>
internal sealed class MessageRemover(Database database, PartTable parts, SettingTable settings)
{
    private const int Step = 100;

    // What was committed late, or by a clock that was behind.
    private static readonly long Margin = (long)TimeSpan.FromHours(1).TotalMilliseconds;

    private TableNames Tables => database.Tables;

    /// <summary>Removes the messages of emails that have been in a final state for some time, some in each transaction.</summary>
    /// <returns>How many were removed.</returns>
    public async Task<int> RemoveAsync(OutboxState state, TimeSpan endedFor, CancellationToken cancellationToken)
    {
        var setting = string.Create(CultureInfo.InvariantCulture, $"messages_{(int)state}");
        var start = await settings.ReadAsync(setting, cancellationToken).ConfigureAwait(false);
        var (after, removed) = (start - Margin, 0);
        long? left = null;
        while (true)
        {
            var found = await FindAsync(state, endedFor, after, cancellationToken).ConfigureAwait(false);
            var done = found.Count == 0
                ? 0 : await RemoveAsync(state, [.. found.Select(f => f.Id)], cancellationToken).ConfigureAwait(false);
            if (done < found.Count)
                // Another transaction has them: the next pass begins here.
                left ??= found[0].EndedAt;
            removed += done;
            if (found.Count > 0)
                after = found[^1].EndedAt;
            if (done == 0 || found.Count < Step)
                break;
        }
        var end = left ?? Math.Max(after, start);
        if (end != start)
            await settings.WriteAsync(setting, end, cancellationToken).ConfigureAwait(false);
        return removed;
    }

    private Task<List<(Guid Id, long EndedAt)>> FindAsync(
        OutboxState state, TimeSpan endedFor, long after, CancellationToken cancellationToken) => database.ListAsync(
        $"""
        SELECT e.id, e.ended_at FROM {Tables.Email} e
        WHERE e.state = {(int)state} AND e.ended_at >= @after AND e.ended_at <= {database.Now} - @for
            AND EXISTS (SELECT 1 FROM {Tables.Message} m WHERE m.email_id = e.id)
        ORDER BY e.ended_at LIMIT {Step}
        """,
        reader => (Ids.Parse(reader.GetString(0)), reader.GetInt64(1)), cancellationToken,
        ("after", after), ("for", (long)endedFor.TotalMilliseconds), database.NowParameter);

    private async Task<int> RemoveAsync(OutboxState state, IReadOnlyList<Guid> found, CancellationToken cancellationToken)
    {
        var (count, unused) = await database.InTransactionAsync(
            async transaction =>
            {
                var ids = await LockAsync(transaction, state, found, cancellationToken).ConfigureAwait(false);
                if (ids.Count == 0)
                    return (0, (List<string>)[]);
                var source = database.List(ids);
                await transaction.Connection!.ExecuteAsync(
                    $"DELETE FROM {Tables.Message} WHERE email_id IN ({source.Sql})", cancellationToken, transaction, source.Parameters)
                    .ConfigureAwait(false);
                // A decision that has read it before fails, and reads it again.
                await transaction.Connection!.ExecuteAsync(
                    $"UPDATE {Tables.Email} SET expires_at = {UnixTime.Never}, generation = generation + 1 WHERE id IN ({source.Sql})",
                    cancellationToken, transaction, source.Parameters).ConfigureAwait(false);
                return (ids.Count, await parts.DetachAsync(transaction, ids, cancellationToken).ConfigureAwait(false));
            },
            cancellationToken).ConfigureAwait(false);
        await parts.RemoveIfUnusedAsync(unused, cancellationToken).ConfigureAwait(false);
        return count;
    }

    /// <summary>Those that are still in the state, and that no other transaction holds.</summary>
    private Task<List<Guid>> LockAsync(
        DbTransaction transaction, OutboxState state, IReadOnlyList<Guid> found, CancellationToken cancellationToken)
    {
        var source = database.List(found);
        return transaction.Connection!.ListAsync(
            $"SELECT id FROM {Tables.Email} WHERE id IN ({source.Sql}) AND state = {(int)state} {database.SkipLocked}",
            reader => Ids.Parse(reader.GetString(0)), cancellationToken, transaction, source.Parameters);
    }
}
