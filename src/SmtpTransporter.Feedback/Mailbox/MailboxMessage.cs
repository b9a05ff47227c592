using MailKit;

namespace SmtpTransport.Feedback;

/// <summary>A message in the folder. Its UID means it as long as the folder has the same UIDVALIDITY (RFC 9051, section 2.3.1).</summary>
internal sealed class MailboxMessage(MailboxConnection connection, FeedbackMailboxOptions options, uint validity, UniqueId uid)
{
    private volatile bool _isCompleted;
    private bool _isCopied;

    public (uint Validity, uint Uid) Key => (validity, uid.Id);

    public bool IsCompleted => _isCompleted;

    // The end of a URL of IMAP (RFC 5092).
    public FeedbackMessage ToFeedback() => new($"{options.Folder};UIDVALIDITY={validity}/;UID={uid.Id}", OpenAsync, CompleteAsync);

    // One octet more than the reader takes, so that it sees that there is more.
    private Task<Stream> OpenAsync(CancellationToken cancellationToken) => connection.UseAsync(
        (session, token) =>
        {
            ThrowIfRenumbered(session);
            return session.Folder.GetStreamAsync(uid, 0, FeedbackReader.MaxOctets + 1, token);
        },
        cancellationToken);

    private async Task CompleteAsync(CancellationToken cancellationToken)
    {
        if (options.IsReadOnly)
            throw new InvalidOperationException($"The folder \"{options.Folder}\" is only looked at. Set IsReadOnly to false.");
        if (_isCompleted)
            return;
        await connection.UseAsync(
            async (session, token) =>
            {
                ThrowIfRenumbered(session);
                if (options.MoveTo is null)
                    await session.MarkAsync(uid, options.ReadFlag, token).ConfigureAwait(false);
                else
                    await MoveAsync(session, token).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        _isCompleted = true;
    }

    // If the process ends in the middle, the message is in both folders, and is given again.
    private async Task MoveAsync(MailboxSession session, CancellationToken cancellationToken)
    {
        if (session.CanMove)
        {
            await session.MoveAsync(uid, cancellationToken).ConfigureAwait(false);
            return;
        }
        if (!_isCopied)
            await session.CopyAsync(uid, cancellationToken).ConfigureAwait(false);
        _isCopied = true;
        await session.DeleteAsync(uid, cancellationToken).ConfigureAwait(false);
    }

    private void ThrowIfRenumbered(MailboxSession session)
    {
        if (session.Folder.UidValidity != validity)
        {
            throw connection.Failures.Create(
                $"The server has renumbered the folder (UIDVALIDITY {validity} is now {session.Folder.UidValidity}). What is not completed "
                + "is given again under another id.",
                isTransient: true);
        }
    }
}
