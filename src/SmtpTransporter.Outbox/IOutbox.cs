using System.Data.Common;
using System.Security.Cryptography;

namespace SmtpTransport.Outbox;

/// <summary>A durable queue for outgoing email.</summary>
/// <remarks>
/// An enqueued email is sent even if the process ends a moment later. SMTP itself can only guarantee at-least-once delivery (RFC 5321,
/// section 6.1); the outbox parks emails with an unknown outcome (<see cref="OutboxState.Unknown"/>) instead of resending them. Every
/// method throws the <see cref="DbException"/> of the database if the database fails, and <see cref="OperationCanceledException"/> if it is
/// canceled. Register it with <c>AddSmtpOutbox</c>. Thread-safe.
/// </remarks>
public partial interface IOutbox
{
    /// <summary>Stores an email so that the outbox sends it.</summary>
    /// <remarks>
    /// The email is serialized now: code, templates and files may change afterwards. Without <paramref name="transaction"/> the call
    /// returns after the commit has reached the disk; with it, the email is committed or rolled back with the caller's own changes, and
    /// sent soon after the commit.
    /// </remarks>
    /// <param name="email">The email. It is not changed.</param>
    /// <param name="idempotencyKey">
    /// Enqueuing again with the same key returns the existing id instead of storing a duplicate, as long as the first email is kept
    /// (<see cref="OutboxOptions.RetentionPeriod"/>). At most 200 characters. Default: none.
    /// </param>
    /// <param name="sendAt">The earliest time to send it. Default: at once.</param>
    /// <param name="transporterName">The key of the transporter that sends it. Default: the transporter without a key.</param>
    /// <param name="priority">Whether it is sent before or after others that are due. Default: <see cref="OutboxPriority.Normal"/>.</param>
    /// <param name="transaction">
    /// An open transaction of the caller on the outbox's database. Nothing else may use it during the call. Default: a transaction of its
    /// own.
    /// </param>
    /// <param name="lane">
    /// The lane of the transporter, for example a tenant. Lanes of equal priority get equal shares, so that one with a hundred thousand
    /// emails does not hold up the others; a lane can have limits of its own (<see cref="OutboxOptions.LimitRate"/>). At most 200
    /// characters. Default: the lane without a name.
    /// </param>
    /// <param name="isOrdered">
    /// Whether the email waits until all ordered emails that were stored before it in the same lane have ended: sent, dead-lettered,
    /// canceled or discarded. While one of them waits for another attempt or is parked, those behind it wait
    /// (<see cref="OutboxEntry.WaitsFor"/>). Emails of concurrent transactions have no order. Default: false.
    /// </param>
    /// <param name="expiresAt">
    /// The time after which it must not be sent, such as the end of a one-time code: no attempt begins after it, and nobody can resend it.
    /// Default: none of its own; it expires after <see cref="OutboxOptions.ExpireAfter"/> in any case.
    /// </param>
    /// <param name="cancellationToken">Cancels the call; nothing is stored then.</param>
    /// <returns>The id of the stored email, or of the earlier one with the same key.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="email"/> is null.</exception>
    /// <exception cref="EnqueueException">
    /// The email is not valid, a key or a lane is too long, or no transporter has the name: it has all errors.
    /// </exception>
    /// <exception cref="OutboxCommitException">The database was lost before it answered the commit.</exception>
    /// <exception cref="ArgumentException">The transaction has ended, or belongs to another database.</exception>
    Task<Guid> EnqueueAsync(
        Email email,
        string? idempotencyKey = null,
        DateTimeOffset? sendAt = null,
        string? transporterName = null,
        OutboxPriority priority = OutboxPriority.Normal,
        DbTransaction? transaction = null,
        string? lane = null,
        bool isOrdered = false,
        DateTimeOffset? expiresAt = null,
        CancellationToken cancellationToken = default);

