using System.Data.Common;
using System.Security.Cryptography;

namespace SmtpTransport.Outbox;

/// <summary>
/// The suppression list. An address is found by a hash (<see cref="SearchTerms"/>), so that it need not be stored in clear; an entry names
/// the key of its hash. As long as it has an entry whose key cannot be decrypted, it answers nothing. Thread-safe.
/// </summary>
internal sealed class SuppressionTable(Database database, SearchKeyTable keys, PayloadProtector protector, TimeProvider time)
{
    // Of one statement.
    private const int MaxRows = 500;
    private const int MaxNamed = 10;

    // Of an entry that was added without encryption.
    private const string NoKey = "";

    private const string Columns = "s.id, s.term, s.stream, s.reason, s.created_at, s.is_protected, s.details";

    private TableNames Tables => database.Tables;

    /// <summary>Adds entries, except where the address has one for the same stream.</summary>
    /// <returns>How many are new.</returns>
    /// <exception cref="CryptographicException">A key cannot be decrypted; nothing is added.</exception>
    public async Task<int> AddAsync(IReadOnlyList<Suppression> entries, CancellationToken cancellationToken)
    {
        // Emails that are found by such a key could not be held back.
        if ((await keys.ReadAsync(cancellationToken).ConfigureAwait(false)).Find(k => k.Key is null) is { Id: { } lost })
        {
            throw new CryptographicException(
                $"Nothing was added to the suppression list: the key {lost} of the table {Tables.Secret} cannot be decrypted (missing or "
                + "foreign key), so emails to the address could not be found. Give this application the keys of data protection that the "
                + $"others have. If it is lost for ever, remove it: DELETE FROM {Tables.Secret} WHERE id IN ('{lost}').");
        }
        var stored = await FindStoredAsync(entries.Select(e => e.Address), cancellationToken).ConfigureAwait(false);
        var known = stored.Select(s => (s.Address, s.Entry.Stream ?? "")).ToHashSet();
        var added = entries.Where(e => known.Add((SearchTerms.Normalize(e.Address), e.Stream ?? ""))).ToList();
        return added.Count == 0 ? 0 : await database.InTransactionAsync(
            transaction => InsertAsync(transaction, added, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <returns>Whether there was one.</returns>
    /// <exception cref="LostSuppressionsException">The key of an entry cannot be decrypted.</exception>
    public async Task<bool> RemoveAsync(string address, string? stream, CancellationToken cancellationToken)
    {
        var removed = 0;
        foreach (var stored in await FindStoredAsync([address], cancellationToken).ConfigureAwait(false))
        {
            if (stored.Entry.Stream == stream)
            {
                removed += await database.ExecuteAsync(
                    $"DELETE FROM {Tables.Suppression} WHERE id = @id", cancellationToken, ("id", stored.Id)).ConfigureAwait(false);
            }
        }
        return removed > 0;
    }

    /// <summary>The entries of some addresses, by the address in its one spelling.</summary>
    /// <exception cref="LostSuppressionsException">The key of an entry cannot be decrypted.</exception>
    public async Task<ILookup<string, Suppression>> FindAsync(IEnumerable<string> addresses, CancellationToken cancellationToken) =>
        (await FindStoredAsync(addresses, cancellationToken).ConfigureAwait(false)).ToLookup(s => s.Address, s => s.Entry);

    /// <summary>What is wrong if the key of an entry cannot be decrypted; null if nothing is.</summary>
    public async Task<string?> FindLossAsync(CancellationToken cancellationToken)
    {
        try
        {
            await FindStoredAsync([], cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (LostSuppressionsException exception)
        {
            return exception.Message;
        }
    }

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
    /// <exception cref="LostSuppressionsException">The key of an entry cannot be decrypted.</exception>
    public async Task EraseAsync(string address, CancellationToken cancellationToken)
    {
        foreach (var stored in await FindStoredAsync([address], cancellationToken).ConfigureAwait(false))
        {
            await database.ExecuteAsync(
                $"UPDATE {Tables.Suppression} SET is_protected = 0, details = @details WHERE id = @id", cancellationToken,
                ("details", SuppressionDetails.None.ToJson()), ("id", stored.Id)).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Encrypts what was added without encryption, if the options ask for it, and gives its hash the key; some in each transaction.
    /// </summary>
    public async Task EncryptAsync(CancellationToken cancellationToken)
    {
        if (!protector.Protects)
            return;
        for (var last = ""; ;)
        {
            var rows = await database.ListAsync(
                $"SELECT {Columns} FROM {Tables.Suppression} s WHERE s.secret_id = @none AND s.id > @last ORDER BY s.id LIMIT {MaxRows}",
                reader => (Row: Read(reader), Details: reader.GetFieldValue<byte[]>(6)), cancellationToken, ("none", NoKey), ("last", last))
                .ConfigureAwait(false);
            if (rows.Count == 0)
                return;
            last = rows[^1].Row.Id;
            await database.InTransactionAsync(
                async transaction =>
                {
                    var key = await keys.GetOrAddWithIdAsync(transaction, cancellationToken).ConfigureAwait(false);
                    foreach (var (row, details) in rows)
                        await EncryptAsync(transaction, row, details, key, cancellationToken).ConfigureAwait(false);
                    return true;
                },
                cancellationToken).ConfigureAwait(false);
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

    /// <exception cref="LostSuppressionsException">The key of an entry cannot be decrypted.</exception>
    private async Task<List<(string Address, string Id, Suppression Entry)>> FindStoredAsync(
        IEnumerable<string> addresses, CancellationToken cancellationToken)
    {
        var wanted = addresses.Select(SearchTerms.Normalize).Distinct(StringComparer.Ordinal).ToList();
        for (var isAgain = false; ; isAgain = true)
        {
            var known = (await keys.ReadAsync(cancellationToken).ConfigureAwait(false)).FindAll(k => k.Key is not null);
            var found = await FindStoredAsync(wanted, [null, .. known.Select(k => k.Key)], cancellationToken).ConfigureAwait(false);
            // Behind it: an entry that gets its first key meanwhile is found by the hash without one, or its key is not known here.
            var lost = await ListLostAsync([.. known.Select(k => k.Id)], cancellationToken).ConfigureAwait(false);
            if (lost.Count == 0)
                return found;
            if (isAgain)
                throw Lost(lost);
        }
    }

    private async Task<List<(string Address, string Id, Suppression Entry)>> FindStoredAsync(
        List<string> wanted, IReadOnlyList<byte[]?> known, CancellationToken cancellationToken)
    {
        var found = new List<(string, string, Suppression)>();
        // All hashes of an address in one statement: an entry may get another one meanwhile.
        foreach (var some in wanted.Chunk(Math.Max(1, MaxRows / known.Count)))
        {
            var byTerm = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var address in some)
            {
                var clear = SearchTerms.OfRecipient(address, null);
                foreach (var key in known)
                    byTerm[SearchTerms.OfSuppression(clear, key)] = address;
            }
            var source = database.Table(new RowColumn("wanted", byTerm.Keys.ToArray()));
            var rows = await database.ListAsync(
                $"SELECT {Columns} FROM {source.Sql} JOIN {Tables.Suppression} s ON s.term = u.wanted", Read, cancellationToken,
                source.Parameters).ConfigureAwait(false);
            found.AddRange(rows.Select(r => (byTerm[r.Term], r.Id, r.Entry)));
        }
        return found;
    }

    /// <summary>The keys of entries that are not known, up to some: the ranges between those that are, in the index.</summary>
    private Task<List<string>> ListLostAsync(IReadOnlyList<string> known, CancellationToken cancellationToken)
    {
        (string, object?)[] parameters = [("k0", NoKey), .. known.Select((id, i) => (Name(i + 1)[1..], (object?)id))];
        var ranges = Enumerable.Range(0, parameters.Length).Select(
            i => i + 1 == parameters.Length
                ? $"secret_id > {Name(i)}"
                : $"(secret_id > {Name(i)} AND secret_id < {Name(i + 1)})");
        return database.ListAsync(
            $"SELECT DISTINCT secret_id FROM {Tables.Suppression} WHERE {string.Join(" OR ", ranges)} LIMIT {MaxNamed}",
            reader => reader.GetString(0), cancellationToken, parameters);

        static string Name(int index) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"@k{index}");
    }

    private LostSuppressionsException Lost(List<string> ids)
    {
        var list = string.Join(", ", ids.Select(id => $"'{id}'"));
        return new LostSuppressionsException(
            $"The suppression list has entries whose key this application does not have ({list} in the table {Tables.Secret}: missing or "
            + "foreign key), so nothing is sent that they might hold back. Give it the keys of data protection with which they were added. "
            + $"If those are lost for ever, remove the entries: DELETE FROM {Tables.Suppression} WHERE secret_id IN ({list}).");
    }

    private async Task<int> InsertAsync(
        DbTransaction transaction, IReadOnlyList<Suppression> entries, CancellationToken cancellationToken)
    {
        var (keyId, key) = (NoKey, (byte[]?)null);
        if (protector.Protects)
            (keyId, key) = await keys.GetOrAddWithIdAsync(transaction, cancellationToken).ConfigureAwait(false);
        var count = 0;
        // Two transactions that add the same entries do not wait for each other in a circle.
        foreach (var (term, entry) in entries
            .Select(e => (SearchTerms.OfSuppression(SearchTerms.OfRecipient(e.Address, null), key), e)).OrderBy(e => e.Item1))
        {
            var id = Ids.Text(Guid.CreateVersion7(time.GetUtcNow()));
            var details = new SuppressionDetails(entry.Address.Trim(), entry.Words, entry.By);
            await transaction.Connection!.ExecuteAsync(
                $"""
                INSERT INTO {Tables.Suppression} (id, term, secret_id, stream, reason, created_at, is_protected, details)
                VALUES (@id, @term, @secret, @stream, @reason, @at, @protected, @details) {database.UnlessExists("is_protected")}
                """,
                cancellationToken, transaction, ("id", id), ("term", term), ("secret", keyId), ("stream", entry.Stream ?? ""),
                ("reason", (int)entry.Reason), ("at", UnixTime.Write(entry.At ?? time.GetUtcNow())),
                ("protected", protector.Protects ? 1 : 0), ("details", protector.Write(details.ToJson()))).ConfigureAwait(false);
            // A provider may count a row that was there as changed.
            count += await transaction.Connection!.ScalarAsync(
                $"SELECT 1 FROM {Tables.Suppression} WHERE id = @id", cancellationToken, transaction, ("id", id)).ConfigureAwait(false)
                is null ? 0 : 1;
        }
        return count;
    }

    private async Task EncryptAsync(
        DbTransaction transaction, Stored row, byte[] details, (string Id, byte[] Key) key, CancellationToken cancellationToken)
    {
        var connection = transaction.Connection!;
        var term = SearchTerms.OfSuppression(row.Term, key.Key);
        var stream = row.Entry.Stream ?? "";
        var other = await connection.ScalarAsync(
            $"SELECT id FROM {Tables.Suppression} WHERE term = @term AND stream = @stream", cancellationToken, transaction,
            ("term", term), ("stream", stream)).ConfigureAwait(false);
        if (other is not null)
        {
            // Another application, which encrypts already, has added the same address.
            await connection.ExecuteAsync(
                $"DELETE FROM {Tables.Suppression} WHERE id = @id", cancellationToken, transaction, ("id", row.Id)).ConfigureAwait(false);
            return;
        }
        // Not what was erased meanwhile: the next pass finds it.
        await connection.ExecuteAsync(
            $"""
            UPDATE {Tables.Suppression} SET term = @term, secret_id = @secret, is_protected = 1, details = @new
            WHERE id = @id AND secret_id = @none AND details = @old
            """,
            cancellationToken, transaction, ("term", term), ("secret", key.Id), ("new", protector.Write(details, asProtected: true)),
            ("id", row.Id), ("none", NoKey), ("old", details)).ConfigureAwait(false);
    }

    private Stored Read(DbDataReader reader)
    {
        var json = protector.TryRead(reader.GetFieldValue<byte[]>(6), reader.GetInt32(5) != 0);
        var details = json is null ? SuppressionDetails.None : SuppressionDetails.FromJson(json);
        var stream = reader.GetString(2);
        return new Stored(
            reader.GetString(0), reader.GetString(1),
            new Suppression(details.Address ?? "", (SuppressionReason)reader.GetInt32(3))
            {
                Stream = stream.Length == 0 ? null : stream,
                Words = details.Words,
                By = details.By,
                At = UnixTime.Read(reader.GetInt64(4)),
                IsReadable = json is not null,
            });
    }

    private sealed record Stored(string Id, string Term, Suppression Entry);
}
