namespace SmtpTransport.Outbox;

/// <summary>
/// Schedules due emails in the engine, in the order of their priority, and only as many at a time as are soon sent: an email that comes
/// later with a higher priority waits neither behind ten thousand scheduled ones nor behind the rate of one transporter. It does so outside
/// of the transaction that stores or changes an email, so that this needs one commit only. The store wakes it for the changes of its own
/// process; it polls for what other processes store, for what is committed in a caller's transaction, and for what becomes due. One of
/// several workers schedules an email: a second run of the same generation would find the first one in progress. Thread-safe.
/// </summary>
internal sealed class Dispatcher
{
    /// <summary>The maximum number of scheduled emails of a transporter, of all workers together.</summary>
    private const int Window = 200;

    // If the process ends before it has scheduled what it claimed, the sweeper requeues it.
    private const int MaxClaim = 100;

    private static readonly OutboxPriority[][] Classes = [[OutboxPriority.High], [OutboxPriority.Normal, OutboxPriority.Low]];
    private static readonly OutboxPriority[] AllPriorities = [OutboxPriority.High, OutboxPriority.Normal, OutboxPriority.Low];

    private readonly OutboxOptions _options;
    private readonly QueueTable _queue;
    private readonly Engine _engine;
    private readonly OutboxRateLimiter _rate;
    private readonly TimeProvider _time;
    private readonly WakeSignal _wake;
    private volatile bool _isHoldingBack;
    private uint _round;

    public Dispatcher(OutboxOptions options, EmailStore store, QueueTable queue, Engine engine, OutboxRateLimiter rate, TimeProvider time)
    {
        (_options, _queue, _engine, _rate, _time) = (options, queue, engine, rate, time);
        _wake = new WakeSignal(TimeSpan.FromMilliseconds(500), time);
        store.EmailsWaiting += _wake.Set;
        store.CapacityFreed += NotifyCapacity;
    }

    /// <summary>Waits until there may be something to schedule.</summary>
    public Task WaitAsync(CancellationToken cancellationToken) => _wake.WaitAsync(cancellationToken);

    /// <summary>Schedules what is due, as far as there is room.</summary>
    public async Task DispatchAsync(CancellationToken cancellationToken)
    {
        _wake.Reset();
        var queues = await _queue.ListDueQueuesAsync(_time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        if (queues.Count == 0)
            return;
        _isHoldingBack = false;
        var scheduled = await _queue.CountScheduledAsync(cancellationToken).ConfigureAwait(false);
        foreach (var queue in queues.Where(queue => !_rate.Limits(queue)))
        {
            foreach (var priorities in Classes)
            {
                var room = Window - priorities.Sum(p => scheduled.GetValueOrDefault((queue, p)));
                // Many at a time cost little more than one.
                if (room < Window / 2)
                    _isHoldingBack = true;
                else
                    await DispatchAsync(queue, priorities, room, cancellationToken).ConfigureAwait(false);
            }
        }
        await DispatchLimitedAsync([.. queues.Where(_rate.Limits)], scheduled, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>An email has started to be sent, or left the queue: there may be room for another one.</summary>
    private void NotifyCapacity()
    {
        if (_isHoldingBack)
            _wake.Set();
    }

    /// <summary>
    /// Schedules emails of transporters with a rate. They wait for it inside the engine, where they block others: all of them together get
    /// half of what this process sends at once, each transporter its share of it.
    /// </summary>
    private async Task DispatchLimitedAsync(
        List<string> queues, Dictionary<(string Transporter, OutboxPriority Priority), int> scheduled, CancellationToken cancellationToken)
    {
        if (queues.Count == 0)
            return;
        var window = Math.Max(1, _options.MaxConcurrency / 2);
        var left = window - scheduled.Where(p => _rate.Limits(p.Key.Transporter)).Sum(p => p.Value);
        var share = Math.Max(1, window / queues.Count);
        // Another queue goes first each time, in case there are more than can be served.
        var first = (int)(_round++ % (uint)queues.Count);
        foreach (var queue in queues.Skip(first).Concat(queues.Take(first)))
        {
            var room = Math.Min(left, share - scheduled.Where(p => p.Key.Transporter == queue).Sum(p => p.Value));
            if (room <= 0)
                _isHoldingBack = true;
            else
                left -= await DispatchAsync(queue, AllPriorities, room, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <returns>How many were scheduled.</returns>
    private async Task<int> DispatchAsync(string queue, OutboxPriority[] priorities, int limit, CancellationToken cancellationToken)
    {
        var room = limit;
        foreach (var priority in priorities)
        {
            while (room > 0)
            {
                var requested = Math.Min(room, MaxClaim);
                var runs = await _queue.ClaimAsync(queue, priority, requested, _time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
                if (runs.Count > 0)
                    await _engine.ScheduleAsync(runs, CancellationToken.None).ConfigureAwait(false);
                room -= runs.Count;
                if (runs.Count < requested)
                    break;
            }
        }
        if (room <= 0)
            _isHoldingBack = true;
        return limit - room;
    }
}
