namespace SmtpTransport.Outbox;

/// <summary>
/// Whose turn it is: queues that share the places of a transporter, or of a lane with limits of its own, and have the same priority, take
/// turns. The next turns begin behind the last queue from which something was claimed, so that each has its turn even if there is never
/// room for all. Not thread-safe.
/// </summary>
internal sealed class QueueTurns(LaneLimits limits)
{
    private static readonly Comparer<QueueKey> InTurn = Comparer<QueueKey>.Create((a, b) =>
        string.CompareOrdinal(a.Lane, b.Lane) is var order and not 0 ? order : a.IsOrdered.CompareTo(b.IsOrdered));

    private readonly Dictionary<(string Transporter, string? Lane, OutboxPriority Priority), QueueKey> _last = [];

    /// <summary>The queues that take turns with each other, those of a higher priority first, each group as its turns are.</summary>
    public IReadOnlyList<IReadOnlyList<QueueKey>> Arrange(IEnumerable<QueueKey> queues) =>
    [
        .. queues.GroupBy(FindGroup).OrderByDescending(group => group.Key.Priority).Select(group =>
        {
            var isBegun = _last.TryGetValue(group.Key, out var last);
            return group.OrderBy(key => isBegun && InTurn.Compare(key, last) <= 0).ThenBy(key => key, InTurn).ToList();
        }),
    ];

    /// <summary>Something was claimed from a queue.</summary>
    public void OnClaimed(QueueKey key) => _last[FindGroup(key)] = key;

    private (string Transporter, string? Lane, OutboxPriority Priority) FindGroup(QueueKey key) =>
        (key.Transporter, limits.HasOwn(key.Transporter, key.Lane) ? key.Lane : null, key.Priority);
}
