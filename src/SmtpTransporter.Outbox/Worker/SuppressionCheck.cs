using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>Decides which recipients of emails are on the suppression list, and holds them back. Thread-safe.</summary>
internal sealed class SuppressionCheck(SuppressionTable table, EmailStore store, ILogger logger)
{
    private volatile bool _isBlocked;

    /// <summary>
    /// Holds back what was claimed just now, and has not begun. What was enqueued while an address was added is found here: either the
    /// claim sees the entry, or whoever has added it sees the claim.
    /// </summary>
    /// <returns>The claims that are left.</returns>
    /// <exception cref="LostSuppressionsException">The key of an entry cannot be decrypted: nothing may begin.</exception>
    public async Task<List<Claim>> HoldBackAsync(List<Claim> claims, CancellationToken cancellationToken)
    {
        List<Decision> decisions =
            [.. claims.Select(c => c.Row).Where(IsReadable).Select(EmailActions.ReopenRestored).OfType<Decision>()];
        // All of them are of one claim.
        if (claims.Exists(c => c.MayBeSuppressed))
            decisions.AddRange(await DecideAsync([.. claims.Select(c => c.Row)], cancellationToken).ConfigureAwait(false));
        if (decisions.Count == 0)
            return claims;
        var changed = await store.HoldBackAsync(decisions, cancellationToken).ConfigureAwait(false);
        OutboxLog.HeldBack(logger, changed.Count);
        // Those that are not changed are in other hands by now.
        var gone = decisions.Select(d => d.Row.Id).ToHashSet();
        return claims.FindAll(c => !gone.Contains(c.Row.Id));
    }

    /// <summary>Whether one of those who have not got an email is on the list.</summary>
    /// <exception cref="LostSuppressionsException">The key of an entry cannot be decrypted.</exception>
    public async Task<bool> HoldsAsync(EmailRow row, CancellationToken cancellationToken) =>
        (await DecideAsync([row], cancellationToken).ConfigureAwait(false)).Count > 0;

    /// <summary>
    /// Whether the claims must wait, because the list cannot be compared with their recipients. The database is asked only after
    /// <see cref="Block"/>.
    /// </summary>
    public async Task<bool> IsBlockedAsync(CancellationToken cancellationToken)
    {
        if (_isBlocked && await table.FindLossAsync(cancellationToken).ConfigureAwait(false) is null)
        {
            _isBlocked = false;
            OutboxLog.ListReadable(logger);
        }
        return _isBlocked;
    }

    /// <summary>The list could not be compared with the recipients of a claim.</summary>
    public void Block(LostSuppressionsException exception)
    {
        _isBlocked = true;
        OutboxLog.ListLost(logger, exception);
    }

    /// <summary>What to do with emails that wait; nothing with those that may go to all their recipients.</summary>
    /// <exception cref="LostSuppressionsException">The key of an entry cannot be decrypted.</exception>
    public async Task<List<Decision>> DecideAsync(IReadOnlyList<EmailRow> rows, CancellationToken cancellationToken)
    {
        var readable = rows.Where(IsReadable).ToList();
        var found = await table.FindAsync(readable.SelectMany(r => r.Envelope.OpenAddresses), cancellationToken).ConfigureAwait(false);
        if (found.Count == 0)
            return [];
        return [.. readable.Select(row => EmailActions.Suppress(row, address => Find(address, row))).OfType<Decision>()];

        Suppression? Find(string address, EmailRow row) => found[SearchTerms.Normalize(address)]
            .FirstOrDefault(s => s.Holds(row.Stream));
    }

    /// <summary>An email that cannot be read fails by itself.</summary>
    private static bool IsReadable(EmailRow row)
    {
        try
        {
            return row.Envelope.Recipients.Count > 0;
        }
        catch (Exception exception) when (exception is CryptographicException or JsonException)
        {
            return false;
        }
    }
}
