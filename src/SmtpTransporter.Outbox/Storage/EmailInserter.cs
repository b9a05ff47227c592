using System.Data.Common;

namespace SmtpTransport.Outbox;

/// <summary>Inserts emails with their messages, except those that exist. Thread-safe.</summary>
internal abstract class EmailInserter(Database database, PayloadProtector protector)
{
    protected const string Columns =
        "id, number, idempotency_key, transporter, lane, is_ordered, priority, state, generation, attempts, "
        + "created_at, due_at, expires_at, size, is_protected, envelope, search, stream";

    protected Database Database { get; } = database;

    protected PayloadProtector Protector { get; } = protector;

    protected TableNames Tables => Database.Tables;

    /// <summary>Inserts emails in the order of their numbers. One whose id or idempotency key exists is left out.</summary>
    /// <returns>The ids of those that were inserted.</returns>
    public abstract Task<HashSet<Guid>> InsertAsync(
        DbTransaction transaction, IReadOnlyList<(EmailRow Row, SplitMessage Message)> items, CancellationToken cancellationToken);

    /// <summary>Finds the email that has the id or the idempotency key of another one.</summary>
    /// <returns>Its id; null if there is none any more.</returns>
    public virtual async Task<Guid?> FindAsync(DbTransaction transaction, EmailRow row, CancellationToken cancellationToken)
    {
        var stored = await transaction.Connection!.ListAsync(
            $"SELECT id FROM {Tables.Email} WHERE id = @id OR idempotency_key = @key",
            reader => Ids.Parse(reader.GetString(0)), cancellationToken, transaction, ("id", Ids.Text(row.Id)), ("key", row.Key ?? ""))
            .ConfigureAwait(false);
        return stored.Count == 0 ? null : stored[0];
    }

    protected byte[] WriteEnvelope(EmailRow row, SplitMessage message) =>
        Protector.Write((row.Envelope with { Segments = message.Segments }).ToJson());

    /// <summary>When it is due; 0 for an email without a time of its own, whose time the database's clock gives.</summary>
    protected static long Due(EmailRow row) => row.DueAt is { } due ? UnixTime.Write(due) : 0;

    /// <summary>Its own end; the last time that there is if it has none.</summary>
    protected static long End(EmailRow row) => UnixTime.Write(row.Envelope.ExpiresAt ?? DateTimeOffset.MaxValue);

    protected static long Period(EmailRow row) => UnixTime.Write(row.ExpiresAt) - UnixTime.Write(row.CreatedAt);
}
