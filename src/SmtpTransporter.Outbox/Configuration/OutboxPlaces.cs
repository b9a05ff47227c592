using System.Collections.Concurrent;

namespace SmtpTransport.Outbox;

/// <summary>Where the outboxes of an application store their emails: no two of them may share a place. Thread-safe.</summary>
internal sealed class OutboxPlaces
{
    private readonly ConcurrentDictionary<string, OutboxName> _names = new(StringComparer.Ordinal);

    /// <exception cref="InvalidOperationException">Another outbox of the application has the same place.</exception>
    public void Enter(string place, OutboxName name)
    {
        var first = _names.GetOrAdd(place, name);
        if (first != name)
        {
            throw new InvalidOperationException(
                $"{name} has {place}, which another one uses ({first}). Give each its own TablePrefix, Schema or database; "
                + "with SQLite, its own file.");
        }
    }
}
