using System.Globalization;
using System.Runtime.CompilerServices;

namespace SmtpTransport.Outbox;

/// <summary>Finds emails, page by page in the order of their ids: no page reads what another one has read. Thread-safe.</summary>
internal sealed class EmailSearch(Database database, EmailTable emails, TermTable terms)
{
    // How many rows are read at once if the program decides about each.
    private const int ScanStep = 500;

    /// <summary>Prepares a query.</summary>
    /// <param name="query">The query.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The search needs a key that cannot be decrypted.</exception>
    public async Task<EmailFilter> CreateFilterAsync(OutboxQuery query, CancellationToken cancellationToken)
    {
        if (query.Recipient is not null || query.MessageId is not null)
            await terms.IndexAllAsync(cancellationToken).ConfigureAwait(false);
        var byMessageId = query.MessageId is { } messageId
            ? await terms.ListByMessageIdAsync(messageId, cancellationToken).ConfigureAwait(false)
            : [];
        var byRecipient = query.Recipient is { } address
            ? await terms.ListByRecipientAsync(address, cancellationToken).ConfigureAwait(false)
            : [];
        return new EmailFilter(query, database, byMessageId, byRecipient);
    }

    /// <summary>Prepares a query for what waits, or is being sent, to some addresses.</summary>
    /// <param name="addresses">The addresses; at least one.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The search needs a key that cannot be decrypted.</exception>
    public async Task<EmailFilter> CreateOpenFilterAsync(IEnumerable<string> addresses, CancellationToken cancellationToken)
    {
        await terms.IndexAllAsync(cancellationToken).ConfigureAwait(false);
        var byRecipient = await terms.ListByRecipientsAsync(addresses, cancellationToken).ConfigureAwait(false);
        return new EmailFilter(new OutboxQuery { States = [OutboxState.Waiting, OutboxState.Sending] }, database, [], byRecipient);
    }

    /// <summary>Reads a page.</summary>
    /// <param name="filter">What to find.</param>
    /// <param name="range">Where it begins and ends.</param>
    /// <param name="count">The maximum number of rows; at least 1.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <param name="maxScanned">After how many rows that do not all match the page ends, however few it has.</param>
    /// <returns>The rows, and the id behind which the next page begins; null if there is none.</returns>
    public async Task<(List<EmailRow> Rows, string? Next)> ReadAsync(
        EmailFilter filter, SearchRange range, int count, CancellationToken cancellationToken, int maxScanned = int.MaxValue)
    {
        var found = new List<EmailRow>();
        for (var scanned = 0; ;)
        {
            var limit = filter.NeedsContent ? ScanStep : count + 1;
            var rows = await emails.ListAsync(
                filter.SelectSql(range.IsAscending, range.Start is not null, range.End is not null),
                [.. filter.Parameters, ("start", range.Start ?? ""), ("end", range.End ?? ""), ("limit", limit)], cancellationToken)
                .ConfigureAwait(false);
            foreach (var row in await MatchAsync(filter, rows, cancellationToken).ConfigureAwait(false))
            {
                if (found.Count == count)
                    return (found, Ids.Text(found[^1].Id));
                found.Add(row);
            }
            if (rows.Count < limit)
                return (found, null);
            range = range with { Start = Ids.Text(rows[^1].Id) };
            scanned += rows.Count;
            if (scanned >= maxScanned)
                return (found, range.Start);
        }
    }

    /// <summary>Counts the emails, up to a limit.</summary>
    public async Task<long> CountAsync(EmailFilter filter, int limit, CancellationToken cancellationToken)
    {
        if (filter.NeedsContent)
        {
            var (sum, range) = (0, new SearchRange(false));
            do
            {
                // Some at a time, so that few rows are in memory.
                var (rows, next) = await ReadAsync(filter, range, Math.Min(limit - sum, ScanStep), cancellationToken).ConfigureAwait(false);
                sum += rows.Count;
                range = range with { Start = next };
            }
            while (range.Start is not null && sum < limit);
            return sum;
        }
        var counts = await database.ListAsync(
            filter.CountSql, reader => Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture), cancellationToken,
            [.. filter.Parameters, ("limit", limit)]).ConfigureAwait(false);
        return counts[0];
    }

    /// <summary>
    /// Reads all that there is now, the oldest first, in steps: what is stored meanwhile is left out, so that it ends.
    /// </summary>
    public async IAsyncEnumerable<List<EmailRow>> ReadAllAsync(
        EmailFilter filter, int step, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var range = new SearchRange(true, End: await FindNewestAsync(cancellationToken).ConfigureAwait(false) ?? "");
        do
        {
            var (rows, next) = await ReadAsync(filter, range, step, cancellationToken).ConfigureAwait(false);
            yield return rows;
            range = range with { Start = next };
        }
        while (range.Start is not null);
    }

    /// <summary>The id of the newest email; null if there is none.</summary>
    private async Task<string?> FindNewestAsync(CancellationToken cancellationToken)
    {
        var newest = await database.ListAsync(
            $"SELECT id FROM {database.Tables.Email} ORDER BY id DESC LIMIT 1", reader => reader.GetString(0), cancellationToken)
            .ConfigureAwait(false);
        return newest is [var id] ? id : null;
    }

    private async Task<IEnumerable<EmailRow>> MatchAsync(EmailFilter filter, List<EmailRow> rows, CancellationToken cancellationToken)
    {
        if (!filter.NeedsContent)
            return rows;
        if (!filter.NeedsHistory)
            return rows.Where(row => filter.Matches(row, []));
        var histories = await emails.ListAttemptsAsync(rows.Select(r => r.Id), cancellationToken).ConfigureAwait(false);
        return rows.Where(row => filter.Matches(row, [.. histories[row.Id]]));
    }
}
