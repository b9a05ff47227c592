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
        var stored = await transaction.Connection!.ListAsync(ListSql, Read, cancellationToken, transaction).ConfigureAwait(false);
        if (stored.Find(key => key is not null) is { } known)
            return known;
        var added = RandomNumberGenerator.GetBytes(KeyLength);
        // A random id: two transactions that add one at the same time do not wait for each other.
        await transaction.Connection!.ExecuteAsync(
            $"INSERT INTO {database.Tables.Secret} (id, content) VALUES (@id, @content)", cancellationToken, transaction,
            ("id", Ids.Text(Guid.NewGuid())), ("content", protector.Write(added, asProtected: true))).ConfigureAwait(false);
        return added;
    }

    /// <summary>All keys that can be read; none if no email was ever encrypted.</summary>
    /// <exception cref="CryptographicException">There are keys, and none can be decrypted (missing or foreign key).</exception>
    public async Task<IReadOnlyList<byte[]>> ListAsync(CancellationToken cancellationToken)
    {
        var stored = await database.ListAsync(ListSql, Read, cancellationToken).ConfigureAwait(false);
        if (stored.Count > 0 && stored.TrueForAll(key => key is null))
        {
            throw new CryptographicException(
                "The outbox has encrypted emails, and the key to find them by an address or a Message-ID cannot be decrypted (missing or "
                + "foreign key). Search in an application that has the keys.");
        }
        return [.. stored.OfType<byte[]>()];
    }

    private byte[]? Read(DbDataReader reader)
    {
        var id = reader.GetString(0);
        if (_known.TryGetValue(id, out var known))
            return known;
        var key = protector.TryRead(reader.GetFieldValue<byte[]>(1), isProtected: true);
        return key is null ? null : _known.GetOrAdd(id, key);
    }
}
