using System.Data.Common;

namespace SmtpTransport.Outbox;

/// <summary>
/// Keeps mails safely and sends them once: it is injected. What is enqueued is sent even where the process ends a moment later. Delivery is at least
/// once in SMTP itself; here a mail of which it is not known whether it was delivered is parked (<see cref="OutboxState.Unknown"/>), not sent again.
/// Safe for concurrent callers. A database that fails throws its own <see cref="DbException"/>.
/// </summary>
public interface IOutbox
{
    /// <summary>
    /// Stores a mail to be sent. The mail is written down as MIME now: code, templates and files may change after. Returns once it is committed to the
    /// disk; within a caller's transaction, it is committed or rolled back with it.
    /// </summary>
    /// <param name="email">The mail. It is not changed.</param>
    /// <param name="idempotencyKey">While a mail with this key is kept, a second one is not stored, and the first one's id is returned. At most 200 characters.</param>
    /// <param name="sendAt">Not before this time. Default at once.</param>
    /// <param name="transporterName">The key of the transporter it goes through. Default the default one.</param>
    /// <param name="priority">Which mail goes first.</param>
    /// <param name="transaction">
    /// A transaction of the caller's on the outbox's database. It must not be used by others during the call; the mail is sent soon after it is
    /// committed.
    /// </param>
    /// <param name="cancellationToken">Ends the call; nothing is stored then.</param>
    /// <returns>The mail's id.</returns>
    /// <exception cref="InvalidOperationException">The mail cannot be written or sent; the message names the property.</exception>
    /// <exception cref="ArgumentException">The key is too long, there is no such transporter, or the transaction is over or not on the outbox's own database.</exception>
    Task<Guid> EnqueueAsync(
        Email email,
        string? idempotencyKey = null,
        DateTimeOffset? sendAt = null,
        string? transporterName = null,
        OutboxPriority priority = OutboxPriority.Normal,
        DbTransaction? transaction = null,
        CancellationToken cancellationToken = default);

    /// <summary>Stores many mails in one transaction: all of them or none. A hundred thousand are better split into several calls.</summary>
    /// <param name="emails">The mails.</param>
    /// <param name="transaction">A transaction of the caller's on the outbox's database.</param>
    /// <param name="cancellationToken">Ends the call; nothing is stored then.</param>
    /// <returns>Their ids, in order.</returns>
    /// <exception cref="InvalidOperationException">A mail cannot be written or sent; the message names the property.</exception>
    /// <exception cref="ArgumentException">A key is too long, there is no such transporter, or the transaction is over or not on the outbox's own database.</exception>
    Task<IReadOnlyList<Guid>> EnqueueManyAsync(IEnumerable<OutboxEmail> emails, DbTransaction? transaction = null, CancellationToken cancellationToken = default);

    /// <summary>The mail of this id with its history; null where there is none (any more).</summary>
    /// <param name="id">The id.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<OutboxEntry?> GetAsync(Guid id, CancellationToken cancellationToken = default);

    /// <summary>Follows a mail: gives it as it is, and again at each change, until it is final; a parked mail is not. Looks at the database about every half second.</summary>
    /// <param name="id">The id. Where there is no such mail, the sequence is empty.</param>
    /// <param name="cancellationToken">Ends the sequence.</param>
    IAsyncEnumerable<OutboxEntry> WatchAsync(Guid id, CancellationToken cancellationToken = default);

    /// <summary>Mails in a state, the newest first.</summary>
    /// <param name="state">The state; null for all.</param>
    /// <param name="limit">How many at most; 1 to 1,000.</param>
    /// <param name="before">Only those that were enqueued before the one with this id: for the next page.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<IReadOnlyList<OutboxEntry>> ListAsync(OutboxState? state = null, int limit = 100, Guid? before = null, CancellationToken cancellationToken = default);

    /// <summary>The message of a mail as octets with its envelope; null where there is none (any more).</summary>
    /// <param name="id">The id.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="System.Security.Cryptography.CryptographicException">It cannot be decrypted: its key is gone, or is another application's.</exception>
    Task<StoredMessage?> GetMessageAsync(Guid id, CancellationToken cancellationToken = default);

    /// <summary>How many mails there are, by state.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<OutboxCounts> CountAsync(CancellationToken cancellationToken = default);

    /// <summary>Cancels a mail that waits. From the moment on that its transmission may begin, it cannot be cancelled.</summary>
    /// <param name="id">The id.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>False where it does not wait.</returns>
    Task<bool> CancelAsync(Guid id, CancellationToken cancellationToken = default);

    /// <summary>
    /// Sends a parked, dead, cancelled or dropped mail again, at once, to the recipients that have not accepted it, with the same Message-ID. A
    /// parked one may arrive twice. One that waits for another try is tried at once.
    /// </summary>
    /// <param name="id">The id.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>False where it is sent, being sent, or not there.</returns>
    /// <exception cref="System.Security.Cryptography.CryptographicException">It cannot be decrypted: its key is gone, or is another application's.</exception>
    Task<bool> ResendAsync(Guid id, CancellationToken cancellationToken = default);

    /// <summary>Decides that a parked or dead mail is not to be sent.</summary>
    /// <param name="id">The id.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>False where it is neither.</returns>
    Task<bool> DiscardAsync(Guid id, CancellationToken cancellationToken = default);

    /// <summary>
    /// Stops the sending of all workers on all machines, until it is resumed; what is under way ends, what waits for its place in a rate does not begin.
    /// Enqueuing goes on.
    /// </summary>
    /// <param name="cancellationToken">Ends the call.</param>
    Task PauseAsync(CancellationToken cancellationToken = default);

    /// <summary>Lets all workers send again.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    Task ResumeAsync(CancellationToken cancellationToken = default);

    /// <summary>Whether the sending is paused.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<bool> IsPausedAsync(CancellationToken cancellationToken = default);
}
