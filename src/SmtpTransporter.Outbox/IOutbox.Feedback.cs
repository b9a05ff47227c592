using SmtpTransport.Feedback;

namespace SmtpTransport.Outbox;

public partial interface IOutbox
{
    /// <summary>Records what came back of an email: a delivery report, a complaint or an unsubscribe. Other kinds change nothing.</summary>
    /// <remarks>
    /// <para>
    /// The email is found by a token (<see cref="EmailFeedback.EmailId"/>) or, if there is none, by the Message-ID that the report returns,
    /// as long as it is kept, whatever its state is: a report may come before the result of our own server. What is recorded stays in
    /// <see cref="OutboxEntry.History"/>, and what counts for most is in <see cref="OutboxRecipient.Report"/>. An email that is not found
    /// is counted and logged, and nothing is thrown.
    /// </para>
    /// <para>
    /// One transaction records all of it, once: a delay by the id of its report, everything else once for a recipient, whatever ways it
    /// comes by. What is surer is recorded again: a bounce that says that the address does not exist after one that does not, and what is
    /// certain after a guess. Afterwards the recipient is put on
    /// the suppression list, if <see cref="OutboxOptions.SuppressAfter"/> says so, and <see cref="OutboxOptions.OnFeedback"/> is called.
    /// </para>
    /// </remarks>
    /// <param name="feedback">What came back, as <see cref="FeedbackReader"/> or a webhook has read it.</param>
    /// <param name="reportId">
    /// What names the report if it has no Message-ID of its own, such as the id of a webhook's event. Default: none; then its contents do.
    /// </param>
    /// <param name="cancellationToken">
    /// Cancels the call until it is recorded; nothing is recorded then. It does not end what follows the commit: the suppression and the
    /// callback.
    /// </param>
    /// <returns>What is recorded.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="feedback"/> is null.</exception>
    /// <exception cref="OutboxCommitException">
    /// The database was lost before it answered the commit. The same call may be repeated.
    /// </exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">
    /// The email or its history cannot be decrypted, or the key to find emails by a Message-ID cannot (missing or foreign key). Nothing is
    /// recorded: the same call may be repeated with the key.
    /// </exception>
    Task<OutboxFeedback> RecordFeedbackAsync(
        EmailFeedback feedback, string? reportId = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Yields an email at each change as <see cref="WatchAsync"/> does, and goes on after its end, with each report that comes back.
    /// </summary>
    /// <remarks>After the end of the email, it looks every five seconds.</remarks>
    /// <param name="id">The id.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    /// <returns>The email now, and after each change, until it is removed or the watch is canceled; nothing if it does not exist.</returns>
    IAsyncEnumerable<OutboxEntry> WatchFeedbackAsync(Guid id, CancellationToken cancellationToken = default);
}
