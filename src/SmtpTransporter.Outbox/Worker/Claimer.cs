using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>
/// Claims due emails as fast as this process sends them, those of a higher priority first, and of equal ones a share of each lane. One
/// claims in each process: two at once would step over each other's rows. Not thread-safe.
/// </summary>
internal sealed class Claimer(
    OutboxOptions options, QueueTable queue, SendLanes lanes, WorkerRegistration registration, OutboxSignals signals,
    SettingTable settings, TimeProvider time, ILogger logger)
{
    // That one statement lists.
    private const int MaxQueues = 100;

    private readonly QueueSurvey _survey = new(time);

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

    /// <returns>Whether there may be more.</returns>
    private async Task<bool> ClaimCycleAsync(CancellationToken cancellationToken)
    {
        if (_survey.Wait > TimeSpan.Zero)
        {
            if (await ClaimAsync(_survey.Due, isSurvey: false, cancellationToken).ConfigureAwait(false))
                return true;
            // Perhaps it is over in the meantime; then the next cycle begins at once.
            NextDue = _survey.Wait;
            return NextDue == TimeSpan.Zero;
        }
        return await ClaimFromAllAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Claims from all queues once.</summary>
    /// <returns>Whether there may be more.</returns>
    private async Task<bool> ClaimFromAllAsync(CancellationToken cancellationToken)
    {
        QueueKey? after = null;
        NextDue = null;
        _survey.Begin();
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
            _survey.Add(heads.Where(h => h.DueIn <= TimeSpan.Zero).Select(h => h.Key));
        }
        while (after is not null);
        _survey.End();
        var due = _survey.Due;
        if (due.Count == 0)
            return false;
        signals.IsPaused = await settings.IsPausedAsync(cancellationToken).ConfigureAwait(false);
        if (!signals.IsPaused)
            return await ClaimAsync(due, isSurvey: true, cancellationToken).ConfigureAwait(false);
        await lanes.ReleaseAllAsync().ConfigureAwait(false);
        return false;
    }

    private async Task<bool> ClaimAsync(IReadOnlyList<QueueKey> due, bool isSurvey, CancellationToken cancellationToken)
    {
        var (claimed, isMore) = (0, false);
        var shares = due.GroupBy(k => (k.Transporter, k.Priority)).ToDictionary(g => g.Key, g => g.Count());
        foreach (var key in due)
        {
            var room = lanes.GetRoom(key);
            if (room == 0)
                continue;
            var count = Math.Max(1, room / shares[(key.Transporter, key.Priority)]);
            var claims = await ClaimAsync(key, count, isSurvey ? null : _survey.FindPosition(key), cancellationToken).ConfigureAwait(false);
            _survey.OnClaimed(key, claims);
            lanes.Add(key, claims);
            claimed += claims.Count;
            isMore |= claims.Count == count;
        }
        if (claimed == 0)
            await ClaimSuspectAsync(cancellationToken).ConfigureAwait(false);
        return isMore;
    }

    private async Task<List<Claim>> ClaimAsync(QueueKey key, int count, DateTimeOffset? from, CancellationToken cancellationToken)
    {
        var token = await registration.GetTokenAsync(cancellationToken).ConfigureAwait(false);
        var limits = options.Limits.FindConcurrency(key.Transporter, key.Lane);
        return await queue.ClaimAsync(token, key, count, limits, from, cancellationToken).ConfigureAwait(false);
    }

    private async Task ClaimSuspectAsync(CancellationToken cancellationToken)
    {
        if (!lanes.MayAddSuspect(null))
            return;
        foreach (var (transporter, lane) in await queue.ListSuspectLanesAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!lanes.MayAddSuspect(transporter))
                continue;
            var token = await registration.GetTokenAsync(cancellationToken).ConfigureAwait(false);
            var limits = options.Limits.FindConcurrency(transporter, lane);
            var claims = await queue.ClaimSuspectAsync(token, transporter, lane, limits, cancellationToken).ConfigureAwait(false);
            claims.ForEach(lanes.AddSuspect);
            if (claims.Count > 0)
                return;
        }
    }
}
