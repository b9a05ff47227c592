using MailKit;
using MailKit.Net.Imap;
using MailKit.Search;

namespace SmtpTransport.Feedback;

/// <summary>The folder, open on one connection. One caller at a time.</summary>
internal sealed class MailboxSession : IDisposable
{
    private readonly ImapClient _client;
    private readonly IMailFolder? _target;
    private readonly object _gate = new();
    private CancellationTokenSource? _idle;
    private int _count;
    private bool _isIdleRefused;

    /// <param name="client">The client, which is disposed with this.</param>
    /// <param name="reply">What the client hears.</param>
    /// <param name="folder">The folder, which is open.</param>
    /// <param name="target">Where messages are moved; null if they stay.</param>
    public MailboxSession(ImapClient client, ServerReply reply, IMailFolder folder, IMailFolder? target)
    {
        (_client, Reply, Folder, _target) = (client, reply, folder, target);
        _count = folder.Count;
        folder.CountChanged += (_, _) => NoteCount();
        // One that goes hides one that comes, if only the counts before and after both are compared.
        folder.MessageExpunged += (_, _) => _count = Math.Min(_count, Folder.Count);
    }

    /// <summary>The last reply of the server.</summary>
    public ServerReply Reply { get; }

    public IMailFolder Folder { get; }

    public bool IsOpen => _client.IsConnected && Folder.IsOpen;

    public bool CanIdle => !_isIdleRefused && _client.Capabilities.HasFlag(ImapCapabilities.Idle);

    public bool CanMove => _client.Capabilities.HasFlag(ImapCapabilities.Move);

    /// <summary>Whether there may be messages that the last search has not seen.</summary>
    public bool HasArrived { get; private set; } = true;

    /// <summary>The first messages that match behind a UID, in the order in which they arrived.</summary>
    public async Task<List<UniqueId>> FindAsync(SearchQuery query, uint after, int most, CancellationToken cancellationToken)
    {
        HasArrived = false;
        // Some servers tell of what arrived only if they are asked.
        await _client.NoOpAsync(cancellationToken).ConfigureAwait(false);
        var behind = after == 0
            ? query
            : SearchQuery.Uids(new UniqueIdRange(new UniqueId(after + 1), UniqueId.MaxValue)).And(query);
        var found = await Folder.SearchAsync(behind, cancellationToken).ConfigureAwait(false);
        // The last message matches even if its UID is lower (RFC 9051, section 9, seq-range).
        return [.. found.Where(uid => uid.Id > after).OrderBy(uid => uid.Id).Take(most)];
    }

    public Task MarkAsync(UniqueId uid, string flag, CancellationToken cancellationToken)
    {
        var request = flag.Equals(FeedbackMailboxCheck.Seen, StringComparison.OrdinalIgnoreCase)
            ? new StoreFlagsRequest(StoreAction.Add, MessageFlags.Seen)
            : new StoreFlagsRequest(StoreAction.Add, [flag]);
        request.Silent = true;
        return Folder.StoreAsync(uid, request, cancellationToken);
    }

    public Task MoveAsync(UniqueId uid, CancellationToken cancellationToken) =>
        Folder.MoveToAsync([uid], _target!, cancellationToken);

    public Task CopyAsync(UniqueId uid, CancellationToken cancellationToken) =>
        Folder.CopyToAsync([uid], _target!, cancellationToken);

    public async Task DeleteAsync(UniqueId uid, CancellationToken cancellationToken)
    {
        var request = new StoreFlagsRequest(StoreAction.Add, MessageFlags.Deleted) { Silent = true };
        await Folder.StoreAsync(uid, request, cancellationToken).ConfigureAwait(false);
        // EXPUNGE alone would remove what others have deleted, too.
        if (_client.Capabilities.HasFlag(ImapCapabilities.UidPlus))
            await Folder.ExpungeAsync([uid], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until the server tells of a message, the time is over, or <see cref="Interrupt"/>.</summary>
    /// <param name="isWanted">Asked behind the point from which on <see cref="Interrupt"/> is noticed.</param>
    /// <param name="left">The time.</param>
    /// <param name="limit">How long the server may take to end it.</param>
    /// <param name="time">The clock of both.</param>
    /// <param name="cancellationToken">Ends it at once, and the connection with it.</param>
    public async Task IdleAsync(
        Func<bool> isWanted, TimeSpan left, Func<TimeSpan> limit, TimeProvider time, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(left, time);
        using var idle = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        using var late = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        using var done = new CancellationTokenSource();
        using var bound = idle.Token.Register(() =>
        {
            late.CancelAfter(limit());
            done.Cancel();
        });
        lock (_gate)
            _idle = idle;
        try
        {
            if (isWanted() && !HasArrived)
                await _client.IdleAsync(done.Token, end.Token).ConfigureAwait(false);
        }
        catch (ImapCommandException)
        {
            // It is offered and not allowed: from here on, the server is asked.
            _isIdleRefused = true;
        }
        finally
        {
            lock (_gate)
                _idle = null;
        }
    }

    /// <summary>Ends the waiting, if there is one. Safe for concurrent callers.</summary>
    public void Interrupt()
    {
        lock (_gate)
            _idle?.Cancel();
    }

    public async Task LogOutAsync(CancellationToken cancellationToken) =>
        await _client.DisconnectAsync(quit: true, cancellationToken).ConfigureAwait(false);

    public void Dispose() => _client.Dispose();

    private void NoteCount()
    {
        var hasMore = Folder.Count > _count;
        _count = Folder.Count;
        if (!hasMore)
            return;
        HasArrived = true;
        Interrupt();
    }
}