    /// <summary>Stores an email, or says why not, for example what someone has to correct in a form.</summary>
    /// <remarks>
    /// Otherwise it is as <see cref="EnqueueAsync"/>. It throws for what no correction of the email can mend: the database, the
    /// transaction, a cancellation, and null.
    /// </remarks>
    /// <param name="email">The email. It is not changed.</param>
    /// <param name="idempotencyKey">A key that prevents duplicates. Default: none.</param>
    /// <param name="sendAt">The earliest time to send it. Default: at once.</param>
    /// <param name="transporterName">The key of the transporter that sends it. Default: the transporter without a key.</param>
    /// <param name="priority">Whether it is sent before or after others that are due. Default: <see cref="OutboxPriority.Normal"/>.</param>
    /// <param name="transaction">An open transaction of the caller on the outbox's database. Default: a transaction of its own.</param>
    /// <param name="lane">The lane of the transporter. Default: the lane without a name.</param>
    /// <param name="isOrdered">Whether it waits for the ordered emails before it in its lane. Default: false.</param>
    /// <param name="expiresAt">
    /// The time after which it must not be sent, such as the end of a one-time code: no attempt begins after it, and nobody can resend it.
    /// Default: none of its own; it expires after <see cref="OutboxOptions.ExpireAfter"/> in any case.
    /// </param>
    /// <param name="cancellationToken">Cancels the call; nothing is stored then.</param>
    /// <returns>The id of the stored email, or all errors.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="email"/> is null.</exception>
    /// <exception cref="OutboxCommitException">The database was lost before it answered the commit.</exception>
    /// <exception cref="ArgumentException">The transaction has ended, or belongs to another database.</exception>
    Task<EnqueueResult> TryEnqueueAsync(
        Email email,
        string? idempotencyKey = null,
        DateTimeOffset? sendAt = null,
        string? transporterName = null,
        OutboxPriority priority = OutboxPriority.Normal,
        DbTransaction? transaction = null,
        string? lane = null,
        bool isOrdered = false,
        DateTimeOffset? expiresAt = null,
        CancellationToken cancellationToken = default);

    /// <summary>Stores several emails in one transaction: all of them or none.</summary>
    /// <remarks>All of them are serialized in memory first. Split a bulk of a hundred thousand emails into several calls.</remarks>
    /// <param name="emails">The emails.</param>
    /// <param name="transaction">An open transaction of the caller on the outbox's database. Default: a transaction of its own.</param>
    /// <param name="cancellationToken">Cancels the call; nothing is stored then.</param>
    /// <returns>The ids, in the order of the emails.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="emails"/> is null.</exception>
    /// <exception cref="EnqueueException">Some emails are not valid: it has all errors of all emails.</exception>
    /// <exception cref="OutboxCommitException">The database was lost before it answered the commit.</exception>
    /// <exception cref="ArgumentException">
    /// An element is null, or the transaction has ended or belongs to another database.
    /// </exception>
    Task<IReadOnlyList<Guid>> EnqueueManyAsync(
        IEnumerable<OutboxEmail> emails, DbTransaction? transaction = null, CancellationToken cancellationToken = default);

    /// <summary>Returns an email with its history.</summary>
    /// <param name="id">The id.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The email; null if the outbox does not contain it (any more).</returns>
    Task<OutboxEntry?> GetAsync(Guid id, CancellationToken cancellationToken = default);

    /// <summary>Follows an email until its state is final.</summary>
    /// <remarks>
    /// Yields the current entry, and another one after each change. The database is queried every 500 milliseconds: changes that follow
    /// each other faster come together, and the history of the entry has each attempt and each decision, so that none is missed. A parked
    /// email (<see cref="OutboxState.Unknown"/>) is not final: the sequence waits for the decision. It ends with the entry of a final
    /// state, or if the email is removed.
    /// </remarks>
    /// <param name="id">The id. The sequence is empty if the outbox does not contain it.</param>
    /// <param name="cancellationToken">Cancels the sequence.</param>
    /// <returns>The entries, each with its history.</returns>
    IAsyncEnumerable<OutboxEntry> WatchAsync(Guid id, CancellationToken cancellationToken = default);

