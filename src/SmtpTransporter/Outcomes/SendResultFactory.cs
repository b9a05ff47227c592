namespace SmtpTransport;

/// <summary>Makes the result of a send from what the transaction knows and from the judged failure, if there is one.</summary>
internal static class SendResultFactory
{
    public static SendResult Create(
        OutgoingMessage? message, DeliveryRecord? transaction, string reply, Failure? failure, TimeSpan elapsed, IReadOnlyList<SmtpError> warnings)
    {
        var (outcome, deciding) = Decide(transaction, reply, failure);
        var recipients = message is null ? [] : Recipients(message.Envelope, transaction, outcome, deciding);
        if (message is { Dropped.Count: > 0 })
        {
            recipients = [.. recipients, .. message.Dropped.Select(d => new RecipientResult(d, RecipientState.NotTried, StatusText: SendResult.DroppedText))];
            warnings = [.. warnings, new SmtpError(SmtpErrorCodes.RecipientsDropped, $"AllowedRecipients has dropped {message.Dropped.Count} of the recipients.", "conf")];
        }
        return new SendResult(outcome, deciding?.Code ?? 0, deciding?.Text ?? SendResult.FailedText)
        {
            Errors = failure is not null && (deciding is null || deciding == failure.Reply) ? failure.Errors : [],
            Recipients = recipients,
            MessageId = message?.MessageId ?? "",
            FinalReply = reply,
            Elapsed = elapsed,
            Warnings = warnings,
            Sent = message?.Email,
            IsRedirected = message?.IsRedirected ?? false,
            IsTransient = outcome != Outcome.Unknown
                && (Array.Exists(recipients, r => r.State == RecipientState.Deferred) || (outcome == Outcome.NotSent && failure is { IsTransient: true })),
        };
    }

    private static (Outcome Outcome, Reply? Deciding) Decide(DeliveryRecord? transaction, string reply, Failure? failure)
    {
        var refusals = transaction?.Refusals.ToList() ?? [];
        if (failure is null)
            return refusals.Count == 0 ? (Outcome.Accepted, new Reply(250, reply)) : (Outcome.PartiallyAccepted, refusals[0]);
        if (transaction is null)
            return (Outcome.NotSent, failure.Reply);
        if (transaction.Delivered && !transaction.MessageSent && refusals.Count > 0)
            return (Outcome.PartiallyAccepted, refusals[0]);
        if (transaction.SenderRefusal is { Code: >= 400 and < 600 } sender)
            return (OutcomeOf(sender), sender);
        if (refusals.Count > 0 && refusals.Count == transaction.Envelope.Recipients.Count)
        {
            // MailKit's own 554 says less than the replies: any 4yz is worth another try.
            var deciding = refusals.Find(r => r.IsTransient) ?? refusals[0];
            return (OutcomeOf(deciding), deciding);
        }
        if (failure.Reply is { } refusal)
            return (OutcomeOf(refusal), refusal);
        return (transaction.MessageSent ? Outcome.Unknown : Outcome.NotSent, null);
    }

    private static RecipientResult[] Recipients(Envelope envelope, DeliveryRecord? transaction, Outcome outcome, Reply? deciding)
    {
        var results = new RecipientResult[envelope.Recipients.Count];
        for (var i = 0; i < results.Length; i++)
        {
            var address = envelope.Recipients[i];
            var own = transaction?.SenderRefusal is null ? transaction?.Recipients.GetValueOrDefault(address) : null;
            var verdict = own is { Code: >= 400 } ? own : outcome switch
            {
                Outcome.Accepted or Outcome.PartiallyAccepted or Outcome.Unknown => own ?? (outcome == Outcome.Unknown ? null : new Reply(250, "")),
                Outcome.Refused or Outcome.Deferred => deciding,
                _ => null,
            };
            var result = verdict is null
                ? new RecipientResult(address, outcome == Outcome.Unknown ? RecipientState.Accepted : RecipientState.NotTried)
                : new RecipientResult(address, StateOf(verdict), verdict.Code, EnhancedStatus.FromReply(verdict.Code, verdict.Text), verdict.Text);
            results[i] = outcome == Outcome.Unknown && result.State == RecipientState.Accepted && transaction?.IsTaken(address) != true ? result with { IsInDoubt = true } : result;
        }
        return results;
    }

    private static Outcome OutcomeOf(Reply reply) => reply.IsTransient ? Outcome.Deferred : Outcome.Refused;

    private static RecipientState StateOf(Reply reply) =>
        reply.Code < 400 ? RecipientState.Accepted : reply.IsTransient ? RecipientState.Deferred : RecipientState.Refused;
}
