namespace SmtpTransport.Outbox;

/// <summary>What a person or a policy does with an email that is not being sent. Thread-safe.</summary>
internal sealed class EmailActions(OutboxOptions options, EmailStore store, TimeProvider time)
{
    /// <summary>The machine and this process.</summary>
    public static readonly string Process = $"{Environment.MachineName}:{Environment.ProcessId}";

    /// <summary>
    /// Sends an email again by a person's decision: at once, to those that have not accepted it, with all attempts of a new one. Null if
    /// no recipient is left, its own end has passed, or its message was removed.
    /// </summary>
    public Decision? Resend(EmailRow row, string? by = null, string? reason = null)
    {
        var now = time.GetUtcNow();
        var (fresh, latest) = (UnixTime.Add(now, options.ExpireAfter), row.Envelope.ExpiresAt);
        if (latest <= now)
            return null;
        var transition = new StateTransition(OutboxState.Waiting)
        {
            Delay = TimeSpan.Zero,
            Attempts = 0,
            ExpiresAt = latest < fresh ? latest : fresh,
        };
        return Resend(row, transition, by, reason);
    }

    /// <summary>
    /// Sends an email again by a policy's decision: as another attempt, after its delay, and only before it expires. A policy that always
    /// decides so must not send forever.
    /// </summary>
    public Task<bool> RetryAsync(EmailRow row, CancellationToken cancellationToken)
    {
        var delay = RetrySchedule.GetDefaultDelay(options, Math.Max(row.Attempts, 1), 0.5);
        if (UnixTime.Add(time.GetUtcNow(), delay) >= row.ExpiresAt)
            return Task.FromResult(false);
        return CarryOutAsync(Resend(row, new StateTransition(OutboxState.Waiting) { Delay = delay }, null, null), cancellationToken);
    }

    /// <summary>Cancels an email, which can be undone.</summary>
    public static Decision Cancel(EmailRow row, string? by = null, string? reason = null) =>
        Decide(row, new StateTransition(OutboxState.Canceled) { KeepsTime = true }, "canceled", by, reason);

    /// <summary>
    /// Closes the recipients of an email that are on the suppression list: it waits for its time with the others. If none is left, it ends
    /// as its last attempt would have ended without them, or is canceled if nobody has got it. Null if none of the open ones is on it.
    /// </summary>
    public static Decision? Suppress(EmailRow row, Func<string, Suppression?> find)
    {
        var (recipients, first) = (new List<StoredRecipient>(), (Suppression?)null);
        foreach (var recipient in row.Envelope.Recipients)
        {
            var found = recipient.IsOpen ? find(recipient.Address) : null;
            first ??= found;
            recipients.Add(found is null ? recipient : recipient.Suppress(found));
        }
        if (first is null)
            return null;
        var state = recipients.Exists(r => r.IsOpen) ? OutboxState.Waiting
            : recipients.Exists(r => r.State == RecipientState.Refused) ? OutboxState.DeadLettered
            : recipients.Exists(r => r.State == RecipientState.Accepted) ? OutboxState.Sent
            : OutboxState.Canceled;
        var transition = new StateTransition(state)
        {
            // An end that can be undone keeps it.
            KeepsTime = state is OutboxState.Waiting or OutboxState.Canceled,
            Envelope = row.Envelope with { Recipients = recipients },
        };
        return Decide(row, transition, "suppressed", first.By, first.ToString());
    }

    /// <summary>Discards a parked email or a dead letter.</summary>
    public static Decision Discard(EmailRow row, string? by = null, string? reason = null) =>
        Decide(row, new StateTransition(OutboxState.Discarded), "discarded", by, reason);

    /// <summary>
    /// Undoes <see cref="Cancel"/> and <see cref="Discard"/>: the email is again what it was before. Nothing is sent by it that may have
    /// been delivered: such an email is parked again. Null if nothing of the email is left.
    /// </summary>
    public static Decision? Restore(EmailRow row, string? by = null, string? reason = null)
    {
        if (!row.HasMessage || row.TryReadEnvelope() is { IsErased: true })
            return null;
        var transition = row.State == OutboxState.Discarded
            // A dead letter has no transmission whose end is not known.
            ? new StateTransition(row.TransmittingAt is null ? OutboxState.DeadLettered : OutboxState.Unknown)
            : new StateTransition(OutboxState.Waiting)
            {
                KeepsTime = row.DueAt is not null,
                Delay = TimeSpan.Zero,
                // Whoever claims it looks at the list again, and reopens what cannot be read here.
                Envelope = row.TryReadEnvelope() is { } envelope && envelope.Recipients.Any(IsSuppressed)
                    ? ReopenSuppressed(envelope)
                    : null,
            };
        return Decide(row, transition, "restored", by, reason);
    }

    /// <summary>
    /// Reopens the recipients of an email that was restored where its envelope could not be read. Null if somebody is open, or nobody was
    /// suppressed.
    /// </summary>
    public static Decision? ReopenRestored(EmailRow row)
    {
        var envelope = row.Envelope;
        if (envelope.OpenAddresses.Count > 0 || !envelope.Recipients.Any(IsSuppressed))
            return null;
        var transition = new StateTransition(OutboxState.Waiting) { Delay = TimeSpan.Zero, Envelope = ReopenSuppressed(envelope) };
        return Decide(row, transition, "recipients reopened", null, null);
    }

    /// <summary>Carries a decision out; false if there is none, or the email has changed since it was read.</summary>
    public async Task<bool> CarryOutAsync(Decision? decision, CancellationToken cancellationToken) =>
        decision is not null && await store.DecideAsync(decision, cancellationToken).ConfigureAwait(false);

    private static Decision? Resend(EmailRow row, StateTransition transition, string? by, string? reason)
    {
        if (!row.HasMessage)
            return null;
        var envelope = row.Envelope with { Recipients = [.. row.Envelope.Recipients.Select(Reopen)] };
        return envelope.OpenAddresses.Count == 0 ? null : Decide(row, transition with { Envelope = envelope }, "resent", by, reason);
    }

    private static StoredEnvelope ReopenSuppressed(StoredEnvelope envelope) =>
        envelope with { Recipients = [.. envelope.Recipients.Select(r => IsSuppressed(r) ? Reopen(r) : r)] };

    private static bool IsSuppressed(StoredRecipient recipient) => recipient.State == RecipientState.Suppressed;

    private static StoredRecipient Reopen(StoredRecipient recipient) => recipient.State == RecipientState.Accepted
        ? recipient
        : recipient with { State = RecipientState.NotTried, IsClosed = false, IsInDoubt = false };

    private static Decision Decide(EmailRow row, StateTransition transition, string action, string? by, string? reason)
    {
        var text = $"{row.State}: {action}{(by is null ? "" : $" by {by}")}{(reason is null ? "" : $" ({reason})")}.";
        return new Decision(row, transition, new AttemptDetails(Process, null, 0, text, 0) { By = by, Reason = reason });
    }
}
