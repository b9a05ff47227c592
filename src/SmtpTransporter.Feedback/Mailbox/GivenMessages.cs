namespace SmtpTransport.Feedback;

/// <summary>
/// Remembers what was given and is not completed, so that it is given again only after a while: the caller may still be at it, or cannot
/// complete it. The while is twice as long each time.
/// </summary>
internal sealed class GivenMessages(TimeSpan firstPause, bool isReadOnly, TimeProvider time)
{
    private static readonly TimeSpan LastPause = TimeSpan.FromHours(4);

    private readonly Dictionary<(uint, uint), Entry> _given = [];
    private int _pass;

    /// <summary>After how long something is to be given again; null if there is nothing.</summary>
    public TimeSpan? Next => _given.Count == 0 ? null : _given.Values.Min(GetLeft);

    /// <summary>Those of the messages that are to be given now.</summary>
    public IEnumerable<MailboxMessage> Take(IReadOnlyList<MailboxMessage> found)
    {
        foreach (var message in found)
        {
            if (!_given.TryGetValue(message.Key, out var known))
            {
                _given[message.Key] = known = new Entry { Pause = firstPause };
            }
            else if (isReadOnly || known.Message is { IsCompleted: true } || GetLeft(known) > TimeSpan.Zero)
            {
                known.Pass = _pass;
                continue;
            }
            else if (known.Pause < LastPause)
            {
                known.Pause = known.Pause * 2 < LastPause ? known.Pause * 2 : LastPause;
            }
            (known.Message, known.At, known.Pass) = (message, time.GetTimestamp(), _pass);
            yield return message;
        }
    }

    /// <summary>Forgets what is completed, and at the end of the folder what was not found there.</summary>
    public void EndPart(bool isLast)
    {
        foreach (var (key, known) in _given)
        {
            if (isReadOnly || known.Message is { IsCompleted: true } || (isLast && known.Pass != _pass))
                _given.Remove(key);
        }
        if (isLast)
            _pass++;
    }

    private TimeSpan GetLeft(Entry known) => known.Pause - time.GetElapsedTime(known.At);

    private sealed class Entry
    {
        public MailboxMessage? Message { get; set; }

        public TimeSpan Pause { get; set; }

        public long At { get; set; }

        public int Pass { get; set; }
    }
}
