namespace SmtpTransport.Outbox;

/// <summary>What a try means for a mail: the new state, as if there were time for ever, and each recipient.</summary>
internal sealed record AttemptOutcome(OutboxState State, IReadOnlyList<StoredRecipient> Recipients)
{
    public static AttemptOutcome Of(SendResult result, IReadOnlyList<StoredRecipient> before)
    {
        // An address may stand there twice: as one of the mail's that was left out, and as the one that the mail went to in its place.
        var known = result.Recipients.GroupBy(r => r.Address, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(g => g.Key, g => g.FirstOrDefault(r => r.State == RecipientState.Accepted) ?? g.First(), StringComparer.OrdinalIgnoreCase);
        List<StoredRecipient> after = [.. before.Select(r => r.IsOpen ? After(r, known.GetValueOrDefault(r.Address), result) : r)];
        var state = result.Outcome == Outcome.Unknown ? OutboxState.Unknown
            : IsHopeless(result) ? OutboxState.DeadLettered
            : after.Exists(r => r.IsOpen) ? OutboxState.Waiting
            : after.Exists(r => r.State == RecipientState.Refused) ? OutboxState.DeadLettered
            : OutboxState.Sent;
        return new AttemptOutcome(state, after);
    }

    private static StoredRecipient After(StoredRecipient recipient, RecipientResult? said, SendResult result)
    {
        if (said is null)
        {
            // It went to another address in its place (RedirectAllTo), or the result names none: it is as the whole is.
            RecipientState? whole = result.Outcome switch
            {
                Outcome.Accepted or Outcome.PartiallyAccepted => RecipientState.Accepted,
                Outcome.Refused => RecipientState.Refused,
                Outcome.Deferred => RecipientState.Deferred,
                _ => null,
            };
            return whole is null ? recipient : recipient with { State = whole.Value, Status = result.Status, Enhanced = result.EnhancedStatus?.ToString(), Text = result.StatusText };
        }
        var (state, text) = (said.State, said.StatusText);
        // Accepted by RCPT alone: the answer to the message is not known.
        if (state == RecipientState.Accepted && said.IsInDoubt)
            state = RecipientState.NotTried;
        return recipient with
        {
            State = state,
            Status = said.Status,
            Enhanced = said.EnhancedStatus?.ToString(),
            Text = text,
            // The others got it, and this one was left out by this side (AllowedRecipients).
            IsClosed = state == RecipientState.NotTried && result.Outcome is Outcome.Accepted or Outcome.PartiallyAccepted,
        };
    }

    /// <summary>The mail itself is at fault, or nobody of its recipients is allowed: another try would end the same way.</summary>
    private static bool IsHopeless(SendResult result) => result.Outcome == Outcome.NotSent && result.Status == 0
        && result.Errors.Any(e => e.ComponentSignature == "mail" || e.ErrCode is SmtpErrorCodes.NoAllowedRecipient or SmtpErrorCodes.RateLimitExceedsCapacity);
}
