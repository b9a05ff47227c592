using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SmtpTransport.Mailbox;

/// <summary>Messages in memory, the newest first.</summary>
/// <remarks>If there are more messages than its capacity, the oldest are removed. Safe for concurrent callers.</remarks>
public sealed class MailboxStore
{
    private readonly object _gate = new();
    private readonly LinkedList<CapturedMessage> _messages = new();
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);
    private readonly int _capacity;
    private TaskCompletionSource _changed = CreateSignal();
    private long _lastNumber;

    /// <summary>Creates an empty store.</summary>
    /// <param name="capacity">The number of messages that are kept, at least 1. Default: 500.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="capacity"/> is less than 1.</exception>
    public MailboxStore(int capacity = 500)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _capacity = capacity;
    }

    /// <summary>The number of messages in the store.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _messages.Count;
        }
    }

    /// <summary>Adds a message.</summary>
    /// <param name="sender">The envelope's sender; empty for the null path (RFC 5321, section 4.5.5).</param>
    /// <param name="recipients">The envelope's recipients.</param>
    /// <param name="message">The bytes of the message (RFC 5322).</param>
    /// <param name="receivedAt">When the message was received; null (default) for now.</param>
    /// <exception cref="ArgumentNullException"><paramref name="sender"/> or <paramref name="recipients"/> is null.</exception>
    public void Add(string sender, IReadOnlyList<string> recipients, ReadOnlyMemory<byte> message, DateTimeOffset? receivedAt = null)
    {
        ArgumentNullException.ThrowIfNull(sender);
        ArgumentNullException.ThrowIfNull(recipients);
        Add(sender, recipients, message, receivedAt ?? TimeProvider.System.GetLocalNow(), null);
    }

    /// <summary>Removes all messages.</summary>
    /// <remarks>The files of messages from a folder are deleted, too.</remarks>
    public void Clear() => Remove(_ => true);

    /// <summary>The messages, the newest first, and whether each has been read.</summary>
    internal IReadOnlyList<(CapturedMessage Message, bool IsRead)> Messages
    {
        get
        {
            lock (_gate)
                return [.. _messages.Select(message => (message, _read.Contains(message.Id)))];
        }
    }

    /// <summary>A task that completes at the first change after this call.</summary>
    internal Task Changed
    {
        get
        {
            lock (_gate)
                return _changed.Task;
        }
    }

    internal void Add(
        string sender, IReadOnlyList<string> recipients, ReadOnlyMemory<byte> message, DateTimeOffset receivedAt, string? path)
    {
        lock (_gate)
        {
            var id = path is null ? (++_lastNumber).ToString(CultureInfo.InvariantCulture) : IdOf(path);
            _messages.AddFirst(CapturedMessage.Read(id, sender, recipients, message, receivedAt, path));
            if (_messages.Count > _capacity)
            {
                _read.Remove(_messages.Last!.Value.Id);
                _messages.RemoveLast();
            }
            NotifyChanged();
        }
    }

    internal CapturedMessage? Find(string id)
    {
        lock (_gate)
            return _messages.FirstOrDefault(m => m.Id == id);
    }

    internal void MarkRead(string id)
    {
        lock (_gate)
        {
            if (_read.Add(id))
                NotifyChanged();
        }
    }

    /// <summary>Removes the messages that match, and deletes the files of those from a folder.</summary>
    /// <returns>The number of messages that were removed.</returns>
    internal int Remove(Func<CapturedMessage, bool> predicate)
    {
        List<CapturedMessage> removed;
        lock (_gate)
        {
            removed = [.. _messages.Where(predicate)];
            foreach (var message in removed)
            {
                _messages.Remove(message);
                _read.Remove(message.Id);
            }
            if (removed.Count > 0)
                NotifyChanged();
        }
        foreach (var path in removed.Select(m => m.Path).OfType<string>())
            TryDelete(path);
        return removed.Count;
    }

    /// <summary>The same for a file whenever the application starts, so that the page's address of the message stays.</summary>
    private static string IdOf(string path) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFileName(path))))[..12];

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The message is not shown any more, and returns with the next start: this does not justify an error page.
        }
    }

    private void NotifyChanged()
    {
        var changed = _changed;
        _changed = CreateSignal();
        changed.SetResult();
    }

    private static TaskCompletionSource CreateSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
