namespace SmtpTransport;

/// <summary>
/// Who of those in the queue of a pool may write their messages before their turn: the first of them, so that memory does not grow with
/// the queue. Safe for concurrent callers.
/// </summary>
/// <param name="most">How many at once.</param>
/// <param name="gate">The gate of the pool.</param>
internal sealed class EarlyPreparation(int most, object gate)
{
    private readonly LinkedList<PoolWaiter> _far = new();
    private int _near;

    /// <summary>A caller whose message may go early begins to wait. Called under the gate.</summary>
    public void Enter(PoolWaiter waiter)
    {
        if (_near == most)
            _far.AddLast(waiter);
        else
            Approach(waiter);
    }

    /// <summary>Writes the message of the caller as soon as it is among the first, unless it is called before that.</summary>
    public async ValueTask PrepareAsync(bool async, PoolWaiter waiter, OutgoingMessage message, OverlapState overlap, Deadline deadline)
    {
        await waiter.WaitUntilNearAsync(async, deadline).ConfigureAwait(false);
        if (waiter.IsCalled || overlap.Form is not { } form)
            return;
        var flight = await EarlyFlight.TryCreateAsync(async, message, form, deadline.Token).ConfigureAwait(false);
        lock (gate)
            waiter.Flight = flight;
    }

    /// <summary>The caller waits no more, whatever ended its wait: its place is that of the next.</summary>
    public void Leave(PoolWaiter waiter)
    {
        lock (gate)
        {
            if (!waiter.IsNear)
            {
                _far.Remove(waiter);
                return;
            }
            _near--;
            if (_far.First is not { } next)
                return;
            _far.RemoveFirst();
            Approach(next.Value);
        }
    }

    private void Approach(PoolWaiter waiter)
    {
        _near++;
        waiter.Approach();
    }
}
