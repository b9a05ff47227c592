using System.Data.Common;

namespace SmtpTransport.Outbox;

/// <summary>The index by recipient and Message-ID, which the emails themselves do not show. Thread-safe.</summary>
internal sealed class TermTable(Database database, SearchKeyTable keys, PayloadProtector protector)
{
    private const int IndexStep = 500;

    private readonly Func<DbDataReader, EmailRow> _readRow = EmailRow.CreateReader(protector);

    private TableNames Tables => database.Tables;

    private string NotIndexedSql => $"SELECT id FROM {Tables.Email} WHERE search = {SearchCodes.NotIndexed} ORDER BY id LIMIT @limit";

    /// <summary>Adds the terms of emails.</summary>
    public async Task AddAsync(
        DbTransaction transaction, IReadOnlyList<(EmailRow Row, StoredEnvelope Envelope)> emails, CancellationToken cancellationToken)
    {
        var key = emails.Any(e => e.Row.IsProtected)
            ? await keys.GetOrAddAsync(transaction, cancellationToken).ConfigureAwait(false)
            : null;
        List<(string Id, string Term)> terms =
        [
            .. from email in emails
            from term in SearchTerms.Of(email.Envelope, email.Row.IsProtected ? key : null)
            select (Ids.Text(email.Row.Id), term),
        ];
        if (terms.Count == 0)
            return;
        var source = database.Table(
            new RowColumn("email_id", terms.Select(t => t.Id).ToArray()), new RowColumn("term", terms.Select(t => t.Term).ToArray()));
        await transaction.Connection!.ExecuteAsync(
            $"INSERT INTO {Tables.Term} (email_id, term) SELECT u.email_id, u.term FROM {source.Sql}", cancellationToken, transaction,
            source.Parameters).ConfigureAwait(false);
    }

    /// <summary>The terms by which emails with a recipient are found: one for clear ones, and one for each key.</summary>
    public Task<IReadOnlyList<string>> ListByRecipientAsync(string address, CancellationToken cancellationToken) =>
        ListAsync(key => SearchTerms.OfRecipient(address, key), cancellationToken);

    /// <summary>The terms by which emails with one of some recipients are found.</summary>
    public async Task<IReadOnlyList<string>> ListByRecipientsAsync(IEnumerable<string> addresses, CancellationToken cancellationToken)
    {
        var secrets = await keys.ListAsync(cancellationToken).ConfigureAwait(false);
        return [.. addresses.SelectMany(a => secrets.Prepend(null).Select(key => SearchTerms.OfRecipient(a, key))).Distinct()];
    }

    /// <summary>The terms by which emails with a Message-ID are found.</summary>
    public Task<IReadOnlyList<string>> ListByMessageIdAsync(string messageId, CancellationToken cancellationToken) =>
        ListAsync(key => SearchTerms.OfMessageId(messageId, key), cancellationToken);

    /// <summary>
    /// Adds the terms of all emails that an earlier version of the package stored, in small steps. Such a version may still run and store
    /// more: each search looks for them, which is one step in an index.
    /// </summary>
    public async Task IndexAllAsync(CancellationToken cancellationToken)
    {
        while (await IndexAsync(cancellationToken).ConfigureAwait(false))
        {
        }
    }

    /// <summary>Adds the terms of some emails that an earlier version of the package stored.</summary>
    /// <returns>Whether there may be more of them.</returns>
    public async Task<bool> IndexAsync(CancellationToken cancellationToken)
    {
        var first = await database.ListAsync(NotIndexedSql, reader => reader.GetString(0), cancellationToken, ("limit", 1))
            .ConfigureAwait(false);
        return first.Count > 0 && await database.InTransactionAsync(
            async transaction =>
            {
                await IndexAsync(transaction, cancellationToken).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    private async Task IndexAsync(DbTransaction transaction, CancellationToken cancellationToken)
    {
        var connection = transaction.Connection!;
        var ids = await connection.ListAsync(
            NotIndexedSql, reader => reader.GetString(0), cancellationToken, transaction, ("limit", IndexStep)).ConfigureAwait(false);
        var source = database.List(ids.Select(Ids.Parse));
        // Another process may have indexed them while this one waited for the rows.
        var rows = await connection.ListAsync(
            $"""
            SELECT {EmailRow.Columns} FROM {Tables.Email}
            WHERE id IN ({source.Sql}) AND search = {SearchCodes.NotIndexed} {database.LockById}
            """,
            _readRow, cancellationToken, transaction, source.Parameters).ConfigureAwait(false);
        List<(EmailRow Row, StoredEnvelope? Envelope)> emails = [.. rows.Select(row => (row, row.TryReadEnvelope()))];
        await AddAsync(
            transaction, [.. emails.Where(e => e.Envelope is not null).Select(e => (e.Row, e.Envelope!))], cancellationToken)
            .ConfigureAwait(false);
        await MarkAsync(SearchCodes.Indexed, emails.Where(e => e.Envelope is not null)).ConfigureAwait(false);
        await MarkAsync(SearchCodes.Unreadable, emails.Where(e => e.Envelope is null)).ConfigureAwait(false);

        async Task MarkAsync(string code, IEnumerable<(EmailRow Row, StoredEnvelope? Envelope)> marked)
        {
            var target = database.List(marked.Select(e => e.Row.Id));
            await connection.ExecuteAsync(
                $"UPDATE {Tables.Email} SET search = {code} WHERE id IN ({target.Sql})", cancellationToken,
                transaction, target.Parameters).ConfigureAwait(false);
        }
    }

    private async Task<IReadOnlyList<string>> ListAsync(Func<byte[]?, string> hash, CancellationToken cancellationToken)
    {
        var secrets = await keys.ListAsync(cancellationToken).ConfigureAwait(false);
        return [hash(null), .. secrets.Select(hash)];
    }
}
