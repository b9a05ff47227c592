namespace SmtpTransport.Outbox;

/// <summary>
/// When the claimer looks at all queues from their beginning again, and where it goes on until then. To look costs little, unless an old
/// transaction keeps all dead rows since then and each look steps over them: then it takes a fifth of the time. What became due in the
/// place of a dead row (an email that was given back), and a new queue, are found by the next survey. Not thread-safe.
/// </summary>
internal sealed class QueueSurvey(TimeProvider time)
{
    private const int Share = 5;

    // What costs less is done each time.
    private static readonly TimeSpan Cheap = TimeSpan.FromMilliseconds(50);

    private readonly Dictionary<QueueKey, (DateTimeOffset Due, long Turn)> _claimed = [];
    private long _turn;
    private List<QueueKey> _due = [];
    private long _startedAt;
    private long _endedAt;
    private TimeSpan _cost;

    /// <summary>How long to wait for the next one; zero if it may begin.</summary>
    public TimeSpan Wait
    {
        get
        {
            if (_cost < Cheap)
                return TimeSpan.Zero;
            var wait = _cost * (Share - 1) - time.GetElapsedTime(_endedAt);
            return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
        }
    }

    /// <summary>
    /// The queues that had due emails: those of a higher priority first, and of equal ones that from which nothing was claimed for longest.
    /// </summary>
    public IReadOnlyList<QueueKey> Due =>
        [.. _due.OrderByDescending(key => key.Priority).ThenBy(key => _claimed.TryGetValue(key, out var last) ? last.Turn : 0)];

    public void Begin() => (_startedAt, _due) = (time.GetTimestamp(), []);

    /// <summary>Adds queues with due emails.</summary>
    public void Add(IEnumerable<QueueKey> keys) => _due.AddRange(keys);

    public void End()
    {
        _endedAt = time.GetTimestamp();
        _cost = time.GetElapsedTime(_startedAt, _endedAt);
        foreach (var gone in _claimed.Keys.Except(_due).ToList())
            _claimed.Remove(gone);
    }

    /// <summary>Remembers how far the claims have come in a queue.</summary>
    public void OnClaimed(QueueKey key, IReadOnlyList<Claim> claims)
    {
        if (claims.Min(claim => claim.Row.DueAt) is { } due)
            _claimed[key] = (due, ++_turn);
    }

    /// <summary>Where to go on in a queue; null at its beginning.</summary>
    public DateTimeOffset? FindPosition(QueueKey key) => _claimed.TryGetValue(key, out var last) ? last.Due : null;
}
