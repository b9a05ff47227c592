namespace SmtpTransport.Outbox;

/// <summary>What a person or a policy does with an email that is not being sent. Thread-safe.</summary>
internal sealed class EmailActions(OutboxOptions options, EmailStore store, TimeProvider time)
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
            Delay = TimeSpan.Zero,
            Attempts = 0,
            ExpiresAt = UnixTime.Add(now, options.ExpireAfter),
        };
        return ResendAsync(row, transition, cancellationToken);
    }

    /// <summary>
    /// Sends an email again by a policy's decision: as another attempt, after its delay, and only before it expires. A policy that always
    /// decides so must not send forever.
    /// </summary>
    public Task<bool> RetryAsync(EmailRow row, CancellationToken cancellationToken)
    {
        if (time.GetUtcNow() >= row.ExpiresAt)
            return Task.FromResult(false);
        var delay = RetrySchedule.GetDefaultDelay(options, Math.Max(row.Attempts, 1), 0.5);
        return ResendAsync(row, new StateTransition(OutboxState.Waiting) { Delay = delay }, cancellationToken);
    }

    /// <summary>Cancels an email.</summary>
    public Task<bool> CancelAsync(EmailRow row, CancellationToken cancellationToken) =>
        EndAsync(row, OutboxState.Canceled, "canceled", cancellationToken);

    /// <summary>Discards a parked email or a dead letter.</summary>
    public Task<bool> DiscardAsync(EmailRow row, CancellationToken cancellationToken) =>
        EndAsync(row, OutboxState.Discarded, "discarded", cancellationToken);

    private Task<bool> ResendAsync(EmailRow row, StateTransition transition, CancellationToken cancellationToken)
    {
        var envelope = row.Envelope with { Recipients = [.. row.Envelope.Recipients.Select(Reopen)] };
        if (envelope.OpenAddresses.Count == 0)
            return Task.FromResult(false);
        return ChangeAsync(row, transition with { Envelope = envelope }, "resent", cancellationToken);

        static StoredRecipient Reopen(StoredRecipient recipient) => recipient.State == RecipientState.Accepted
            ? recipient
            : recipient with { State = RecipientState.NotTried, IsClosed = false, IsInDoubt = false };
    }

    private Task<bool> EndAsync(EmailRow row, OutboxState state, string action, CancellationToken cancellationToken) =>
        ChangeAsync(row, new StateTransition(state), action, cancellationToken);

    private Task<bool> ChangeAsync(EmailRow row, StateTransition transition, string action, CancellationToken cancellationToken)
    {
        var decision = new AttemptDetails(Process, null, 0, $"{row.State}: {action}.", 0);
        return store.DecideAsync(row, transition, decision, cancellationToken);
    }
}
