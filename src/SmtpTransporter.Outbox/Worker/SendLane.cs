namespace SmtpTransport.Outbox;

/// <summary>
/// The claimed emails of one transporter (or of one lane that has limits of its own) that have not begun, and the places in which this
/// process sends them: what hangs or waits in one takes no place of another. Thread-safe.
/// </summary>
/// <param name="places">How many emails are sent at once.</param>
/// <param name="capacity">How many emails may be claimed.</param>
/// <param name="enter">Waits for the rate; null if there is none.</param>
/// <param name="onRateFailed">Waits after a failure of <paramref name="enter"/>; it does not fail.</param>
/// <param name="send">Sends an email. The inner task completes when its end is recorded, which holds no place.</param>
/// <param name="onRoom">Called when half of the capacity is free, and when all of it is.</param>
internal sealed class SendLane(
    int places,
    int capacity,
    Func<CancellationToken, Task<IDisposable?>>? enter,
    Func<Exception, Task>? onRateFailed,
    Func<Claim, Task<Task>> send,
    Action onRoom)
{
    private readonly object _lock = new();

    // The lowest value comes out first.
    private readonly PriorityQueue<Claim, (int NegatedPriority, long Number)> _waiting = new();
    private readonly Dictionary<OutboxPriority, int> _open = [];

    // With a rate, one email at a time waits for the next slot: it is chosen when the slot is there.
    private readonly SemaphoreSlim? _turn = enter is null ? null : new(1);
    private long _number;
    private int _taken;

    /// <summary>Whether an email waits, is being sent, or is not settled yet.</summary>
    public bool IsBusy => CountOpen(OutboxPriority.Low) > 0;

    /// <summary>How many emails may be claimed; many at a time. Those of a lower priority do not count.</summary>
    public int GetRoom(OutboxPriority priority)
    {
        var open = CountOpen(priority);
        return open > capacity / 2 ? 0 : capacity - open;
    }

    /// <summary>Adds claimed emails, and sends them as places become free.</summary>
    /// <param name="claims">The emails.</param>
    /// <param name="cancellationToken">Ends the wait for the rate.</param>
    public void Add(IReadOnlyList<Claim> claims, CancellationToken cancellationToken)
    {
        var starts = 0;
        lock (_lock)
        {
            foreach (var claim in claims)
            {
                _waiting.Enqueue(claim, (-(int)claim.Row.Priority, _number++));
                _open[claim.Row.Priority] = _open.GetValueOrDefault(claim.Row.Priority) + 1;
            }
            starts = Math.Min(places - _taken, _waiting.Count);
            _taken += Math.Max(starts, 0);
        }
        for (var i = 0; i < starts; i++)
            _ = OccupyAsync(cancellationToken);
    }

    /// <summary>Takes out what has not begun and meets a condition.</summary>
    public IReadOnlyList<Claim> Drain(Func<Claim, bool> matches)
    {
        lock (_lock)
        {
            List<Claim> drained = [.. _waiting.UnorderedItems.Select(i => i.Element).Where(matches)];
            if (drained.Count == 0)
                return drained;
            var gone = drained.ToHashSet<Claim>(ReferenceEqualityComparer.Instance);
            List<(Claim, (int, long))> rest = [.. _waiting.UnorderedItems.Where(i => !gone.Contains(i.Element))];
            _waiting.Clear();
            _waiting.EnqueueRange(rest);
            foreach (var claim in drained)
                _open[claim.Row.Priority]--;
            return drained;
        }
    }

    /// <summary>One place: sends one email after the other until none waits.</summary>
    private async Task OccupyAsync(CancellationToken cancellationToken)
    {
        // Not on the thread of the one who claims.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (await TakeAsync(cancellationToken).ConfigureAwait(false) is { } next)
        {
            var settling = await send(next.Claim).ConfigureAwait(false);
            next.Lease?.Dispose();
            _ = EndAsync(next.Claim, settling);
        }
    }

    /// <summary>The next email, with the lease of the rate; null if the place is given up.</summary>
    private async Task<(Claim Claim, IDisposable? Lease)?> TakeAsync(CancellationToken cancellationToken)
    {
        if (enter is null)
            return Dequeue() is { } next ? (next, null) : null;
        while (true)
        {
            try
            {
                return await EnterAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                lock (_lock)
                    _taken--;
                return null;
            }
#pragma warning disable CA1031 // A limiter of the application. The place stays taken, since emails wait for it.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                await onRateFailed!(exception).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Waits for the turn and for the rate, and takes the email that goes first then; null if the place is given up.</summary>
    private async Task<(Claim Claim, IDisposable? Lease)?> EnterAsync(CancellationToken cancellationToken)
    {
        await _turn!.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!IsAnyWaiting())
                return Dequeue() is { } late ? (late, null) : null;
            var lease = await enter!(cancellationToken).ConfigureAwait(false);
            if (Dequeue() is { } limited)
                return (limited, lease);
            lease?.Dispose();
            return null;
        }
        finally
        {
            _turn.Release();
        }
    }

    private bool IsAnyWaiting()
    {
        lock (_lock)
            return _waiting.Count > 0;
    }

    /// <summary>
    /// Gives the place up if nothing waits: in one step with the look, so that an email that is added meanwhile gets a place.
    /// </summary>
    private Claim? Dequeue()
    {
        lock (_lock)
        {
            if (_waiting.TryDequeue(out var claim, out _))
                return claim;
            _taken--;
            return null;
        }
    }

    private async Task EndAsync(Claim claim, Task settling)
    {
        await settling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        bool hasRoom;
        lock (_lock)
        {
            _open[claim.Row.Priority]--;
            hasRoom = Enum.GetValues<OutboxPriority>().Where(p => p <= claim.Row.Priority).Select(SumOpen)
                .Any(open => open == capacity / 2 || open == 0);
        }
        if (hasRoom)
            onRoom();
    }

    private int CountOpen(OutboxPriority priority)
    {
        lock (_lock)
            return SumOpen(priority);
    }

    private int SumOpen(OutboxPriority priority) => _open.Where(o => o.Key >= priority).Sum(o => o.Value);
}
