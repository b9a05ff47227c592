using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>
/// Claims due emails as fast as this process sends them, those of a higher priority first, and of equal ones a share of each lane. One
/// claims in each process: two at once would step over each other's rows. Not thread-safe.
/// </summary>
internal sealed class Claimer(
    OutboxOptions options, QueueTable queue, SendLanes lanes, WorkerRegistration registration, OutboxSignals signals,
    SettingTable settings, ILogger logger)
{
    // Of more queues, the next pass claims from the others.
    private const int MaxQueues = 100;

    // A claim failed: perhaps the database carried it out all the same.
    private bool _isUncertain;

    /// <summary>When the next email is due that is not due yet, from the last cycle; null if there is none.</summary>
    public TimeSpan? NextDue { get; private set; }

    /// <summary>Claims until nothing is due, or there is no room.</summary>
    public async Task ClaimAsync(CancellationToken cancellationToken)
    {
        signals.Claims.Reset();
        using (await registration.UseAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_isUncertain)
            {
                var released = await registration.ReleaseUnknownAsync(lanes.ListHeld(), cancellationToken).ConfigureAwait(false);
                if (released > 0)
                    OutboxLog.Reclaimed(logger, released);
            }
            _isUncertain = true;
            while (await ClaimCycleAsync(cancellationToken).ConfigureAwait(false))
            {
            }
            _isUncertain = false;
        }
    }

    /// <summary>Claims from all queues once, page by page.</summary>
    /// <returns>Whether there may be more.</returns>
    private async Task<bool> ClaimCycleAsync(CancellationToken cancellationToken)
    {
        var isMore = false;
        QueueKey? after = null;
        NextDue = null;
        do
        {
            var heads = await queue.ListQueuesAsync(after, MaxQueues, cancellationToken).ConfigureAwait(false);
            after = heads.Count == MaxQueues ? heads[^1].Key : null;
            if (heads.Exists(h => h.IsFromFuture))
            {
                var made = await queue.MakeDueAsync(cancellationToken).ConfigureAwait(false);
                if (made > 0)
                    OutboxLog.ClockWentBack(logger, made);
                return true;
            }
            foreach (var later in heads.Where(h => h.DueIn > TimeSpan.Zero))
                NextDue = NextDue < later.DueIn ? NextDue : later.DueIn;
            List<QueueKey> due = [.. heads.Where(h => h.DueIn <= TimeSpan.Zero).Select(h => h.Key).OrderByDescending(k => k.Priority)];
            if (due.Count == 0)
                continue;
            signals.IsPaused = await settings.IsPausedAsync(cancellationToken).ConfigureAwait(false);
            if (signals.IsPaused)
            {
                await lanes.ReleaseAllAsync().ConfigureAwait(false);
                return false;
            }
            isMore |= await ClaimAsync(due, cancellationToken).ConfigureAwait(false);
        }
        while (after is not null);
        return isMore;
    }

    private async Task<bool> ClaimAsync(List<QueueKey> due, CancellationToken cancellationToken)
    {
        var (claimed, isMore) = (0, false);
        foreach (var key in due)
        {
            var room = lanes.GetRoom(key);
            if (room == 0)
                continue;
            var share = due.Count(k => (k.Transporter, k.Priority) == (key.Transporter, key.Priority));
            var count = Math.Max(1, room / share);
            var claims = await ClaimAsync(key, count, cancellationToken).ConfigureAwait(false);
            lanes.Add(key, claims);
            claimed += claims.Count;
            isMore |= claims.Count == count;
        }
        if (claimed == 0 && !lanes.HasSuspect)
            await ClaimSuspectAsync(cancellationToken).ConfigureAwait(false);
        return isMore;
    }

    private async Task<List<Claim>> ClaimAsync(QueueKey key, int count, CancellationToken cancellationToken)
    {
        var token = await registration.GetTokenAsync(cancellationToken).ConfigureAwait(false);
        var limits = options.Limits.FindConcurrency(key.Transporter, key.Lane);
        return await queue.ClaimAsync(token, key, count, limits, cancellationToken).ConfigureAwait(false);
    }

    private async Task ClaimSuspectAsync(CancellationToken cancellationToken)
    {
        foreach (var (transporter, lane) in await queue.ListSuspectLanesAsync(cancellationToken).ConfigureAwait(false))
        {
            var token = await registration.GetTokenAsync(cancellationToken).ConfigureAwait(false);
            var limits = options.Limits.FindConcurrency(transporter, lane);
            var claims = await queue.ClaimSuspectAsync(token, transporter, lane, limits, cancellationToken).ConfigureAwait(false);
            claims.ForEach(lanes.AddSuspect);
            if (claims.Count > 0)
                return;
        }
    }
}