    /// <summary>Lists emails, page by page, in the order in which they were enqueued.</summary>
    /// <remarks>
    /// The pages together have each email once that matches all the time, whatever is stored meanwhile. Emails that an earlier version of
    /// the package stored get into the index of addresses before the first search by one. A search by subject or error code reads at most
    /// 20,000 emails for each page: such a page may have fewer entries than <paramref name="limit"/>, or none, and a next one.
    /// </remarks>
    /// <param name="query">Which emails. Default: all.</param>
    /// <param name="limit">The maximum number of entries of the page; 1 to 1,000. Default: 100.</param>
    /// <param name="page">The <see cref="OutboxListPage.NextPage"/> of the page before. Default: the first page.</param>
    /// <param name="isOldestFirst">Whether the oldest email comes first. Default: false, the newest one.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The page.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="limit"/> is outside its range.</exception>
    /// <exception cref="ArgumentException">The query is not valid, or <paramref name="page"/> is none of a page before.</exception>
    /// <exception cref="CryptographicException">
    /// A search by an address or a Message-ID needs a key that cannot be decrypted (missing or foreign key).
    /// </exception>
    Task<OutboxListPage> ListAsync(
        OutboxQuery? query = null, int limit = 100, string? page = null, bool isOldestFirst = false,
        CancellationToken cancellationToken = default);

    /// <summary>Returns the message of an email as bytes, with its envelope.</summary>
    /// <param name="id">The id.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>
    /// The message; null if the outbox does not contain it (any more), for example after <see cref="OutboxOptions.KeepMessageFor"/>.
    /// </returns>
    /// <exception cref="CryptographicException">The message cannot be decrypted (missing or foreign key).</exception>
    Task<StoredMessage?> GetMessageAsync(Guid id, CancellationToken cancellationToken = default);

#pragma warning disable RS0026 // The ones take one email, the others a query: no call can mean both.
    /// <summary>Counts the emails by state.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The counts.</returns>
    Task<OutboxCounts> CountAsync(CancellationToken cancellationToken = default);

    /// <summary>Counts the emails that a query finds.</summary>
    /// <param name="query">Which emails.</param>
    /// <param name="limit">Up to which number they are counted; 1 to 1,000,000.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The exact number up to the limit; otherwise the limit, and that there are more.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="query"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="limit"/> is outside its range.</exception>
    /// <exception cref="ArgumentException">The query is not valid.</exception>
    /// <exception cref="CryptographicException">The search needs a key that cannot be decrypted (missing or foreign key).</exception>
    Task<OutboxMatchCount> CountAsync(OutboxQuery query, int limit, CancellationToken cancellationToken = default);

    /// <summary>Cancels a waiting email.</summary>
    /// <remarks>
    /// It holds from the moment the call returns: no worker of any process begins a transaction (<c>MAIL</c>) for the email any more. If a
    /// worker has it in hand, the call waits until that worker knows, a second or two at most; if the worker does not answer, until its
    /// emails are not its own any more, ten seconds. An email cannot be canceled once its last bytes may have left. One whose transaction
    /// has begun, and whose last bytes have not left, is canceled, and its transaction is broken off.
    /// </remarks>
    /// <param name="id">The id.</param>
    /// <param name="cancellationToken">Ends the call; a decision that is stored remains so.</param>
    /// <returns>False if the email is not waiting, for example because it is being sent.</returns>
    /// <exception cref="OutboxUnacknowledgedException">
    /// The decision is stored, but a worker that lives has not acknowledged it for a minute; the message names it.
    /// </exception>
    Task<bool> CancelAsync(Guid id, CancellationToken cancellationToken = default);

    /// <summary>Sends a parked, dead-lettered, canceled or discarded email again, at once.</summary>
    /// <remarks>
    /// It goes to the recipients that have not accepted it, with the same Message-ID, a fresh count of attempts and a fresh
    /// <see cref="OutboxOptions.ExpireAfter"/>. A parked email may arrive twice. An email that waits for its next attempt is attempted at
    /// once.
    /// </remarks>
    /// <param name="id">The id.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>
    /// False if the email was sent, is being sent, or does not exist, or if its message was removed (<see cref="OutboxEntry.HasMessage"/>).
    /// </returns>
    /// <exception cref="CryptographicException">The email cannot be decrypted (missing or foreign key).</exception>
    Task<bool> ResendAsync(Guid id, CancellationToken cancellationToken = default);

