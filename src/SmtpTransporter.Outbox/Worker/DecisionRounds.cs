namespace SmtpTransport.Outbox;

/// <summary>Carries decisions out, and decides again about emails that change hands meanwhile. Thread-safe.</summary>
internal sealed class DecisionRounds(EmailStore store)
{
    private const int Max = 10;

    /// <summary>Decides about emails until none is left that is in the same state, but was claimed or given back since it was read.</summary>
    /// <param name="rows">The emails.</param>
    /// <param name="decide">The decisions about some of them.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>How many emails were changed.</returns>
    /// <exception cref="TimeoutException">A worker has not acknowledged it; the exception knows how many are changed.</exception>
    public async Task<int> ApplyAsync(
        IReadOnlyList<EmailRow> rows, Func<IReadOnlyList<EmailRow>, Task<List<Decision>>> decide, CancellationToken cancellationToken)
    {
        var changed = 0;
        var decisions = await decide(rows).ConfigureAwait(false);
        try
        {
            for (var round = 0; round < Max && decisions.Count > 0; round++)
            {
                var done = await store.DecideAsync(decisions, cancellationToken).ConfigureAwait(false);
                changed += done.Count;
                var again = new List<EmailRow>();
                foreach (var (row, _, _) in decisions.Where(d => !done.Contains(d.Row.Id)))
                {
                    if (await store.FindAsync(row.Id, cancellationToken).ConfigureAwait(false) is { } now
                        && now.State == row.State && now.Generation != row.Generation)
                        again.Add(now);
                }
                decisions = again.Count == 0 ? [] : await decide(again).ConfigureAwait(false);
            }
        }
        catch (UnacknowledgedException exception)
        {
            exception.Changed += changed;
            throw;
        }
        return changed;
    }
}
