using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>
/// Acts on many emails, some in each transaction, in the order of their ids. If it is interrupted, the same call goes on: what is done is
/// not found again. Thread-safe.
/// </summary>
internal sealed class BulkActions(
    EmailSearch search, EmailStore store, EmailActions actions, DecisionRounds rounds, ILogger logger)
{
    /// <summary>How many emails are changed in one transaction.</summary>
    public const int Step = 500;

    /// <returns>How many emails were changed.</returns>
    /// <exception cref="ArgumentException">The query is not valid for the action, or nobody is named.</exception>
    public async Task<int> RunAsync(DecisionKind kind, OutboxQuery query, string by, string? reason, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentException.ThrowIfNullOrWhiteSpace(by);
        var limited = kind.Limit(query);
        await store.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
        var filter = await search.CreateFilterAsync(limited, cancellationToken).ConfigureAwait(false);
        var changed = 0;
        try
        {
            await foreach (var rows in search.ReadAllAsync(filter, Step, cancellationToken).ConfigureAwait(false))
                changed += await rounds.ApplyAsync(rows, DecideAsync, cancellationToken).ConfigureAwait(false);
        }
        catch (UnacknowledgedException exception)
        {
            changed += exception.Changed;
            throw;
        }
        finally
        {
            if (changed > 0)
                OutboxLog.DecidedMany(logger, kind.Verb, changed, by, reason ?? "");
        }
        return changed;

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