    /// <summary>Decides that a parked or dead-lettered email is never sent.</summary>
    /// <param name="id">The id.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>False if the email is in another state or does not exist.</returns>
    Task<bool> DiscardAsync(Guid id, CancellationToken cancellationToken = default);

    /// <summary>Undoes that an email was canceled or discarded, as long as it is kept.</summary>
    /// <remarks>
    /// It is again what it was before: a canceled email waits, with its time, its attempts and its end; a discarded one is a dead letter
    /// again, or parked again if it may have been delivered. Nothing that may have been delivered is sent.
    /// </remarks>
    /// <param name="id">The id.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>False if the email is in another state or does not exist, or if its message was removed or erased.</returns>
    Task<bool> RestoreAsync(Guid id, CancellationToken cancellationToken = default);

    /// <summary>Cancels all waiting emails that a query finds.</summary>
    /// <remarks>
    /// Up to 500 in each transaction, the oldest first; what is stored meanwhile is left out. If the call is interrupted, the same call
    /// goes on: what is done is not found again.
    /// </remarks>
    /// <param name="query">Which emails.</param>
    /// <param name="by">Who decides, for the history and the log.</param>
    /// <param name="reason">Why, for the history and the log. Default: none.</param>
    /// <param name="cancellationToken">Ends the call; what is done remains so.</param>
    /// <returns>How many were canceled.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="query"/> or <paramref name="by"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// The query is not valid, or names another state than <see cref="OutboxState.Waiting"/>, or <paramref name="by"/> is empty.
    /// </exception>
    /// <exception cref="CryptographicException">The search needs a key that cannot be decrypted (missing or foreign key).</exception>
    Task<int> CancelAsync(OutboxQuery query, string by, string? reason = null, CancellationToken cancellationToken = default);

    /// <summary>Sends all emails again that a query finds, as <see cref="ResendAsync(Guid, CancellationToken)"/> does with one.</summary>
    /// <remarks>
    /// Without <see cref="OutboxQuery.States"/>, these are dead letters. Name <see cref="OutboxState.Unknown"/> for parked emails, which
    /// may arrive twice; canceled, discarded and waiting ones must be named too. Emails that cannot be decrypted, or whose messages were
    /// removed, are left as they are.
    /// <inheritdoc cref="CancelAsync(OutboxQuery, string, string?, CancellationToken)" path="/remarks"/>
    /// </remarks>
    /// <param name="query">Which emails.</param>
    /// <param name="by">Who decides, for the history and the log.</param>
    /// <param name="reason">Why, for the history and the log. Default: none.</param>
    /// <param name="cancellationToken">Ends the call; what is done remains so.</param>
    /// <returns>How many are sent again.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="query"/> or <paramref name="by"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// The query is not valid, or names a state in which an email cannot be sent again, or <paramref name="by"/> is empty.
    /// </exception>
    /// <exception cref="CryptographicException">The search needs a key that cannot be decrypted (missing or foreign key).</exception>
    Task<int> ResendAsync(OutboxQuery query, string by, string? reason = null, CancellationToken cancellationToken = default);

