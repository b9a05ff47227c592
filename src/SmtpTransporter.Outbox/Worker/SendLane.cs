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
/// <param name="quotas">What an email takes from quotas before it begins; null if there are none.</param>
/// <param name="time">The time.</param>
internal sealed class SendLane(
    int places,
    int capacity,
    Func<CancellationToken, Task<IDisposable?>>? enter,
    Func<Exception, Task>? onRateFailed,
    Func<Claim, Task<Task>> send,
    Action onRoom,
    SendQuotas? quotas,
    TimeProvider time)
{
    private readonly object _lock = new();

    // The lowest value comes out first.
    private readonly PriorityQueue<Claim, (int NegatedPriority, long Number)> _waiting = new();
    private readonly Dictionary<OutboxPriority, int> _open = [];

    // With a rate, one email at a time waits for the next slot: it is chosen when the slot is there. It waits for a quota in the same way.
    private readonly SemaphoreSlim? _turn = enter is null && quotas is null ? null : new(1);

    // Another email goes first now: perhaps there is room for it in the quotas.
    private readonly WakeSignal _headChanged = new(time);
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
            var head = PeekLocked();
            foreach (var claim in claims)
            {
                _waiting.Enqueue(claim, (-(int)claim.Row.Priority, _number++));
                _open[claim.Row.Priority] = _open.GetValueOrDefault(claim.Row.Priority) + 1;
            }
            starts = Math.Min(places - _taken, _waiting.Count);
            _taken += Math.Max(starts, 0);
            WakeIfOther(head);
        }
        for (var i = 0; i < starts; i++)
            _ = OccupyAsync(cancellationToken);
    }

    /// <summary>Takes out what has not begun and meets a condition.</summary>
    public IReadOnlyList<Claim> Drain(Func<Claim, bool> matches)
    {
        lock (_lock)
        {
            var head = PeekLocked();
            List<Claim> drained = [.. _waiting.UnorderedItems.Select(i => i.Element).Where(matches)];
            if (drained.Count == 0)
                return drained;
            var gone = drained.ToHashSet<Claim>(ReferenceEqualityComparer.Instance);
            List<(Claim, (int, long))> rest = [.. _waiting.UnorderedItems.Where(i => !gone.Contains(i.Element))];
            _waiting.Clear();
            _waiting.EnqueueRange(rest);
            foreach (var claim in drained)
                _open[claim.Row.Priority]--;
            WakeIfOther(head);
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
            _ = EndAsync(next.Claim, quotas is null ? settling : Task.WhenAll(settling, EndQuotasAsync(next.Claim)));
        }
    }

    /// <summary>The next email, with the lease of the rate; null if the place is given up.</summary>
    private async Task<(Claim Claim, IDisposable? Lease)?> TakeAsync(CancellationToken cancellationToken)
    {
        if (_turn is null)
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

    /// <summary>
    /// Waits for the turn, for the rate and for room in the quotas, and takes the email that goes first then; null if the place is
    /// given up.
    /// </summary>
    private async Task<(Claim Claim, IDisposable? Lease)?> EnterAsync(CancellationToken cancellationToken)
    {
        await _turn!.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (!GiveUpIfEmpty())
            {
                _headChanged.Reset();
                var (next, wait) = await TryEnterAsync(cancellationToken).ConfigureAwait(false);
                if (next is not null)
                    return next;
                if (wait > TimeSpan.Zero)
                    await _headChanged.WaitAsync(wait, cancellationToken).ConfigureAwait(false);
            }
            return null;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Waits for the rate, and takes the email that goes first then, if there is room for it in the quotas.</summary>
    /// <returns>The email; or null, and after what time there may be room.</returns>
    private async Task<((Claim Claim, IDisposable? Lease)? Next, TimeSpan Wait)> TryEnterAsync(CancellationToken cancellationToken)
    {
        var lease = enter is null ? null : await enter(cancellationToken).ConfigureAwait(false);
        var isTaken = false;
        try
        {
            if (Peek() is not { } first)
                return (null, TimeSpan.Zero);
            // It stays where it is, so that others find it there: it may wait long. The slot of the rate is lost then.
            if (quotas is not null && await quotas.TakeAsync(first, cancellationToken).ConfigureAwait(false) is { } wait)
                return (null, wait);
            isTaken = Remove(first);
            if (isTaken)
                return ((first, lease), TimeSpan.Zero);
            // Somebody has taken it away meanwhile.
            if (quotas is not null)
                await quotas.EndAsync(first).ConfigureAwait(false);
            return (null, TimeSpan.Zero);
        }
        finally
        {
            if (!isTaken)
                lease?.Dispose();
        }
    }

    /// <summary>
    /// Gives the place up if nothing waits: in one step with the look, so that an email that is added meanwhile gets a place.
    /// </summary>
    private bool GiveUpIfEmpty()
    {
        lock (_lock)
        {
            if (_waiting.Count > 0)
                return false;
            _taken--;
            return true;
        }
    }

    private Claim? Peek()
    {
        lock (_lock)
            return PeekLocked();
    }

    private Claim? PeekLocked() => _waiting.TryPeek(out var claim, out _) ? claim : null;

    private bool Remove(Claim claim)
    {
        lock (_lock)
            return _waiting.Remove(claim, out _, out _, ReferenceEqualityComparer.Instance);
    }

    private void WakeIfOther(Claim? head)
    {
        if (quotas is not null && !ReferenceEquals(head, PeekLocked()))
            _headChanged.Set();
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

    /// <summary>What is given back may be enough for the one that waits.</summary>
    private async Task EndQuotasAsync(Claim claim)
    {
        if (await quotas!.EndAsync(claim).ConfigureAwait(false))
            _headChanged.Set();
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
