namespace SmtpTransport.Feedback;

/// <summary>
/// Remembers what was given and is not completed, so that it is given again only after a while: the caller may still be at it.
/// </summary>
internal sealed class GivenMessages(TimeSpan pause, TimeProvider time)
{
    private Dictionary<(uint, uint), (MailboxMessage Message, long At)> _given = [];

    /// <summary>Whether something is to be given again.</summary>
    public bool HasPending => _given.Values.Any(g => !g.Message.IsCompleted);

    /// <summary>Those of the messages that are to be given now.</summary>
    public IEnumerable<MailboxMessage> Take(IReadOnlyList<MailboxMessage> found)
    {
        var before = _given;
        _given = [];
        foreach (var message in found)
        {
            if (!before.TryGetValue(message.Key, out var known) || (!known.Message.IsCompleted && time.GetElapsedTime(known.At) >= pause))
                yield return Remember(message);
            else
                _given[message.Key] = known;
        }
    }

    private MailboxMessage Remember(MailboxMessage message)
    {
        _given[message.Key] = (message, time.GetTimestamp());
        return message;
    }
}