    /// <summary>Decides that no parked email and no dead letter that a query finds is ever sent.</summary>
    /// <remarks><inheritdoc cref="CancelAsync(OutboxQuery, string, string?, CancellationToken)" path="/remarks"/></remarks>
    /// <param name="query">Which emails.</param>
    /// <param name="by">Who decides, for the history and the log.</param>
    /// <param name="reason">Why, for the history and the log. Default: none.</param>
    /// <param name="cancellationToken">Ends the call; what is done remains so.</param>
    /// <returns>How many were discarded.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="query"/> or <paramref name="by"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// The query is not valid, or names another state, or <paramref name="by"/> is empty.
    /// </exception>
    /// <exception cref="CryptographicException">The search needs a key that cannot be decrypted (missing or foreign key).</exception>
    Task<int> DiscardAsync(OutboxQuery query, string by, string? reason = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Undoes that emails were canceled or discarded, as <see cref="RestoreAsync(Guid, CancellationToken)"/> does with one.
    /// </summary>
    /// <remarks><inheritdoc cref="CancelAsync(OutboxQuery, string, string?, CancellationToken)" path="/remarks"/></remarks>
    /// <param name="query">Which emails.</param>
    /// <param name="by">Who decides, for the history and the log.</param>
    /// <param name="reason">Why, for the history and the log. Default: none.</param>
    /// <param name="cancellationToken">Ends the call; what is done remains so.</param>
    /// <returns>How many were restored.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="query"/> or <paramref name="by"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// The query is not valid, or names another state, or <paramref name="by"/> is empty.
    /// </exception>
    /// <exception cref="CryptographicException">The search needs a key that cannot be decrypted (missing or foreign key).</exception>
    Task<int> RestoreAsync(OutboxQuery query, string by, string? reason = null, CancellationToken cancellationToken = default);
#pragma warning restore RS0026

    /// <summary>Removes the content of all emails to an address that have ended: a person's right to be forgotten.</summary>
    /// <remarks>
    /// Messages, attachments, envelopes and histories are removed, also those for other recipients of the same email. What is left is the
    /// id, the state and the times, with an entry of the history that says who erased it. An idempotency key that has the address is
    /// removed; any other one stays, and still prevents a second email. In SQLite, what was removed is overwritten, and the log is emptied;
    /// if another program reads meanwhile, a worker does that later. An email that cannot be decrypted is not found. The address, words and
    /// name of an entry of the <see cref="ISuppressionList"/> are removed; its hash stays, and still holds emails back.
    /// </remarks>
    /// <param name="address">The address, in any case of letters.</param>
    /// <param name="by">Who decides, for the history and the log.</param>
    /// <param name="reason">Why, for the history and the log. The address in it is left out. Default: none.</param>
    /// <param name="cancelWaiting">Whether waiting emails are canceled and erased as well. Default: false.</param>
    /// <param name="cancellationToken">Ends the call; what is done remains so.</param>
    /// <returns>How many were erased, and which ones cannot be erased yet.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="address"/> or <paramref name="by"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="address"/> or <paramref name="by"/> is empty.</exception>
    /// <exception cref="CryptographicException">The search needs a key that cannot be decrypted (missing or foreign key).</exception>
    Task<OutboxErasure> EraseAsync(
        string address, string by, string? reason = null, bool cancelWaiting = false, CancellationToken cancellationToken = default);

    /// <summary>Yields all emails that a query finds, with their histories, the oldest first.</summary>
    /// <remarks>What is stored meanwhile is left out. Memory holds two hundred entries at a time.</remarks>
    /// <param name="query">Which emails.</param>
    /// <param name="cancellationToken">Cancels the sequence.</param>
    /// <returns>The entries.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="query"/> is null.</exception>
    /// <exception cref="ArgumentException">The query is not valid.</exception>
    /// <exception cref="CryptographicException">The search needs a key that cannot be decrypted (missing or foreign key).</exception>
    IAsyncEnumerable<OutboxEntry> ExportAsync(OutboxQuery query, CancellationToken cancellationToken = default);

    /// <summary>Encrypts everything again that is not encrypted with the current key (<see cref="OutboxOptions.EncryptAtRest"/>).</summary>
    /// <remarks>
    /// Old keys decrypt what they have encrypted as long as the application has them. A worker does this once a day, in small steps; call
    /// it to be done before a key is deleted. What is encrypted with a revoked key is left as it is by default, and cannot be sent: whoever
    /// has that key could have written it. What was stored without encryption stays so. Emails go on being sent meanwhile; the call may be
    /// repeated.
    /// </remarks>
    /// <param name="includeRevoked">
    /// Whether what is encrypted with a revoked key is trusted, and encrypted again. Default: false.
    /// </param>
    /// <param name="cancellationToken">Ends the call; what is done remains so.</param>
    /// <returns>How many emails were encrypted again, and how many cannot be.</returns>
    /// <exception cref="InvalidOperationException">The application has no data protection, or one that cannot tell its keys.</exception>
    Task<OutboxReencryption> ReencryptAsync(bool includeRevoked = false, CancellationToken cancellationToken = default);

#pragma warning disable RS0026 // The ones pause everything for nobody in particular, the others name a person: no call can mean both.
    /// <summary>Stops the sending of all workers on all machines until <see cref="ResumeAsync(CancellationToken)"/>.</summary>
    /// <remarks><inheritdoc cref="PauseAsync(string, string?, string?, string?, CancellationToken)" path="/remarks"/></remarks>
    /// <param name="cancellationToken">Ends the call; a pause that is stored remains so.</param>
    /// <returns>A task that completes when no worker begins an email any more.</returns>
    /// <exception cref="OutboxUnacknowledgedException">
    /// The pause is stored, but a worker that lives has not acknowledged it for a minute; the message names it.
    /// </exception>
    Task PauseAsync(CancellationToken cancellationToken = default);

    /// <summary>Stops the sending of a lane, of a transporter, or of everything, on all machines.</summary>
    /// <remarks>
    /// It holds from the moment the call returns: no worker begins a transaction (<c>MAIL</c>) for what is paused any more. The call waits
    /// until all workers know, a second or two at most; for one that does not answer, until its emails are not its own any more, ten
    /// seconds. Emails whose last bytes may have left (<see cref="OutboxState.Sending"/>) finish; a transaction that is less far is broken
    /// off. Enqueuing continues, and emails expire. The pause survives a restart. Pauses are independent of each other: a lane is sent if
    /// neither it, nor its transporter, nor everything is paused. A second pause of the same replaces person and reason.
    /// </remarks>
    /// <param name="by">Who decides, for the log and <see cref="ListPausesAsync"/>; at most 200 characters.</param>
    /// <param name="reason">Why; at most 500 characters. Default: none.</param>
    /// <param name="transporterName">
    /// The key of the transporter, or empty for the one without a key. Default: null, for all transporters.
    /// </param>
    /// <param name="lane">The lane, or empty for the one without a name. Default: null, for all lanes.</param>
    /// <param name="cancellationToken">Ends the call; a pause that is stored remains so.</param>
    /// <returns>A task that completes when no worker begins such an email any more.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="by"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="by"/> is empty, or a text is too long.</exception>
    /// <exception cref="OutboxUnacknowledgedException">
    /// The pause is stored, but a worker that lives has not acknowledged it for a minute; the message names it.
    /// </exception>
    Task PauseAsync(
        string by, string? reason = null, string? transporterName = null, string? lane = null,
        CancellationToken cancellationToken = default);

    /// <summary>Ends the pause of everything; lanes and transporters that were paused by themselves remain so.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A task that completes when the pause is removed.</returns>
    Task ResumeAsync(CancellationToken cancellationToken = default);

    /// <summary>Ends a pause of a lane, of a transporter, or of everything.</summary>
    /// <remarks>What has waited leaves at the rate of its lane. What has expired meanwhile becomes a dead letter.</remarks>
    /// <param name="by">Who decides, for the log.</param>
    /// <param name="transporterName">The key of the transporter as it was paused. Default: null, for all transporters.</param>
    /// <param name="lane">The lane as it was paused. Default: null, for all lanes.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>False if there is no such pause; another one may hold the same emails (<see cref="ListPausesAsync"/>).</returns>
    /// <exception cref="ArgumentNullException"><paramref name="by"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="by"/> is empty.</exception>
    Task<bool> ResumeAsync(
        string by, string? transporterName = null, string? lane = null, CancellationToken cancellationToken = default);
#pragma warning restore RS0026

    /// <summary>Lists what is paused, the oldest pause first.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The pauses.</returns>
    Task<IReadOnlyList<OutboxPause>> ListPausesAsync(CancellationToken cancellationToken = default);

    /// <summary>Returns whether the sending of everything is paused.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>True if the sending of everything is paused; false if only some lanes or transporters are.</returns>
    Task<bool> IsPausedAsync(CancellationToken cancellationToken = default);
}
