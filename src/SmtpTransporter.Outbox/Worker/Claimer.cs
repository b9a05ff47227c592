namespace SmtpTransport.Outbox;

/// <summary>
/// Claims due emails as fast as this process sends them, those of a higher priority first, and of equal ones a share of each lane. One
/// claims in each process: two at once would step over each other's rows. Not thread-safe.
/// </summary>
internal sealed class Claimer(
    OutboxOptions options, QueueTable queue, SendLanes lanes, WorkerRegistration registration, OutboxSignals signals, SettingTable settings)
{
    // Of more queues, the next pass claims from the others.
    private const int MaxQueues = 100;

    private QueueKey? _after;

    /// <summary>When the next email is due that is not due yet, from the last pass; null if there is none.</summary>
    public TimeSpan? NextDue { get; private set; }

    /// <summary>Claims until nothing is due, or there is no room.</summary>
    public async Task ClaimAsync(CancellationToken cancellationToken)
    {
        signals.Claims.Reset();
        using (await registration.UseAsync(cancellationToken).ConfigureAwait(false))
        {
            while (await ClaimOnceAsync(cancellationToken).ConfigureAwait(false))
            {
            }
        }
    }

    /// <returns>Whether there may be more.</returns>
    private async Task<bool> ClaimOnceAsync(CancellationToken cancellationToken)
    {
        var heads = await queue.ListQueuesAsync(_after, MaxQueues, cancellationToken).ConfigureAwait(false);
        var wasFirst = _after is null;
        _after = heads.Count == MaxQueues ? heads[^1].Key : null;
        NextDue = heads.Where(h => h.DueIn > TimeSpan.Zero).Select(h => (TimeSpan?)h.DueIn).Min();
        var due = heads.Where(h => h.DueIn <= TimeSpan.Zero).Select(h => h.Key).OrderByDescending(k => k.Priority).ToList();
        if (due.Count == 0)
            return !wasFirst && heads.Count == 0;
        signals.IsPaused = await settings.IsPausedAsync(cancellationToken).ConfigureAwait(false);
        if (signals.IsPaused)
        {
            await lanes.ReleaseAllAsync().ConfigureAwait(false);
            return false;
        }
        var (claimed, isMore) = (0, false);
        foreach (var key in due)
        {
            var share = due.Count(k => (k.Transporter, k.Priority) == (key.Transporter, key.Priority));
            var count = Math.Min(lanes.GetRoom(key), Math.Max(1, lanes.GetRoom(key) / share));
            if (count <= 0)
                continue;
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
        var token = await registration.GetTokenAsync(cancellationToken).ConfigureAwait(false);
        var claims = await queue.ClaimSuspectAsync(token, cancellationToken).ConfigureAwait(false);
        claims.ForEach(lanes.AddSuspect);
    }
}
