using System.Collections.Concurrent;
using System.Data.Common;
using System.Security.Cryptography;

namespace SmtpTransport.Outbox;

/// <summary>
/// The keys of the terms of encrypted emails, which all processes share through the database. There is usually one: each process may add
/// one if it can read none, and a search uses all. Thread-safe.
/// </summary>
internal sealed class SearchKeyTable(Database database, PayloadProtector protector)
{
    // In bytes.
    private const int KeyLength = 32;

    // A key never changes; decrypting it takes longer than reading it.
    private readonly ConcurrentDictionary<string, byte[]> _known = new(StringComparer.Ordinal);

    private string ListSql => $"SELECT id, content FROM {database.Tables.Secret} ORDER BY id";

    /// <summary>A key for terms that are stored in this transaction, which adds one if there is none.</summary>
    /// <exception cref="CryptographicException">The application has no provider for data protection.</exception>
    public async Task<byte[]> GetOrAddAsync(DbTransaction transaction, CancellationToken cancellationToken)
    {
        return (await GetOrAddWithIdAsync(transaction, cancellationToken).ConfigureAwait(false)).Key;
    }

    /// <inheritdoc cref="GetOrAddAsync"/>
    public async Task<(string Id, byte[] Key)> GetOrAddWithIdAsync(DbTransaction transaction, CancellationToken cancellationToken)
    {
        var stored = await transaction.Connection!.ListAsync(ListSql, Read, cancellationToken, transaction).ConfigureAwait(false);
        if (stored.Find(s => s.Key is not null) is { Key: { } known } readable)
            return (readable.Id, known);
        var (id, added) = (Ids.Text(Guid.NewGuid()), RandomNumberGenerator.GetBytes(KeyLength));
        // A random id: two transactions that add one at the same time do not wait for each other.
        await transaction.Connection!.ExecuteAsync(
            $"INSERT INTO {database.Tables.Secret} (id, content) VALUES (@id, @content)", cancellationToken, transaction,
            ("id", id), ("content", protector.Write(added, asProtected: true))).ConfigureAwait(false);
        return (id, added);
    }

    /// <summary>All keys with their ids, in the order of these; null for a key that cannot be decrypted (missing or foreign key).</summary>
    public Task<List<(string Id, byte[]? Key)>> ReadAsync(CancellationToken cancellationToken) =>
        database.ListAsync(ListSql, Read, cancellationToken);

    /// <summary>All keys that can be read; none if no email was ever encrypted.</summary>
    /// <exception cref="CryptographicException">There are keys, and none can be decrypted (missing or foreign key).</exception>
    public async Task<IReadOnlyList<byte[]>> ListAsync(CancellationToken cancellationToken)
    {
        var stored = await ReadAsync(cancellationToken).ConfigureAwait(false);
        if (stored.Count > 0 && stored.TrueForAll(s => s.Key is null))
        {
            throw new CryptographicException(
                "The outbox has encrypted emails, and the key to find them by an address or a Message-ID cannot be decrypted (missing or "
                + "foreign key). Search in an application that has the keys.");
        }
        return [.. stored.Select(s => s.Key).OfType<byte[]>()];
    }

    private (string Id, byte[]? Key) Read(DbDataReader reader)
    {
        var id = reader.GetString(0);
        if (_known.TryGetValue(id, out var known))
            return (id, known);
        var key = protector.TryRead(reader.GetFieldValue<byte[]>(1), isProtected: true);
        return (id, key is null ? null : _known.GetOrAdd(id, key));
    }
}
