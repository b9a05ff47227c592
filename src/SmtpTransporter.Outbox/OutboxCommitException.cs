using System.Data.Common;

namespace SmtpTransport.Outbox;

/// <summary>
/// <see cref="IOutbox.EnqueueAsync"/> does not know whether the emails are stored, or a decision such as
/// <see cref="IOutbox.ResendAsync(Guid, CancellationToken)"/>
/// whether it was recorded: the database was lost before it answered the commit.
/// </summary>
/// <remarks>
/// Ask for the emails with <see cref="IOutbox.GetAsync"/> once the database is available again, or enqueue them again with the same
/// idempotency keys: an email with a key is stored once. A <see cref="DbException"/> instead means that nothing is stored.
/// </remarks>
public sealed class OutboxCommitException : Exception
{
    internal OutboxCommitException(IReadOnlyList<Guid> ids, Exception inner)
        : base(
            $"The database was lost before it answered the commit: {ids.Count} email(s) may or may not be stored, or changed "
            + $"(first id {ids[0]}). Look the ids up when the database is available again, or repeat the call, with idempotency keys if it "
            + "stores emails.",
            inner) => Ids = ids;

    /// <summary>The ids that the emails have if they are stored, in the order of the emails.</summary>
    public IReadOnlyList<Guid> Ids { get; }
}
