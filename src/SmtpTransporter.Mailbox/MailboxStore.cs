using System.Globalization;

namespace SmtpTransport.Mailbox;

/// <summary>Mails in memory, the newest first; beyond its capacity, the oldest go. Safe for concurrent callers.</summary>
public sealed class MailboxStore
{
    private readonly object _gate = new();
    private readonly LinkedList<CapturedMail> _mails = new();
    private readonly int _capacity;
    private TaskCompletionSource _changed = NewSignal();
    private long _number;

    /// <summary>Makes an empty one.</summary>
    /// <param name="capacity">How many mails it keeps, at least 1. Default 500.</param>
    public MailboxStore(int capacity = 500)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _capacity = capacity;
    }

    /// <summary>How many mails there are.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _mails.Count;
        }
    }

    /// <summary>Adds a mail.</summary>
    /// <param name="sender">The envelope's sender; empty for the null path.</param>
    /// <param name="recipients">The envelope's recipients.</param>
    /// <param name="message">The message, as it went over the wire.</param>
    /// <param name="receivedAt">When it came; null (default) for now.</param>
    public void Add(string sender, IReadOnlyList<string> recipients, ReadOnlyMemory<byte> message, DateTimeOffset? receivedAt = null)
    {
        ArgumentNullException.ThrowIfNull(sender);
        ArgumentNullException.ThrowIfNull(recipients);
        Add(sender, recipients, message, receivedAt ?? TimeProvider.System.GetLocalNow(), null);
    }

    /// <summary>Takes all mails out.</summary>
    public void Clear() => Remove(_ => true);

    internal IReadOnlyList<CapturedMail> Mails
    {
        get
        {
            lock (_gate)
                return [.. _mails];
        }
    }

    /// <summary>Done when something has changed since this was asked for.</summary>
    internal Task Changed
    {
        get
        {
            lock (_gate)
                return _changed.Task;
        }
    }

    internal void Add(string sender, IReadOnlyList<string> recipients, ReadOnlyMemory<byte> message, DateTimeOffset receivedAt, string? path)
    {
        lock (_gate)
        {
            var captured = CapturedMail.Read((++_number).ToString(CultureInfo.InvariantCulture), sender, recipients, message, receivedAt, path);
            _mails.AddFirst(captured);
            if (_mails.Count > _capacity)
                _mails.RemoveLast();
            Tell();
        }
    }

    internal CapturedMail? Find(string id)
    {
        lock (_gate)
            return _mails.FirstOrDefault(m => m.Id == id);
    }

    /// <summary>Takes those out that fit; the file of one from a folder goes too.</summary>
    internal int Remove(Func<CapturedMail, bool> fits)
    {
        List<CapturedMail> gone;
        lock (_gate)
        {
            gone = [.. _mails.Where(fits)];
            gone.ForEach(m => _mails.Remove(m));
            if (gone.Count > 0)
                Tell();
        }
        foreach (var path in gone.Select(m => m.Path).OfType<string>())
            TryDelete(path);
        return gone.Count;
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It is out of sight, and comes back with the next start: not worth an error page.
        }
    }

    private void Tell()
    {
        var changed = _changed;
        _changed = NewSignal();
        changed.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
