namespace SmtpTransport;

/// <summary>
/// The addresses to which nothing is sent, or nothing of a stream: after a hard bounce, a complaint, an unsubscription, or by hand.
/// </summary>
/// <remarks>
/// <para>
/// The outbox has one in its database: <c>AddSmtpOutbox</c> registers it, and <c>AddKeyedSmtpOutbox</c> with its key. If the application
/// has registered its own before, that one stays, and the key of the outbox's is <c>typeof(IOutbox)</c>. All its workers look at it: what
/// was enqueued before an address was added is held back like what is enqueued later.
/// </para>
/// <para>An address is one whatever its case and the spelling of its international domain. Implementations are thread-safe.</para>
/// </remarks>
public interface ISuppressionList
{
    /// <summary>Adds an entry: in the outbox, no email to the address begins once the call has returned.</summary>
    /// <remarks>
    /// <para>
    /// A transporter without an outbox looks once for each email, before it waits for a connection: what it has looked up before the call
    /// still goes out.
    /// </para>
    /// <para>
    /// In the outbox, this holds back what waits. The recipient is closed as <see cref="RecipientState.Suppressed"/>. An email with other
    /// recipients goes on to those. One without ends, with the reason in its history: as a dead letter if a server has refused another one,
    /// as sent if others have got it, canceled otherwise. What a server is receiving at this moment is not held back. Later attempts,
    /// further transactions of an email with many recipients, and emails that are enqueued or sent again later are held back before they
    /// begin.
    /// </para>
    /// <para>
    /// If the address has an entry for the same stream, that one stays as it is, and what waits is held back all the same: after an
    /// exception, the same call does the rest.
    /// </para>
    /// </remarks>
    /// <param name="suppression">The entry.</param>
    /// <param name="cancellationToken">Ends the call; the entry may have been added, and may not have held back everything yet.</param>
    /// <returns>Whether it is new.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="suppression"/> is null.</exception>
    /// <exception cref="ArgumentException">A property is not valid (<see cref="Suppression.FindError"/>).</exception>
    /// <exception cref="TimeoutException">
    /// In the outbox: if it is an <c>OutboxUnacknowledgedException</c>, the entry is stored, and everything that waits is held back, but a
    /// worker that hangs has not acknowledged it. Any other one says as little as an exception of the database does.
    /// </exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">
    /// In the outbox: a key by which encrypted emails and entries are found cannot be decrypted (missing or foreign key). Nothing is added.
    /// </exception>
    /// <exception cref="System.Data.Common.DbException">
    /// The database failed. It is not known whether the entry is stored; the same call may be repeated.
    /// </exception>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    Task<bool> AddAsync(Suppression suppression, CancellationToken cancellationToken = default);

    /// <summary>Adds entries, as <see cref="AddAsync"/> does.</summary>
    /// <param name="suppressions">The entries, as many as are kept in memory.</param>
    /// <param name="cancellationToken">Ends the call; what was done is not undone.</param>
    /// <returns>How many are new.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="suppressions"/> is null.</exception>
    /// <exception cref="ArgumentException">An entry is null or not valid; the message names its position. Nothing is added.</exception>
    Task<int> AddManyAsync(IReadOnlyList<Suppression> suppressions, CancellationToken cancellationToken = default);

    /// <summary>Removes an entry. What it has held back stays so; in the outbox, <c>RestoreAsync</c> undoes that.</summary>
    /// <param name="address">The address.</param>
    /// <param name="by">Who removes it, for the log.</param>
    /// <param name="stream">The stream of the entry. Default: the entry for all emails.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>False if there is none.</returns>
    /// <exception cref="ArgumentException">The address or the name is blank.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">As with <see cref="FindAsync"/>.</exception>
    Task<bool> RemoveAsync(string address, string by, string? stream = null, CancellationToken cancellationToken = default);

    /// <summary>The entries of an address: that for all emails, and those for streams.</summary>
    /// <param name="address">The address.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The entries; none if it gets all emails.</returns>
    /// <exception cref="ArgumentException">The address is blank.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">
    /// In the outbox: the list has entries whose key cannot be decrypted (missing or foreign key), and this may be one of them.
    /// </exception>
    Task<IReadOnlyList<Suppression>> FindAsync(string address, CancellationToken cancellationToken = default);

    /// <summary>Lists the entries, the newest first.</summary>
    /// <param name="limit">The maximum number of entries; 1 to 1,000. Default: 100.</param>
    /// <param name="page"><see cref="SuppressionPage.NextPage"/> of the page before. Default: the first page.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The page.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="limit"/> is less than 1 or more than 1,000.</exception>
    /// <exception cref="ArgumentException"><paramref name="page"/> is not a page.</exception>
    Task<SuppressionPage> ListAsync(int limit = 100, string? page = null, CancellationToken cancellationToken = default);
}
