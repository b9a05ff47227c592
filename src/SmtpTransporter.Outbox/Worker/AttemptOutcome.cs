namespace SmtpTransport.Outbox;

/// <summary>
/// What an attempt means for an email: the new state, regardless of the retry schedule, and the result of each recipient.
/// </summary>
internal sealed record AttemptOutcome(OutboxState State, IReadOnlyList<StoredRecipient> Recipients)
{
    public static AttemptOutcome FromResult(SendResult result, IReadOnlyList<StoredRecipient> before)
    {
        // An address may occur twice: as a recipient that was left out, and as the one to which the message was redirected.
        var results = result.Recipients.GroupBy(r => r.Address, StringComparer.OrdinalIgnoreCase).ToDictionary(
            g => g.Key, g => g.FirstOrDefault(r => r.State == RecipientState.Accepted) ?? g.First(), StringComparer.OrdinalIgnoreCase);
        List<StoredRecipient> after = [.. before.Select(r => r.IsOpen ? Update(r, results.GetValueOrDefault(r.Address), result) : r)];
        var state = result.Outcome == Outcome.Unknown ? OutboxState.Unknown
            : IsHopeless(result) ? OutboxState.DeadLettered
            : after.Exists(r => r.IsOpen) ? OutboxState.Waiting
            : after.Exists(r => r.State == RecipientState.Refused) ? OutboxState.DeadLettered
            : OutboxState.Sent;
        return new AttemptOutcome(state, after);
    }

    private static StoredRecipient Update(StoredRecipient recipient, RecipientResult? own, SendResult result)
    {
        if (own is null)
        {
            // The message was redirected (RedirectAllTo), or the result names no recipients: the overall outcome applies.
            RecipientState? overall = result.Outcome switch
            {
                Outcome.Accepted or Outcome.PartiallyAccepted => RecipientState.Accepted,
                Outcome.Refused => RecipientState.Refused,
                Outcome.Deferred => RecipientState.Deferred,
                _ => null,
            };
            return overall is not { } state ? recipient : recipient with
            {
                State = state,
                Status = result.Status,
                Enhanced = result.EnhancedStatus?.ToString(),
                Text = result.StatusText,
            };
        }
        return recipient with
        {
            // The server accepted only RCPT; its reply to the message is not known.
            State = own is { State: RecipientState.Accepted, IsInDoubt: true } ? RecipientState.NotTried : own.State,
            Status = own.Status,
            Enhanced = own.EnhancedStatus?.ToString(),
            Text = own.StatusText,
            // The others received it, and this side left this one out (AllowedRecipients).
            IsClosed = own.State == RecipientState.NotTried && result.Outcome is Outcome.Accepted or Outcome.PartiallyAccepted,
        };
    }

    /// <summary>The email itself is not valid, or none of its recipients is allowed: another attempt would end the same way.</summary>
    private static bool IsHopeless(SendResult result) => result.Outcome == Outcome.NotSent && result.Status == 0
        && result.Errors.Any(e => e.ComponentSignature == "mail"
            || e.ErrCode is SmtpErrorCodes.NoAllowedRecipient or SmtpErrorCodes.RateLimitExceedsCapacity);
}
