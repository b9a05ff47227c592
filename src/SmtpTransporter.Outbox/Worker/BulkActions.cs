using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>
/// Acts on many emails. If it is interrupted, the same call goes on: what is done is not found again. Thread-safe.
/// </summary>
internal sealed class BulkActions(
    EmailSearch search, EmailStore store, EmailActions actions, DecisionRounds rounds, ILogger logger)
{
    /// <returns>How many emails were changed.</returns>
    /// <exception cref="ArgumentException">The query is not valid for the action, or nobody is named.</exception>
    public async Task<int> RunAsync(DecisionKind kind, OutboxQuery query, string by, string? reason, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentException.ThrowIfNullOrWhiteSpace(by);
        var limited = kind.Limit(query);
        await store.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
        var filter = await search.CreateFilterAsync(limited, cancellationToken).ConfigureAwait(false);
        var tally = new DecisionTally();
        try
        {
            await rounds.RunAsync(filter, DecideAsync, tally, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (tally.Changed > 0)
                OutboxLog.DecidedMany(logger, kind.Verb, tally.Changed, by, reason ?? "");
        }
        return tally.Changed;

        Task<List<Decision>> DecideAsync(IReadOnlyList<EmailRow> rows) =>
            Task.FromResult<List<Decision>>([.. rows.Select(row => TryDecide(kind, row, by, reason)).OfType<Decision>()]);
    }

    /// <summary>Null for an email that is left as it is: nobody is left to send it to, or it cannot be decrypted.</summary>
    private Decision? TryDecide(DecisionKind kind, EmailRow row, string by, string? reason)
    {
        try
        {
            return kind.Decide(actions, row, by, reason);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
