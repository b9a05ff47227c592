namespace SmtpTransport.Outbox;

/// <summary>
/// Reads what is paused, and which emails this process does not hold any more because a person has decided about them, and acknowledges it:
/// from then on none of them begins. Not thread-safe.
/// </summary>
internal sealed class GateKeeper(
    PauseTable pauses, WorkerTable workers, WorkerRegistration registration, SendLanes lanes, SendGate gate, OutcomeRecorder recorder,
    Expiry expiry)
{
    /// <summary>Reads and acknowledges. To call while the registration is in use, so that no claim is on its way.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var (revision, paused) = await pauses.ReadAsync(cancellationToken).ConfigureAwait(false);
        gate.Pauses = paused;
        if (registration.Token is { } token && registration.Revision != revision)
        {
            // What was decided before the revision was increased is in the rows now.
            lanes.RevokeExcept(token, await workers.ListHeldAsync(token, cancellationToken).ConfigureAwait(false));
            await gate.WaitForPassedAsync(cancellationToken).ConfigureAwait(false);
            await workers.AcknowledgeAsync(token, revision, cancellationToken).ConfigureAwait(false);
        }
        registration.Revision = revision;
        gate.Wake();
        // They are taken out at once. What is written about them may wait for a row that another session holds, and nobody waits for that.
        _ = lanes.ReleaseAsync(gate.IsClosedFor);
        _ = lanes.EndAsync(expiry.IsOver, recorder.RecordExpiredAsync);
    }

    /// <summary>After a time in which the others could take this process for dead, it learns what was decided meanwhile.</summary>
    /// <param name="beatAt">A time before the beat, of <see cref="TimeProvider.GetTimestamp"/>.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task RenewAsync(long beatAt, CancellationToken cancellationToken)
    {
        if (!gate.IsAlive)
        {
            using (await registration.UseAsync(cancellationToken).ConfigureAwait(false))
                await RefreshAsync(cancellationToken).ConfigureAwait(false);
        }
        gate.Renew(beatAt);
    }
}
