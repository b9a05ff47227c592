namespace SmtpTransport.Outbox;

/// <summary>
/// The addresses to which an outbox sends nothing, or nothing of a stream: after a hard bounce, a complaint, an unsubscription, or by hand.
/// </summary>
/// <remarks>
/// <c>AddSmtpOutbox</c> registers it, and <c>AddKeyedSmtpOutbox</c> with its key. It is in the database of the outbox, and all its
/// workers look at it: what was enqueued before an address was added is held back like what is enqueued later. In an outbox with
/// <see cref="OutboxOptions.EncryptAtRest"/>, no address is stored in clear. Thread-safe.
/// </remarks>
public interface ISuppressionList
{
    /// <summary>Adds an entry, and holds back what waits: once the call has returned, no email to the address begins.</summary>
    /// <remarks>
    /// <para>
    /// The recipient is closed as <see cref="RecipientState.Suppressed"/>. An email with other recipients goes on to those; one without is
    /// canceled, with the reason in its history. What a server is receiving at this moment is not held back. Later attempts and emails
    /// that are enqueued or sent again later are held back before they begin.
    /// </para>
    /// <para>
    /// If the address has an entry for the same stream, that one stays as it is. A process of an earlier version of the package does not
    /// look at the list: update all of them first.
    /// </para>
    /// </remarks>
    /// <param name="suppression">The entry.</param>
    /// <param name="cancellationToken">Ends the call; the entry may have been added, and may not have held back everything yet.</param>
    /// <returns>Whether it is new.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="suppression"/> is null.</exception>
    /// <exception cref="ArgumentException">A property is not valid; the message names it.</exception>
    /// <exception cref="TimeoutException">It is added, but a worker that held emails to it has not acknowledged that.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">
    /// The outbox has encrypted emails, and the key to find them cannot be decrypted (missing or foreign key).
    /// </exception>
    /// <exception cref="System.Data.Common.DbException">The database failed. The same call may be repeated.</exception>
    Task<bool> AddAsync(Suppression suppression, CancellationToken cancellationToken = default);

    /// <summary>Removes an entry. What it has held back stays so (<see cref="IOutbox.RestoreAsync(Guid, CancellationToken)"/>).</summary>
    /// <param name="address">The address.</param>
    /// <param name="by">Who removes it, for the log.</param>
    /// <param name="stream">The stream of the entry. Default: the entry for all emails.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>False if there is none.</returns>
    /// <exception cref="ArgumentException">The address or the name is blank.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">As with <see cref="AddAsync"/>.</exception>
    Task<bool> RemoveAsync(string address, string by, string? stream = null, CancellationToken cancellationToken = default);

    /// <summary>The entries of an address: that for all emails, and those for streams.</summary>
    /// <param name="address">The address.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The entries; none if it gets all emails.</returns>
    /// <exception cref="ArgumentException">The address is blank.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">As with <see cref="AddAsync"/>.</exception>
    Task<IReadOnlyList<Suppression>> FindAsync(string address, CancellationToken cancellationToken = default);

    /// <summary>Lists the entries, the newest first.</summary>
    /// <param name="limit">The maximum number of entries; 1 to 1,000. Default: 100.</param>
    /// <param name="page"><see cref="SuppressionPage.NextPage"/> of the page before. Default: the first page.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The page.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="limit"/> is less than 1 or more than 1,000.</exception>
    /// <exception cref="ArgumentException"><paramref name="page"/> is not a page.</exception>
    Task<SuppressionPage> ListAsync(int limit = 100, string? page = null, CancellationToken cancellationToken = default);

    /// <summary>Writes all entries as CSV (RFC 4180): address, stream, reason, words, by and time (RFC 3339), with a header line.</summary>
    /// <remarks>An entry whose address was erased is left out: nothing else would find it.</remarks>
    /// <param name="writer">Where they are written.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>How many entries were written.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="writer"/> is null.</exception>
    Task<int> ExportAsync(TextWriter writer, CancellationToken cancellationToken = default);

    /// <summary>Adds entries from CSV, some at a time, each as <see cref="AddAsync"/> does.</summary>
    /// <remarks>
    /// The header line names the columns, in any order: <c>address</c> must be there; <c>stream</c>, <c>reason</c> (by default
    /// <see cref="SuppressionReason.Manual"/>), <c>words</c>, <c>by</c> and <c>at</c> may be. Other columns are ignored. The same file
    /// may be read again.
    /// </remarks>
    /// <param name="reader">The CSV.</param>
    /// <param name="by">Who imports it: an entry without a name gets this one.</param>
    /// <param name="cancellationToken">Cancels the call; what was read before is added.</param>
    /// <returns>How many entries were new.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="reader"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="by"/> is blank.</exception>
    /// <exception cref="FormatException">A line is not valid; the message names it. What stands before it may be added.</exception>
    /// <exception cref="TimeoutException">As with <see cref="AddAsync"/>.</exception>
    Task<int> ImportAsync(TextReader reader, string by, CancellationToken cancellationToken = default);
}
