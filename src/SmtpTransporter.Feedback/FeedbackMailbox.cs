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
/// There is one connection, opened as it is needed. After a refused login there is no other attempt for a minute; calls fail at once.
/// Messages may be opened and completed from several threads; enumerate one call at a time.
/// </para>
/// </remarks>
public sealed class FeedbackMailbox : IFeedbackSource, IAsyncDisposable
{
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
        foreach (var message in await FindAsync(cancellationToken).ConfigureAwait(false))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return message.ToFeedback();
        }
    }

    /// <summary>
    /// Gives the messages that are there and not completed, the oldest first, and then each that arrives, without an end.
    /// </summary>
    /// <param name="cancellationToken">Ends it, at once.</param>
    /// <returns>
    /// The messages. What is not completed comes again: after <see cref="FeedbackMailboxOptions.PollInterval"/>, or with the next call.
    /// </returns>
    /// <remarks>
    /// The server tells of new messages (IDLE, RFC 2177); one that cannot is asked each <see cref="FeedbackMailboxOptions.PollInterval"/>.
    /// After a lost connection it connects again, 1 second later, and then after twice as long up to 5 minutes; each such failure is a
    /// warning for <see cref="ServerOptions.Logger"/>.
    /// </remarks>
    /// <exception cref="FeedbackMailboxException">
    /// Something must be changed first, such as the password: <see cref="FeedbackMailboxException.IsTransient"/> is false.
    /// </exception>
    /// <exception cref="OperationCanceledException">The call was canceled.</exception>
    /// <exception cref="ObjectDisposedException">The mailbox was disposed.</exception>
    public async IAsyncEnumerable<FeedbackMessage> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var given = new GivenMessages(_options.PollInterval, _time);
        var delay = new ReconnectDelay();
        while (true)
        {
            if (await TryAsync(() => FindAsync(cancellationToken), delay, cancellationToken).ConfigureAwait(false) is not { } found)
                continue;
            foreach (var message in given.Take(found))
            {
                yield return message.ToFeedback();
                cancellationToken.ThrowIfCancellationRequested();
            }
            if (await TryAsync(() => WaitAsync(given, cancellationToken), delay, cancellationToken).ConfigureAwait(false) is not null)
                delay.Reset();
        }
    }

    /// <summary>Logs out and closes the connection. A call that is under way fails.</summary>
    /// <returns>A task that completes as the connection is closed.</returns>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    // What someone has deleted is not there any more, even before it is expunged.
    private static SearchQuery QueryOf(FeedbackMailboxOptions options) =>
        options.IsReadOnly || options.MoveTo is not null ? SearchQuery.NotDeleted
        : options.ReadFlag.Equals(FeedbackMailboxCheck.Seen, StringComparison.OrdinalIgnoreCase)
            ? SearchQuery.NotDeleted.And(SearchQuery.NotSeen)
        : SearchQuery.NotDeleted.And(SearchQuery.NotKeyword(options.ReadFlag));

    private Task<List<MailboxMessage>> FindAsync(CancellationToken cancellationToken) => _connection.UseAsync(
        async (session, token) =>
        {
            var found = await session.FindAsync(_query, token).ConfigureAwait(false);
            var validity = session.Folder.UidValidity;
            return found.ConvertAll(uid => new MailboxMessage(_connection, _options, validity, uid));
        },
        cancellationToken);

    private async Task<object> WaitAsync(GivenMessages given, CancellationToken cancellationToken)
    {
        await _connection.WaitAsync(given.HasPending, cancellationToken).ConfigureAwait(false);
        return given;
    }

    /// <summary>Null after a failure that passes, and a pause.</summary>
    private async Task<T?> TryAsync<T>(Func<Task<T>> act, ReconnectDelay delay, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await act().ConfigureAwait(false);
        }
        catch (FeedbackMailboxException exception) when (exception.IsTransient)
        {
            var pause = delay.Next();
            MailboxLog.Lost(_options, exception, pause);
            await Task.Delay(pause, _time, cancellationToken).ConfigureAwait(false);
            return null;
        }
    }
}
