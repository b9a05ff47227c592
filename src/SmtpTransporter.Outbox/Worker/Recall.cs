namespace SmtpTransport.Outbox;

/// <summary>
/// Waits until workers have acknowledged that something was taken from them: a caller's word holds from the moment its call returns. Only
/// the calls that take something pay for it, and no email that is sent. Thread-safe.
/// </summary>
internal sealed class Recall(PauseTable pauses, WorkerTable workers, OutboxSignals signals, Database database, TimeProvider time)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromMilliseconds(100);

    // A worker that lives acknowledges within a second or two.
    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(1);

    /// <summary>Waits until some workers know that emails were taken from them.</summary>
    /// <param name="tokens">The workers that held the emails.</param>
    /// <param name="cancellationToken">Ends the wait; what was decided remains so.</param>
    /// <exception cref="OutboxUnacknowledgedException">A worker that lives has not acknowledged it.</exception>
    public async Task RecallAsync(IReadOnlySet<string> tokens, CancellationToken cancellationToken)
    {
        if (tokens.Count > 0)
        {
            var revision = await pauses.IncreaseAsync(cancellationToken).ConfigureAwait(false);
            await WaitAsync(revision, tokens, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until all workers know that something was decided.</summary>
    /// <inheritdoc cref="RecallAsync"/>
    public async Task RecallAllAsync(CancellationToken cancellationToken)
    {
        var revision = await pauses.IncreaseAsync(cancellationToken).ConfigureAwait(false);
        await WaitAsync(revision, null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lets workers learn that emails were taken from them, for a caller who cannot wait for it any more.</summary>
    public async Task AnnounceAsync(IReadOnlySet<string> tokens)
    {
        if (tokens.Count == 0)
            return;
        try
        {
            await pauses.IncreaseAsync(CancellationToken.None).ConfigureAwait(false);
            signals.Claims.Set();
            database.Announce();
        }
        catch (Exception exception) when (database.IsUnavailable(exception))
        {
            // The marks of these emails are refused all the same.
        }
    }

    /// <summary>Waits until the workers have acknowledged a revision, or have ended.</summary>
    /// <param name="revision">The revision.</param>
    /// <param name="tokens">The workers; null for all.</param>
    /// <param name="cancellationToken">Ends the wait; what was decided remains so.</param>
    /// <exception cref="OutboxUnacknowledgedException">A worker that lives has not acknowledged it.</exception>
    public async Task WaitAsync(long revision, IReadOnlySet<string>? tokens, CancellationToken cancellationToken)
    {
        signals.Claims.Set();
        database.Announce();
        var start = time.GetTimestamp();
        var seen = new Dictionary<string, (long Beat, long At)>(StringComparer.Ordinal);
        for (var delay = FirstDelay; ; delay = delay * 2 < MaxDelay ? delay * 2 : MaxDelay)
        {
            var open = await workers.ListBehindAsync(revision, cancellationToken).ConfigureAwait(false);
            open.RemoveAll(w => tokens?.Contains(w.Token) == false || HasEnded(w.Token, w.Beat));
            if (open.Count == 0)
                return;
            if (time.GetElapsedTime(start) > MaxWait)
            {
                throw new OutboxUnacknowledgedException(
                    $"The decision is stored, but the worker {open[0].Name} has not acknowledged it for {MaxWait.TotalSeconds:F0} seconds: "
                    + "it may still begin emails, whose last bytes it does not send. Look at its log, or end it.");
            }
            await Task.Delay(delay, time, cancellationToken).ConfigureAwait(false);
        }

        // Its lease is over then, whether its emails were taken over or not.
        bool HasEnded(string token, long beat)
        {
            if (seen.TryGetValue(token, out var last) && last.Beat == beat)
                return time.GetElapsedTime(last.At) >= Heartbeat.DeadAfter;
            seen[token] = (beat, time.GetTimestamp());
            return false;
        }
    }
}
