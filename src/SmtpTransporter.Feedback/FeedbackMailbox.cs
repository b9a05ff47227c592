using System.Runtime.CompilerServices;
using MailKit.Search;

namespace SmtpTransport.Feedback;

/// <summary>A source of messages in a mailbox (IMAP, RFC 9051 and RFC 3501).</summary>
/// <remarks>
/// <para>
/// <see cref="ReadAsync"/> gives what is there; <see cref="WatchAsync"/> goes on with what arrives. A message is given until
/// <see cref="FeedbackMessage.CompleteAsync"/> has marked or moved it, after a crash or a lost connection, too: at least once, and never
/// after it was completed. The mark is on the server, so that another machine can go on. Opening a message reads at most one octet more
/// than <see cref="FeedbackReader.MaxOctets"/>, and sets no flag.
/// </para>
/// <para>
/// The id of a message is made of the folder, its UIDVALIDITY and the UID. It changes if the server renumbers the folder, which servers do
/// if a mailbox was restored: what was recorded and not completed then comes again under another id.
/// </para>
/// <para>
/// There is one connection, opened as it is needed. After a failure there is no other attempt for a while (1 second, then twice as long, up
/// to 5 minutes), after a refused login for a minute; until then, calls fail at once. Messages are looked for 1,000 at a time.
/// Messages may be opened and completed from several threads; enumerate one call at a time.
/// </para>
/// </remarks>
public sealed class FeedbackMailbox : IFeedbackSource, IAsyncDisposable
{
    // However many messages there are, only some are kept in mind at a time.
    private const int MaxFound = 1000;

    private readonly FeedbackMailboxOptions _options;
    private readonly TimeProvider _time;
    private readonly MailboxConnection _connection;
    private readonly SearchQuery _query;

    /// <summary>Uses a mailbox. It connects as it is read.</summary>
    /// <param name="options">The mailbox, and how to mark what was read.</param>
    /// <param name="time">The clock for all waits and limits; null for that of the system.</param>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// An option is not valid, or not supported; the message names it, what was given (never a secret) and what is allowed.
    /// </exception>
    public FeedbackMailbox(FeedbackMailboxOptions options, TimeProvider? time = null)
    {
        _options = FeedbackMailboxCheck.Complete(options);
        _time = time ?? TimeProvider.System;
        _connection = new MailboxConnection(_options, _time);
        _query = QueryOf(_options);
    }

