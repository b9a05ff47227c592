using System.Data.Common;

namespace SmtpTransport.Outbox;

/// <summary>Encrypts stored emails again with the current key of the application, one in each transaction. Thread-safe.</summary>
internal sealed class Reencryptor(Database database, EmailTable emails, PayloadProtector protector)
{
    // How many emails one step looks at.
    private const int Step = 500;

    // What is encrypted begins with a mark of its kind and the id of its key; both together, in bytes. It only spares reading the rest.
    private const int HeadLength = 20;

    private TableNames Tables => database.Tables;

    /// <summary>Whether the application can tell one key from another.</summary>
    public bool IsPossible => protector.KnowsKeys;

    /// <summary>Whether anything was ever encrypted here.</summary>
    public async Task<bool> HasAnyAsync(CancellationToken cancellationToken) =>
        (await database.ListAsync($"SELECT 1 FROM {Tables.Secret} LIMIT 1", _ => true, cancellationToken).ConfigureAwait(false)).Count > 0;

    /// <summary>Encrypts the keys of the index again; those with a revoked key only if they are trusted.</summary>
    public Task<bool> ReencryptSecretsAsync(bool includeRevoked, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            var connection = transaction.Connection!;
            var secrets = await connection.ListAsync(
                $"SELECT id, content FROM {Tables.Secret}", reader => (Id: reader.GetString(0), Content: reader.GetFieldValue<byte[]>(1)),
                cancellationToken, transaction).ConfigureAwait(false);
            foreach (var (id, content) in secrets)
            {
                var payload = protector.Inspect(content);
                if (payload is { Content: not null, NeedsNewKey: true } && (includeRevoked || !payload.IsRevoked))
                {
                    await connection.ExecuteAsync(
                        $"UPDATE {Tables.Secret} SET content = @new WHERE id = @id", cancellationToken, transaction,
                        ("new", protector.Write(payload.Content, asProtected: true)), ("id", id)).ConfigureAwait(false);
                }
            }
            return true;
        },
        cancellationToken);

    /// <summary>Looks at the next emails in the order of their ids.</summary>
    /// <param name="after">The last one of the step before; null at first.</param>
    /// <param name="includeRevoked">Whether what is encrypted with a revoked key is encrypted again.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The last one of this step, null at the end; and what was done.</returns>
    public async Task<(string? Last, OutboxReencryption Result)> StepAsync(
        string? after, bool includeRevoked, CancellationToken cancellationToken)
    {
        after ??= "";
        var ids = await database.ListAsync(
            $"SELECT id FROM {Tables.Email} WHERE id > @after ORDER BY id LIMIT {Step}", reader => reader.GetString(0), cancellationToken,
            ("after", after)).ConfigureAwait(false);
        var result = new OutboxReencryption(0, 0, 0);
        if (ids.Count == 0)
            return (null, result);
        foreach (var id in await FindOthersAsync(after, ids[^1], cancellationToken).ConfigureAwait(false))
        {
            result = await ReencryptAsync(id, includeRevoked, cancellationToken).ConfigureAwait(false) switch
            {
                null => result,
                { Content: null } => result with { UnreadableCount = result.UnreadableCount + 1 },
                { IsRevoked: true } => result with { RevokedCount = result.RevokedCount + 1 },
                _ => result with { ReencryptedCount = result.ReencryptedCount + 1 },
            };
        }
        return (ids.Count < Step ? null : ids[^1], result);
    }

    /// <summary>The encrypted emails of which something does not begin as what is encrypted now.</summary>
    private Task<List<Guid>> FindOthersAsync(string after, string last, CancellationToken cancellationToken) => database.ListAsync(
        $"""
        SELECT e.id FROM {Tables.Email} e
        WHERE e.id > @after AND e.id <= @last AND (
            (e.is_protected = 1 AND (substr(e.envelope, 1, {HeadLength}) <> @head
                OR EXISTS (SELECT 1 FROM {Tables.Message} m WHERE m.email_id = e.id AND substr(m.content, 1, {HeadLength}) <> @head)
                OR EXISTS (SELECT 1 FROM {Tables.PartUse} u JOIN {Tables.Part} p ON p.id = u.part_id
                    WHERE u.email_id = e.id AND substr(p.content, 1, {HeadLength}) <> @head)))
            OR EXISTS (SELECT 1 FROM {Tables.Attempt} a
                WHERE a.email_id = e.id AND a.is_protected = 1 AND substr(a.details, 1, {HeadLength}) <> @head))
        ORDER BY e.id
        """,
        reader => Ids.Parse(reader.GetString(0)), cancellationToken,
        ("after", after), ("last", last), ("head", protector.Write([], asProtected: true)[..HeadLength]));

    /// <summary>Encrypts an email again, or nothing of it.</summary>
    /// <returns>The part that decides: one that cannot be decrypted or may not be; otherwise any that was; null for none.</returns>
    private Task<Payload?> ReencryptAsync(Guid id, bool includeRevoked, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async transaction =>
            {
                await emails.LockAsync(transaction, [id], cancellationToken).ConfigureAwait(false);
                var found = new List<(Payload Payload, string Sql, (string, object?)[] Key)>();
                foreach (var column in Columns(id))
                    found.AddRange(await ReadAsync(transaction, column, cancellationToken).ConfigureAwait(false));
                var payloads = found.ConvertAll(f => f.Payload);
                var obstacle = payloads.Find(p => p.Content is null)
                    ?? (includeRevoked ? null : payloads.Find(p => p.IsRevoked));
                if (obstacle is not null)
                    return obstacle;
                foreach (var (payload, sql, key) in found.Where(f => f.Payload.NeedsNewKey))
                {
                    await transaction.Connection!.ExecuteAsync(
                        sql, cancellationToken, transaction,
                        [("new", protector.Write(payload.Content!, asProtected: true)), .. key]).ConfigureAwait(false);
                }
                return payloads.Find(p => p.NeedsNewKey) is { } changed ? changed with { IsRevoked = false } : null;
            },
            cancellationToken);

    /// <summary>Where something encrypted of an email may be: the query for keys and content, and the change of one of them.</summary>
    private (string Query, string Change, (string, object?)[] Parameters)[] Columns(Guid id)
    {
        var own = ("id", (object?)Ids.Text(id));
        return
        [
            ($"SELECT 0, 0, envelope FROM {Tables.Email} WHERE id = @id AND is_protected = 1",
                $"UPDATE {Tables.Email} SET envelope = @new WHERE id = @id", [own]),
            ($"SELECT 0, 0, m.content FROM {Tables.Message} m JOIN {Tables.Email} e ON e.id = m.email_id "
                + "WHERE m.email_id = @id AND e.is_protected = 1",
                $"UPDATE {Tables.Message} SET content = @new WHERE email_id = @id", [own]),
            ($"SELECT p.id, 0, p.content FROM {Tables.PartUse} u JOIN {Tables.Part} p ON p.id = u.part_id "
                + $"JOIN {Tables.Email} e ON e.id = u.email_id WHERE u.email_id = @id AND e.is_protected = 1",
                $"UPDATE {Tables.Part} SET content = @new WHERE id = @first", [own]),
            ($"SELECT at, number, details FROM {Tables.Attempt} WHERE email_id = @id AND is_protected = 1",
                $"UPDATE {Tables.Attempt} SET details = @new WHERE email_id = @id AND at = @first AND number = @second AND details = @old",
                [own]),
        ];
    }

    private async Task<List<(Payload Payload, string Sql, (string, object?)[] Key)>> ReadAsync(
        DbTransaction transaction, (string Query, string Change, (string, object?)[] Parameters) column,
        CancellationToken cancellationToken) =>
        await transaction.Connection!.ListAsync(
            column.Query,
            reader =>
            {
                var content = reader.GetFieldValue<byte[]>(2);
                (string, object?)[] key =
                    [.. column.Parameters, ("first", reader.GetValue(0)), ("second", reader.GetValue(1)), ("old", content)];
                // A parameter that no statement has is refused by some providers.
                return (protector.Inspect(content), column.Change,
                    Array.FindAll(key, p => column.Change.Contains($"@{p.Item1}", StringComparison.Ordinal)));
            },
            cancellationToken, transaction, column.Parameters).ConfigureAwait(false);
}
