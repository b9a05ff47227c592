using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>
/// Shows the others that this worker lives, and takes over from those that do not: whose counter has stood still in several looks. Clocks
/// play no part in it: neither a clock that jumps nor a machine that slept ends a worker that lives. Not thread-safe.
/// </summary>
internal sealed class Heartbeat(
    OutboxOptions options, Database database, WorkerTable workers, WorkerRegistration registration, SendLanes lanes, GateKeeper keeper,
    SendGate gate, OutboxMeter meter, OutboxSignals signals, TimeProvider time, ILogger logger)
{
    /// <summary>How often a worker shows that it lives, and looks at the others.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2.5);

    /// <summary>How long the counter of a worker stands still at least before the others take it for dead.</summary>
    public static readonly TimeSpan DeadAfter = Interval * MaxMisses;

    private const int MaxMisses = 4;

    private static readonly TimeSpan IdleAfter = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, (long Beat, int Misses)> _seen = new(StringComparer.Ordinal);

    /// <summary>Beats once, and takes over from workers that have ended.</summary>
    public async Task BeatAsync(CancellationToken cancellationToken)
    {
        await LeaveIfIdleAsync(cancellationToken).ConfigureAwait(false);
        var own = registration.Token;
        // On a database for one machine nobody else looks at an idle worker, and it looks at nobody.
        if (own is null && !database.IsClustered)
            return;
        var beatAt = time.GetTimestamp();
        var beats = await workers.BeatAsync(own, cancellationToken).ConfigureAwait(false);
        if (own is not null && !beats.Remove(own))
        {
            OutboxLog.Lost(logger);
            registration.Lose();
            lanes.ForgetAll();
            gate.Wake();
            signals.Claims.Set();
        }
        else if (own is not null)
        {
            await keeper.RenewAsync(beatAt, cancellationToken).ConfigureAwait(false);
        }
        foreach (var (token, beat) in beats)
        {
            var misses = _seen.TryGetValue(token, out var seen) && seen.Beat == beat ? seen.Misses + 1 : 0;
            _seen[token] = (beat, misses);
            if (misses >= MaxMisses)
                await TakeOverAsync(token, beat, cancellationToken).ConfigureAwait(false);
        }
        foreach (var gone in _seen.Keys.Where(token => !beats.ContainsKey(token)).ToList())
            _seen.Remove(gone);
        await TakeOverUnknownAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes over from all other workers, which have certainly ended.</summary>
    public async Task TakeOverAllAsync(CancellationToken cancellationToken)
    {
        foreach (var (token, beat) in await workers.BeatAsync(null, cancellationToken).ConfigureAwait(false))
            await TakeOverAsync(token, beat, cancellationToken).ConfigureAwait(false);
        await TakeOverUnknownAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task TakeOverUnknownAsync(CancellationToken cancellationToken)
    {
        foreach (var token in await workers.ListUnknownTokensAsync(cancellationToken).ConfigureAwait(false))
            await TakeOverAsync(token, null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes over from one worker. If that fails, it is tried again later, and does not hold up the others.</summary>
    private async Task TakeOverAsync(string token, long? beat, CancellationToken cancellationToken)
    {
        try
        {
            await TakeOverOnceAsync(token, beat, cancellationToken).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever is wrong with the emails of that worker.
        catch (Exception exception) when (exception is not OperationCanceledException && !database.IsUnavailable(exception))
#pragma warning restore CA1031
        {
            OutboxLog.TakeoverFailed(logger, token, exception);
        }
    }

    private async Task TakeOverOnceAsync(string token, long? beat, CancellationToken cancellationToken)
    {
        var takeover = await workers.TakeOverAsync(token, beat, options.OnUnknownDelay, EmailActions.Process, cancellationToken)
            .ConfigureAwait(false);
        if (takeover is null || takeover.Freed.Count + takeover.Parked.Count == 0)
            return;
        OutboxLog.TakenOver(logger, takeover.Worker, takeover.Freed.Count, takeover.Parked.Count);
        foreach (var row in takeover.Parked)
        {
            OutboxLog.Parked(logger, row.Id, row.TransmittingAt!.Value);
            meter.AddAttempt(Outcome.Unknown);
        }
        foreach (var row in takeover.Freed.Where(r => r.State == OutboxState.DeadLettered))
        {
            OutboxLog.SetAside(logger, row.Id, WorkerTable.MaxTakeovers);
            meter.AddDeadLetter();
        }
        signals.Claims.Set();
        if (takeover.Parked.Count > 0)
            signals.Decisions.Set();
    }

    private async Task LeaveIfIdleAsync(CancellationToken cancellationToken)
    {
        if (registration.Token is null || lanes.IsBusy || time.GetElapsedTime(registration.UsedAt) < IdleAfter)
            return;
        using (await registration.UseAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!lanes.IsBusy)
                await registration.RemoveAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
