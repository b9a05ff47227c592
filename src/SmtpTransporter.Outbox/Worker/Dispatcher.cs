namespace SmtpTransport.Outbox;

/// <summary>
/// Gives mails that are due their places in the engine, in the order of their priority, and no more at a time than are soon sent: what comes later with
/// a higher priority does not wait behind ten thousand places, nor behind one transporter's rate. It does so outside of the transaction that stores or
/// changes a mail, so that this costs one commit. In the worker's own process it is rung for; what other processes store, or commit in a transaction of their
/// own, and what becomes due, it finds by looking. Of several workers one gives a mail its place, for a second place of the same turn would find the first
/// one's run under way. Safe for concurrent callers.
/// </summary>
internal sealed class Dispatcher(OutboxOptions options, QueueTable queue, Engine engine, OutboxRateLimiter rate, TimeProvider time)
{
    /// <summary>So many mails of a transporter are in the engine, of all workers together.</summary>
    private const int Window = 200;

    // Lost with a process that ends before it has made their places: until they are missed.
    private const int Most = 100;

    private static readonly OutboxPriority[][] Classes = [[OutboxPriority.High], [OutboxPriority.Normal, OutboxPriority.Low]];

    private volatile bool _holdsBack;
    private uint _turn;

    public WakeSignal Bell { get; } = new(TimeSpan.FromMilliseconds(500), time);

    /// <summary>A mail has begun to be sent, or has given its place up: another one may have room.</summary>
    public void Freed()
    {
        if (_holdsBack)
            Bell.Ring();
    }

    public async Task FeedAsync(CancellationToken cancellationToken)
    {
        Bell.Reset();
        var lanes = await queue.LanesAsync(time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        if (lanes.Count == 0)
            return;
        _holdsBack = false;
        var placed = await queue.CountPlacedAsync(cancellationToken).ConfigureAwait(false);
        foreach (var lane in lanes.Where(lane => !rate.Limits(lane)))
        {
            foreach (var priorities in Classes)
            {
                var room = Window - priorities.Sum(p => placed.GetValueOrDefault((lane, p)));
                // Many at a time cost little more than one.
                if (room < Window / 2)
                    _holdsBack = true;
                else
                    await FeedAsync(lane, priorities, room, cancellationToken).ConfigureAwait(false);
            }
        }
        await FeedLimitedAsync([.. lanes.Where(rate.Limits)], placed, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Mails that wait for their place in a rate wait in the engine, and keep others from being sent: all of them together take half of what this process
    /// sends at once, each transporter its share of it.
    /// </summary>
    private async Task FeedLimitedAsync(List<string> lanes, Dictionary<(string Transporter, OutboxPriority Priority), int> placed, CancellationToken cancellationToken)
    {
        if (lanes.Count == 0)
            return;
        var window = Math.Max(1, options.MaxConcurrency / 2);
        var left = window - placed.Where(p => rate.Limits(p.Key.Transporter)).Sum(p => p.Value);
        var share = Math.Max(1, window / lanes.Count);
        // Another one goes first each time, where there are more than can be served.
        var first = (int)(_turn++ % (uint)lanes.Count);
        foreach (var lane in lanes.Skip(first).Concat(lanes.Take(first)))
        {
            var room = Math.Min(left, share - placed.Where(p => p.Key.Transporter == lane).Sum(p => p.Value));
            if (room <= 0)
                _holdsBack = true;
            else
                left -= await FeedAsync(lane, [OutboxPriority.High, OutboxPriority.Normal, OutboxPriority.Low], room, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <returns>How many have got a place.</returns>
    private async Task<int> FeedAsync(string lane, OutboxPriority[] priorities, int most, CancellationToken cancellationToken)
    {
        var room = most;
        foreach (var priority in priorities)
        {
            while (room > 0)
            {
                var asked = Math.Min(room, Most);
                var places = await queue.ClaimAsync(lane, priority, asked, time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
                if (places.Count > 0)
                    await engine.PlaceAsync(places, CancellationToken.None).ConfigureAwait(false);
                room -= places.Count;
                if (places.Count < asked)
                    break;
            }
        }
        if (room <= 0)
            _holdsBack = true;
        return most - room;
    }
}
