using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <inheritdoc cref="ISuppressionList"/>
internal sealed class SuppressionList(
    Database database, SuppressionTable table, SuppressionCheck check, EmailSearch search, DecisionRounds rounds, ILogger logger)
    : ISuppressionList
{
    private const int MaxPage = 1000;

    // Of one transaction, whose emails one search finds.
    private const int Step = 100;

    public async Task<bool> AddAsync(Suppression suppression, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(suppression);
        if (suppression.FindError() is { } error)
            throw new ArgumentException(error, nameof(suppression));
        return await AddAsync([suppression], cancellationToken).ConfigureAwait(false) > 0;
    }

    public async Task<bool> RemoveAsync(
        string address, string by, string? stream = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(address);
        ArgumentException.ThrowIfNullOrWhiteSpace(by);
        await database.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
        var isRemoved = await table.RemoveAsync(address, stream, cancellationToken).ConfigureAwait(false);
        if (isRemoved)
            OutboxLog.Unsuppressed(logger, stream ?? "", by);
        return isRemoved;
    }

    public async Task<IReadOnlyList<Suppression>> FindAsync(string address, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(address);
        await database.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
        var found = await table.FindAsync([address], cancellationToken).ConfigureAwait(false);
        return [.. found[SearchTerms.Normalize(address)].OrderBy(s => s.Stream, StringComparer.Ordinal)];
    }

    public async Task<SuppressionPage> ListAsync(int limit = 100, string? page = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, MaxPage);
        if (page is not null && !Guid.TryParseExact(page, "N", out _))
            throw new ArgumentException($"page is \"{page}\"; allowed: the NextPage of the page before.", nameof(page));
        await database.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
        var (entries, next) = await table.ReadAsync(page, limit, cancellationToken).ConfigureAwait(false);
        return new SuppressionPage(entries, next);
    }

    public async Task<int> ExportAsync(TextWriter writer, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(writer);
        await writer.WriteLineAsync(SuppressionCsv.Header.AsMemory(), cancellationToken).ConfigureAwait(false);
        var count = 0;
        await foreach (var entry in ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            if (entry.Address.Length == 0)
                continue;
            await writer.WriteLineAsync(SuppressionCsv.Write(entry).AsMemory(), cancellationToken).ConfigureAwait(false);
            count++;
        }
        return count;
    }

    public async Task<int> ImportAsync(TextReader reader, string by, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentException.ThrowIfNullOrWhiteSpace(by);
        var (added, some) = (0, new List<Suppression>());
        await foreach (var entry in SuppressionCsv.ReadAsync(reader, cancellationToken).ConfigureAwait(false))
        {
            some.Add(entry.By is null ? entry with { By = by } : entry);
            if (some.Count < Step)
                continue;
            added += await AddAsync(some, cancellationToken).ConfigureAwait(false);
            some.Clear();
        }
        return added + await AddAsync(some, cancellationToken).ConfigureAwait(false);
    }

    private async IAsyncEnumerable<Suppression> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? page = null;
        do
        {
            var (entries, next) = await ListAsync(MaxPage, page, cancellationToken).ConfigureAwait(false);
            foreach (var entry in entries)
                yield return entry;
            page = next;
        }
        while (page is not null);
    }

    /// <summary>
    /// Adds entries, and then looks for what waits: a claim that has not seen them is committed before the search begins, or will be when
    /// the decision gets the row.
    /// </summary>
    private async Task<int> AddAsync(List<Suppression> entries, CancellationToken cancellationToken)
    {
        if (entries.Count == 0)
            return 0;
        await database.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
        var added = await table.AddAsync(entries, cancellationToken).ConfigureAwait(false);
        if (added > 0)
            OutboxLog.Suppressed(logger, added, entries[0], entries[0].By ?? "");
        // Also for an entry that was there: whoever has added it may still be at it, or was cut off.
        var filter = await search.CreateWaitingFilterAsync(entries.Select(e => e.Address), cancellationToken).ConfigureAwait(false);
        await foreach (var rows in search.ReadAllAsync(filter, BulkActions.Step, cancellationToken).ConfigureAwait(false))
        {
            // An email to several of them is found by each.
            await rounds.ApplyAsync(
                [.. rows.DistinctBy(r => r.Id)], some => check.DecideAsync(some, cancellationToken), cancellationToken)
                .ConfigureAwait(false);
        }
        return added;
    }
}
