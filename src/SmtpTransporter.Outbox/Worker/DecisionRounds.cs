namespace SmtpTransport.Outbox;

/// <summary>
/// Carries out decisions about all emails that a search finds, some in each transaction, in the order of their ids, and decides again about
/// those that change hands meanwhile. The workers are waited for once, when all is changed: one that hangs holds nothing up. Thread-safe.
/// </summary>
internal sealed class DecisionRounds(EmailSearch search, EmailStore store, Recall recall)
{
    // How many emails are changed in one transaction.
    private const int Step = 500;

    private const int MaxRounds = 10;

    /// <summary>Decides about all emails that are there now.</summary>
    /// <param name="filter">Which emails.</param>
    /// <param name="decide">The decisions about some of them.</param>
    /// <param name="tally">Gets what came of it, also if an exception ends it.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="OutboxUnacknowledgedException">Everything is changed, but a worker has not acknowledged it.</exception>
    public async Task RunAsync(
        EmailFilter filter, Func<IReadOnlyList<EmailRow>, Task<List<Decision>>> decide, DecisionTally tally,
        CancellationToken cancellationToken)
    {
        await ChangeAsync(filter, decide, tally, cancellationToken).ConfigureAwait(false);
        await RecallAsync(tally, recallsAll: false, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits for the workers after calls of <see cref="ChangeAsync"/>.</summary>
    /// <param name="tally">What came of them.</param>
    /// <param name="recallsAll">Whether all workers must acknowledge it, and not only those that held what was changed.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="OutboxUnacknowledgedException">Everything is changed, but a worker has not acknowledged it.</exception>
    public Task RecallAsync(DecisionTally tally, bool recallsAll, CancellationToken cancellationToken) =>
        recallsAll ? recall.RecallAllAsync(cancellationToken) : recall.RecallAsync(tally.Holders, cancellationToken);

    /// <summary>The same as <see cref="RunAsync"/> for a caller who waits for the workers itself, after several calls.</summary>
    public async Task ChangeAsync(
        EmailFilter filter, Func<IReadOnlyList<EmailRow>, Task<List<Decision>>> decide, DecisionTally tally,
        CancellationToken cancellationToken)
    {
        var isComplete = false;
        try
        {
            await foreach (var rows in search.ReadAllAsync(filter, Step, cancellationToken).ConfigureAwait(false))
            {
                // An email may be found by each of several recipients.
                await ApplyAsync([.. rows.DistinctBy(r => r.Id)], decide, tally, cancellationToken).ConfigureAwait(false);
            }
            isComplete = true;
        }
        finally
        {
            if (!isComplete)
                await recall.AnnounceAsync(tally.Holders).ConfigureAwait(false);
        }
    }

    /// <summary>Decides about emails until none is left that is in the same state, but changed hands since it was read.</summary>
    private async Task ApplyAsync(
        IReadOnlyList<EmailRow> rows, Func<IReadOnlyList<EmailRow>, Task<List<Decision>>> decide, DecisionTally tally,
        CancellationToken cancellationToken)
    {
        for (var round = 0; round < MaxRounds && rows.Count > 0; round++)
        {
            var decisions = await decide(rows).ConfigureAwait(false);
            var done = await store.ApplyAsync(decisions, tally.Holders, cancellationToken).ConfigureAwait(false);
            tally.Changed += done.Count;
            var again = new List<EmailRow>();
            foreach (var (row, _, _) in decisions.Where(d => !done.Contains(d.Row.Id)))
            {
                var now = await store.FindAsync(row.Id, cancellationToken).ConfigureAwait(false);
                tally.IsAnySending |= now is { State: OutboxState.Sending };
                if (now is not null && now.State == row.State && now.Generation != row.Generation)
                    again.Add(now);
            }
            rows = again;
        }
    }
}