    /// <inheritdoc/>
    /// <exception cref="FeedbackMailboxException">
    /// The mailbox cannot be read. Unless <see cref="FeedbackMailboxException.IsTransient"/>, something must be changed first.
    /// </exception>
    /// <exception cref="OperationCanceledException">The call was canceled.</exception>
    /// <exception cref="ObjectDisposedException">The mailbox was disposed.</exception>
    public async IAsyncEnumerable<FeedbackMessage> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        MailboxMessage? last = null;
        List<MailboxMessage> found;
        do
        {
            found = await FindAsync(last, cancellationToken).ConfigureAwait(false);
            foreach (var message in found)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return message.ToFeedback();
            }
            last = found.LastOrDefault();
        }
        while (found.Count == MaxFound);
    }

    /// <summary>
    /// Gives the messages that are there and not completed, the oldest first, and then each that arrives, without an end.
    /// </summary>
    /// <param name="cancellationToken">Ends it, at once.</param>
    /// <returns>
    /// The messages. What is not completed comes again with the next call, and before that after
    /// <see cref="FeedbackMailboxOptions.PollInterval"/>, then after twice as long, up to 4 hours; with
    /// <see cref="FeedbackMailboxOptions.IsReadOnly"/> only with the next call.
    /// </returns>
    /// <remarks>
    /// The server tells of new messages (IDLE, RFC 2177); one that cannot is asked each <see cref="FeedbackMailboxOptions.PollInterval"/>.
    /// After a lost connection it connects again, 1 second later, and then after twice as long up to 5 minutes; until then, messages cannot
    /// be opened or completed either. Each such failure is a warning for <see cref="ServerOptions.Logger"/>.
    /// </remarks>
    /// <exception cref="FeedbackMailboxException">
    /// Something must be changed first, such as the password: <see cref="FeedbackMailboxException.IsTransient"/> is false.
    /// </exception>
    /// <exception cref="OperationCanceledException">The call was canceled.</exception>
    /// <exception cref="ObjectDisposedException">The mailbox was disposed.</exception>
    public async IAsyncEnumerable<FeedbackMessage> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var given = new GivenMessages(_options.PollInterval, _options.IsReadOnly, _time);
        MailboxMessage? last = null;
        while (true)
        {
            if (await TryAsync(() => FindAsync(last, cancellationToken), cancellationToken).ConfigureAwait(false) is not { } found)
                continue;
            var isWhole = true;
            foreach (var message in given.Take(found))
            {
                yield return message.ToFeedback();
                cancellationToken.ThrowIfCancellationRequested();
                // Without a connection, the next ones could not be opened.
                isWhole = _connection.IsOpen;
                if (!isWhole)
                    break;
            }
            if (isWhole)
            {
                var isLast = found.Count < MaxFound;
                given.EndPart(isLast);
                // What is only looked at comes once, and what is new has a higher UID.
                last = isLast && !_options.IsReadOnly ? null : found.LastOrDefault() ?? last;
                if (!isLast)
                    continue;
            }
            await TryAsync(() => WaitAsync(given, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Waits until the server tells of a message that was not there at the last <see cref="ReadAsync"/> (IDLE, RFC 2177), or until a time
    /// is over.
    /// </summary>
    /// <remarks>
    /// It ends earlier, too: with a server that has IDLE after <see cref="FeedbackMailboxOptions.IdleRenewal"/>, with another one after
    /// <see cref="FeedbackMailboxOptions.PollInterval"/>, and at once without a connection. <see cref="WatchAsync"/> does both by itself.
    /// </remarks>
    /// <param name="limit">How long it waits at most; not negative.</param>
    /// <param name="cancellationToken">Ends it at once, and closes the connection.</param>
    /// <returns>A task that completes as the next look is due.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="limit"/> is negative.</exception>
    /// <exception cref="FeedbackMailboxException">The connection was lost.</exception>
    /// <exception cref="OperationCanceledException">The call was canceled.</exception>
    /// <exception cref="ObjectDisposedException">The mailbox was disposed.</exception>
    public Task WaitAsync(TimeSpan limit, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, TimeSpan.Zero);
        return _connection.WaitAsync(limit, cancellationToken);
    }

    /// <summary>Logs out and closes the connection. A call that is under way is ended.</summary>
    /// <returns>A task that completes as the connection is closed.</returns>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    // What someone has deleted is not there any more, even before it is expunged.
    private static SearchQuery QueryOf(FeedbackMailboxOptions options) =>
        options.IsReadOnly || options.MoveTo is not null ? SearchQuery.NotDeleted
        : options.ReadFlag.Equals(FeedbackMailboxCheck.Seen, StringComparison.OrdinalIgnoreCase)
            ? SearchQuery.NotDeleted.And(SearchQuery.NotSeen)
        : SearchQuery.NotDeleted.And(SearchQuery.NotKeyword(options.ReadFlag));

    /// <summary>The next messages behind one, or the first ones, <see cref="MaxFound"/> at most.</summary>
    private Task<List<MailboxMessage>> FindAsync(MailboxMessage? last, CancellationToken cancellationToken) => _connection.UseAsync(
        async (session, token) =>
        {
            var validity = session.Folder.UidValidity;
            var after = last?.Key.Validity == validity ? last.Key.Uid : 0;
            var found = await session.FindAsync(_query, after, MaxFound, token).ConfigureAwait(false);
            return found.ConvertAll(uid => new MailboxMessage(_connection, _options, validity, uid));
        },
        cancellationToken);

    private async Task<object> WaitAsync(GivenMessages given, CancellationToken cancellationToken)
    {
        await _connection.WaitAsync(given.Next, cancellationToken).ConfigureAwait(false);
        return given;
    }

    /// <summary>Null after a failure that passes, and a pause.</summary>
    private async Task<T?> TryAsync<T>(Func<Task<T>> act, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await act().ConfigureAwait(false);
        }
        catch (FeedbackMailboxException exception) when (exception.IsTransient)
        {
            await _connection.PauseAsync(exception, cancellationToken).ConfigureAwait(false);
            return null;
        }
    }
}
