using System.Data.Common;

namespace SmtpTransport.Outbox;

/// <summary>
/// The suppression list. An address is found by the hash by which emails to it are found (<see cref="SearchTerms"/>), so that it need not
/// be stored in clear. Thread-safe.
/// </summary>
internal sealed class SuppressionTable(Database database, SearchKeyTable keys, PayloadProtector protector, TimeProvider time)
{
    // Of one statement.
    private const int MaxRows = 500;

    private const string Columns = "s.id, s.term, s.stream, s.reason, s.created_at, s.is_protected, s.details";

    private TableNames Tables => database.Tables;

    /// <summary>Adds entries, except where the address has one for the same stream.</summary>
    /// <returns>How many are new.</returns>
    public async Task<int> AddAsync(IReadOnlyList<Suppression> entries, CancellationToken cancellationToken)
    {
        var known = await ListKeysAsync(cancellationToken).ConfigureAwait(false);
        return await database.InTransactionAsync(
            async transaction =>
            {
                var key = protector.Protects ? await keys.GetOrAddAsync(transaction, cancellationToken).ConfigureAwait(false) : null;
                var terms = entries.SelectMany(e => known.Select(k => SearchTerms.OfRecipient(e.Address, k)));
                var stored = (await ListAsync(transaction, terms, cancellationToken).ConfigureAwait(false))
                    .Select(s => (s.Term, s.Stream)).ToHashSet();
                List<(string Id, string Term, Suppression Entry)> added =
                [
                    .. from entry in entries
                    where !known.Any(k => stored.Contains((SearchTerms.OfRecipient(entry.Address, k), entry.Stream ?? "")))
                    // Two transactions that add the same entries do not wait for each other in a circle.
                    orderby SearchTerms.OfRecipient(entry.Address, key)
                    select (Ids.Text(Guid.CreateVersion7(time.GetUtcNow())), SearchTerms.OfRecipient(entry.Address, key), entry),
                ];
                return added.Count == 0 ? 0 : await InsertAsync(transaction, added, cancellationToken).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <returns>Whether there was one.</returns>
    public async Task<bool> RemoveAsync(string address, string? stream, CancellationToken cancellationToken)
    {
        var ids = (await FindStoredAsync([address], cancellationToken).ConfigureAwait(false))
            .Where(s => s.Stream == (stream ?? "")).Select(s => s.Id).ToList();
        var removed = 0;
        foreach (var id in ids)
        {
            removed += await database.ExecuteAsync(
                $"DELETE FROM {Tables.Suppression} WHERE id = @id", cancellationToken, ("id", id)).ConfigureAwait(false);
        }
        return removed > 0;
    }

    /// <summary>The entries of some addresses, by the address in its one spelling.</summary>
    public async Task<ILookup<string, Suppression>> FindAsync(IEnumerable<string> addresses, CancellationToken cancellationToken) =>
        (await FindStoredAsync(addresses, cancellationToken).ConfigureAwait(false)).ToLookup(s => s.Address, s => s.Entry);

    /// <summary>The entries, the newest first, and the id behind which the next page begins.</summary>
    public async Task<(IReadOnlyList<Suppression> Entries, string? Next)> ReadAsync(
        string? after, int limit, CancellationToken cancellationToken)
    {
        var rows = await database.ListAsync(
            $"""
            SELECT {Columns} FROM {Tables.Suppression} s {(after is null ? "" : "WHERE s.id < @after")} ORDER BY s.id DESC LIMIT @limit
            """,
            Read, cancellationToken, [.. after is null ? [] : new (string, object?)[] { ("after", after) }, ("limit", limit + 1)])
            .ConfigureAwait(false);
        return ([.. rows.Take(limit).Select(r => r.Entry)], rows.Count > limit ? rows[limit - 1].Id : null);
    }

    /// <summary>Removes what tells about a person from the entries of an address: they still hold emails back.</summary>
    public async Task EraseAsync(string address, CancellationToken cancellationToken)
    {
        foreach (var stored in await FindStoredAsync([address], cancellationToken).ConfigureAwait(false))
        {
            await database.ExecuteAsync(
                $"UPDATE {Tables.Suppression} SET is_protected = 0, details = @details WHERE id = @id", cancellationToken,
                ("details", SuppressionDetails.None.ToJson()), ("id", stored.Id)).ConfigureAwait(false);
        }
    }

    /// <summary>Encrypts the entries again that are not encrypted with the current key of the application, some at a time.</summary>
    /// <param name="includeRevoked">Whether what is encrypted with a revoked key is encrypted again.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task ReencryptAsync(bool includeRevoked, CancellationToken cancellationToken)
    {
        for (var last = ""; ;)
        {
            var rows = await database.ListAsync(
                $"""
                SELECT id, details FROM {Tables.Suppression} WHERE id > @last AND is_protected = 1 ORDER BY id LIMIT {MaxRows}
                """,
                reader => (Id: reader.GetString(0), Details: reader.GetFieldValue<byte[]>(1)), cancellationToken, ("last", last))
                .ConfigureAwait(false);
            foreach (var (id, old) in rows)
            {
                var payload = protector.Inspect(old);
                if (payload is { Content: not null, NeedsNewKey: true } && (includeRevoked || !payload.IsRevoked))
                {
                    // Not what was erased meanwhile.
                    await database.ExecuteAsync(
                        $"UPDATE {Tables.Suppression} SET details = @new WHERE id = @id AND details = @old", cancellationToken,
                        ("new", protector.Write(payload.Content, asProtected: true)), ("id", id), ("old", old)).ConfigureAwait(false);
                }
            }
            if (rows.Count < MaxRows)
                return;
            last = rows[^1].Id;
        }
    }

    private async Task<IReadOnlyList<byte[]?>> ListKeysAsync(CancellationToken cancellationToken) =>
        [null, .. await keys.ListAsync(cancellationToken).ConfigureAwait(false)];

    private async Task<List<(string Address, string Id, string Stream, Suppression Entry)>> FindStoredAsync(
        IEnumerable<string> addresses, CancellationToken cancellationToken)
    {
        var byTerm = new Dictionary<string, string>(StringComparer.Ordinal);
        var known = await ListKeysAsync(cancellationToken).ConfigureAwait(false);
        foreach (var address in addresses.Select(SearchTerms.Normalize).Distinct(StringComparer.Ordinal))
        {
            foreach (var key in known)
                byTerm[SearchTerms.OfRecipient(address, key)] = address;
        }
        var stored = await ListAsync(null, byTerm.Keys, cancellationToken).ConfigureAwait(false);
        return stored.ConvertAll(s => (byTerm[s.Term], s.Id, s.Stream, s.Entry));
    }

    private async Task<List<Stored>> ListAsync(DbTransaction? transaction, IEnumerable<string> terms, CancellationToken cancellationToken)
    {
        var found = new List<Stored>();
        foreach (var some in terms.Distinct(StringComparer.Ordinal).Chunk(MaxRows))
        {
            var source = database.Table(new RowColumn("wanted", some));
            var sql = $"SELECT {Columns} FROM {source.Sql} JOIN {Tables.Suppression} s ON s.term = u.wanted";
            found.AddRange(
                transaction is null
                    ? await database.ListAsync(sql, Read, cancellationToken, source.Parameters).ConfigureAwait(false)
                    : await transaction.Connection!.ListAsync(sql, Read, cancellationToken, transaction, source.Parameters)
                        .ConfigureAwait(false));
        }
        return found;
    }

    private async Task<int> InsertAsync(
        DbTransaction transaction, IReadOnlyList<(string Id, string Term, Suppression Entry)> added, CancellationToken cancellationToken)
    {
        var count = 0;
        foreach (var (id, term, entry) in added)
        {
            var details = new SuppressionDetails(entry.Address.Trim(), entry.Words, entry.By);
            await transaction.Connection!.ExecuteAsync(
                $"""
                INSERT INTO {Tables.Suppression} (id, term, stream, reason, created_at, is_protected, details)
                VALUES (@id, @term, @stream, @reason, @at, @protected, @details) {database.UnlessExists("is_protected")}
                """,
                cancellationToken, transaction, ("id", id), ("term", term), ("stream", entry.Stream ?? ""), ("reason", (int)entry.Reason),
                ("at", UnixTime.Write(entry.At ?? time.GetUtcNow())), ("protected", protector.Protects ? 1 : 0),
                ("details", protector.Write(details.ToJson()))).ConfigureAwait(false);
            // A provider may count a row that was there as changed.
            count += await transaction.Connection!.ScalarAsync(
                $"SELECT 1 FROM {Tables.Suppression} WHERE id = @id", cancellationToken, transaction, ("id", id)).ConfigureAwait(false)
                is null ? 0 : 1;
        }
        return count;
    }

    private Stored Read(DbDataReader reader)
    {
        var json = protector.TryRead(reader.GetFieldValue<byte[]>(6), reader.GetInt32(5) != 0);
        var details = json is null ? SuppressionDetails.None : SuppressionDetails.FromJson(json);
        var stream = reader.GetString(2);
        return new Stored(
            reader.GetString(0), reader.GetString(1), stream,
            new Suppression(details.Address ?? "", (SuppressionReason)reader.GetInt32(3))
            {
                Stream = stream.Length == 0 ? null : stream,
                Words = details.Words,
                By = details.By,
                At = UnixTime.Read(reader.GetInt64(4)),
            });
    }

    private sealed record Stored(string Id, string Term, string Stream, Suppression Entry);
}
