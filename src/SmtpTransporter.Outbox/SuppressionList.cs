using System.Collections.Concurrent;
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

    private const int MaxKnown = 10_000;

    // The times of entries that a single call has found, and all workers have acknowledged: the same call again does not wait for them.
    private readonly ConcurrentDictionary<(string Address, string? Stream), DateTimeOffset> _known = new();

    // What is being added by single calls. Whoever adds the same meanwhile waits for it: it is stored and holds everything back then.
    private readonly ConcurrentDictionary<(string Address, string? Stream), Task> _adding = new();

    public async Task<bool> AddAsync(Suppression suppression, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(suppression);
        if (suppression.FindError() is { } error)
            throw new ArgumentException(error, nameof(suppression));
        var key = (SearchTerms.Normalize(suppression.Address), suppression.Stream);
        while (true)
        {
            var own = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var running = _adding.GetOrAdd(key, own.Task);
            if (running == own.Task)
                return await AddAsync(suppression, key, own, cancellationToken).ConfigureAwait(false);
            try
            {
                await running.WaitAsync(cancellationToken).ConfigureAwait(false);
                return false;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // The other one was canceled.
            }
        }
    }

    public async Task<int> AddManyAsync(IReadOnlyList<Suppression> suppressions, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(suppressions);
        for (var i = 0; i < suppressions.Count; i++)
        {
            if ((suppressions[i] is { } entry ? entry.FindError() : "It is null.") is { } error)
                throw new ArgumentException($"suppressions[{i}]: {error}", nameof(suppressions));
        }
        return await AddAllAsync(suppressions, isKnown: false, cancellationToken).ConfigureAwait(false);
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

    private async Task<bool> AddAsync(
        Suppression suppression, (string Address, string? Stream) key, TaskCompletionSource own, CancellationToken cancellationToken)
    {
        try
        {
            var isKnown = _known.TryGetValue(key, out var at) && await FindTimeAsync(key, cancellationToken).ConfigureAwait(false) == at;
            var isNew = await AddAllAsync([suppression], isKnown, cancellationToken).ConfigureAwait(false) > 0;
            if (!isNew && !isKnown)
                await RememberAsync(key, cancellationToken).ConfigureAwait(false);
            _adding.TryRemove(key, out _);
            own.SetResult();
            return isNew;
        }
        catch (Exception exception)
        {
            _adding.TryRemove(key, out _);
            if (exception is OperationCanceledException)
                own.SetCanceled(cancellationToken);
            else
                own.SetException(exception);
            // Perhaps nobody else waits for it.
            _ = own.Task.Exception;
            throw;
        }
    }

    /// <param name="suppressions">Valid entries.</param>
    /// <param name="isKnown">Whether all workers have acknowledged the entries before.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    private async Task<int> AddAllAsync(IReadOnlyList<Suppression> suppressions, bool isKnown, CancellationToken cancellationToken)
    {
        await database.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
        var added = 0;
        // All are stored before anyone is waited for: a worker that hangs holds none of them up.
        foreach (var some in suppressions.Chunk(Step))
        {
            var count = await table.AddAsync(some, cancellationToken).ConfigureAwait(false);
            if (count > 0)
                OutboxLog.Suppressed(logger, count, some[0], some[0].By ?? "");
            added += count;
        }
        var tally = new DecisionTally();
        foreach (var some in suppressions.Chunk(Step))
            await HoldBackAsync(some, tally, cancellationToken).ConfigureAwait(false);
        // Whoever has added an entry that was there may still be at it, or was cut off before the workers knew.
        var recallsAll = (added < suppressions.Count && !isKnown) || tally.IsAnySending;
        await rounds.RecallAsync(tally, recallsAll, cancellationToken).ConfigureAwait(false);
        return added;
    }

    private async Task RememberAsync((string Address, string? Stream) key, CancellationToken cancellationToken)
    {
        if (await FindTimeAsync(key, cancellationToken).ConfigureAwait(false) is not { } at)
            return;
        if (_known.Count >= MaxKnown)
            _known.Clear();
        _known[key] = at;
    }

    private async Task<DateTimeOffset?> FindTimeAsync((string Address, string? Stream) key, CancellationToken cancellationToken) =>
        (await FindAsync(key.Address, cancellationToken).ConfigureAwait(false)).FirstOrDefault(s => s.Stream == key.Stream)?.At;

    /// <summary>
    /// Looks for what waits, after the entries were added: a claim that has not seen them is committed before the search begins, or will be
    /// when the decision gets the row. What may be on its way is not changed: its worker looks at the list before a further transaction,
    /// once it has acknowledged that something has changed.
    /// </summary>
    private async Task HoldBackAsync(Suppression[] entries, DecisionTally tally, CancellationToken cancellationToken)
    {
        var filter = await search.CreateOpenFilterAsync(entries.Select(e => e.Address), cancellationToken).ConfigureAwait(false);
        await rounds.ChangeAsync(
            filter,
            rows =>
            {
                tally.IsAnySending |= rows.Any(r => r.State == OutboxState.Sending);
                return check.DecideAsync([.. rows.Where(r => r.State == OutboxState.Waiting)], cancellationToken);
            },
            tally,
            cancellationToken).ConfigureAwait(false);
    }
}
