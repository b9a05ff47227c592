using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>
/// Claims due emails as fast as this process sends them, those of a higher priority first, and of equal ones a share of each lane. One
/// claims in each process: two at once would step over each other's rows. Not thread-safe.
/// </summary>
internal sealed class Claimer(
    OutboxOptions options, QueueTable queue, SendLanes lanes, WorkerRegistration registration, OutboxSignals signals, GateKeeper keeper,
    SendGate gate, SuppressionCheck suppressions, PlaceWatch places, ILogger logger)
{
    // That one statement lists.
    private const int MaxQueues = 100;

    private readonly QueueTurns _turns = new(options.Limits);

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
            var hasFailed = _isUncertain;
            _isUncertain = true;
            await places.EnterAgainAsync(hasFailed, cancellationToken).ConfigureAwait(false);
            try
            {
                while (await ClaimCycleAsync(cancellationToken).ConfigureAwait(false))
                {
                }
            }
            catch (LostSuppressionsException exception)
            {
                // What was claimed waits again.
                await registration.ReleaseUnknownAsync(lanes.ListHeld(), cancellationToken).ConfigureAwait(false);
                suppressions.Block(exception);
            }
            _isUncertain = false;
        }
    }

    /// <summary>Claims from all queues once.</summary>
    /// <returns>Whether there may be more.</returns>
    private async Task<bool> ClaimCycleAsync(CancellationToken cancellationToken)
    {
        await keeper.RefreshAsync(cancellationToken).ConfigureAwait(false);
        if (gate.IsEverythingPaused || await suppressions.IsBlockedAsync(cancellationToken).ConfigureAwait(false))
            return false;
        var due = new List<QueueKey>();
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
            due.AddRange(heads.Where(h => h.DueIn <= TimeSpan.Zero && !gate.IsPaused(h.Key.Transporter, h.Key.Lane)).Select(h => h.Key));
        }
        while (after is not null);
        return due.Count > 0 && await ClaimAsync(due, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> ClaimAsync(List<QueueKey> due, CancellationToken cancellationToken)
    {
        var (claimed, isMore) = (0, false);
        foreach (var group in _turns.Arrange(due))
        {
            var room = lanes.GetRoom(group[0]);
            for (var i = 0; i < group.Count && room > 0; i++)
            {
                // What one does not use is for those behind it.
                var count = Math.Max(1, room / (group.Count - i));
                var claims = await ClaimAsync(group[i], count, cancellationToken).ConfigureAwait(false);
                if (claims.Count > 0)
                    _turns.OnClaimed(group[i]);
                isMore |= claims.Count == count;
                claims = await suppressions.HoldBackAsync(claims, cancellationToken).ConfigureAwait(false);
                lanes.Add(group[i], claims);
                RevokeIfLost(claims);
                room -= claims.Count;
                claimed += claims.Count;
            }
        }
        if (claimed == 0)
            await ClaimSuspectAsync(cancellationToken).ConfigureAwait(false);
        return isMore;
    }

    private async Task<List<Claim>> ClaimAsync(QueueKey key, int count, CancellationToken cancellationToken)
    {
        var token = await registration.GetTokenAsync(cancellationToken).ConfigureAwait(false);
        var limits = options.Limits.FindConcurrency(key.Transporter, key.Lane);
        return await queue.ClaimAsync(token, key, count, limits, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The row of this process was taken away while the claim was on its way: others have its emails.</summary>
    private void RevokeIfLost(List<Claim> claims) => claims.FindAll(c => c.Token != registration.Token).ForEach(c => c.Revoke());

    private async Task ClaimSuspectAsync(CancellationToken cancellationToken)
    {
        foreach (var (transporter, lane) in await queue.ListSuspectLanesAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!lanes.MayAddSuspect(transporter) || gate.IsPaused(transporter, lane))
                continue;
            var token = await registration.GetTokenAsync(cancellationToken).ConfigureAwait(false);
            var limits = options.Limits.FindConcurrency(transporter, lane);
            var claims = await suppressions.HoldBackAsync(
                await queue.ClaimSuspectAsync(token, transporter, lane, limits, cancellationToken).ConfigureAwait(false),
                cancellationToken).ConfigureAwait(false);
            claims.ForEach(lanes.AddSuspect);
            RevokeIfLost(claims);
            if (claims.Count > 0)
                return;
        }
    }
}
