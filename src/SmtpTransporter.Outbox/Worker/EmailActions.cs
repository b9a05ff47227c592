namespace SmtpTransport.Outbox;

/// <summary>What a person or a policy does with an email that is not being sent. Thread-safe.</summary>
internal sealed class EmailActions(OutboxOptions options, EmailStore store, Engine engine, TimeProvider time)
{
    /// <summary>The machine and this process.</summary>
    public static readonly string Process = $"{Environment.MachineName}:{Environment.ProcessId}";

    /// <summary>
    /// Sends an email again by a person's decision: at once, to those that have not accepted it, with all attempts of a new one.
    /// </summary>
    public Task<bool> ResendAsync(EmailRow row, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var transition = new StateTransition(OutboxState.Waiting)
        {
            DueAt = now,
            Attempts = 0,
            ExpiresAt = UnixTime.Add(now, options.ExpireAfter),
        };
        return ResendAsync(row, now, transition, cancellationToken);
    }

    /// <summary>
    /// Sends an email again by a policy's decision: as another attempt, after its delay, and only before it expires. A policy that always
    /// decides so must not send forever.
    /// </summary>
    public Task<bool> RetryAsync(EmailRow row, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (now >= row.ExpiresAt)
            return Task.FromResult(false);
        var delay = RetrySchedule.GetDefaultDelay(options, Math.Max(row.Attempts, 1), 0.5);
        return ResendAsync(row, now, new StateTransition(OutboxState.Waiting) { DueAt = now + delay }, cancellationToken);
    }

    /// <summary>Cancels an email.</summary>
    public Task<bool> CancelAsync(EmailRow row, CancellationToken cancellationToken) =>
        EndAsync(row, OutboxState.Canceled, "canceled", cancellationToken);

    /// <summary>Discards a parked email or a dead letter.</summary>
    public Task<bool> DiscardAsync(EmailRow row, CancellationToken cancellationToken) =>
        EndAsync(row, OutboxState.Discarded, "discarded", cancellationToken);

    private Task<bool> ResendAsync(EmailRow row, DateTimeOffset now, StateTransition transition, CancellationToken cancellationToken)
    {
        var envelope = row.Envelope with { Recipients = [.. row.Envelope.Recipients.Select(Reopen)] };
        if (envelope.OpenAddresses.Count == 0)
            return Task.FromResult(false);
        return ChangeAsync(row, transition with { Envelope = envelope }, now, "resent", cancellationToken);

        static StoredRecipient Reopen(StoredRecipient recipient) => recipient.State == RecipientState.Accepted
            ? recipient
            : recipient with { State = RecipientState.NotTried, IsClosed = false };
    }

    private Task<bool> EndAsync(EmailRow row, OutboxState state, string action, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var transition = new StateTransition(state) { EndedAt = now, TransmittingAt = row.TransmittingAt };
        return ChangeAsync(row, transition, now, action, cancellationToken);
    }

    private async Task<bool> ChangeAsync(
        EmailRow row, StateTransition transition, DateTimeOffset now, string action, CancellationToken cancellationToken)
    {
        var decision = new AttemptDetails(Process, null, 0, $"{row.State}: {action}.", 0);
        var isChanged = await store.DecideAsync(row, transition, now, decision, cancellationToken).ConfigureAwait(false);
        if (isChanged && row.State == OutboxState.Waiting)
            await engine.UnscheduleAsync([(row.Id, row.Generation)]).ConfigureAwait(false);
        return isChanged;
    }
}
