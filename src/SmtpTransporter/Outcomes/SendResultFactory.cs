namespace SmtpTransport;

/// <summary>Makes the result of a send from the record of its transactions and from the classified failure, if there is one.</summary>
internal static class SendResultFactory
{
    public static SendResult Create(
        OutgoingMessage? message, DeliveryRecord? record, Failure? failure, SendStep? failedStep, SendTimings timings, TimeSpan elapsed,
        IReadOnlyList<SmtpError> warnings, EndpointName? server = null, bool showsAddresses = false)
    {
        var (outcome, deciding) = Decide(record, failure);
        var recipients = message is null ? [] : Recipients(message.Envelope, record, outcome, deciding);
        if (message is { Dropped.Count: > 0 })
        {
            recipients = [.. recipients, .. message.Dropped];
            warnings = [.. warnings, Dropped(message.Dropped)];
        }
        return new SendResult(outcome, deciding?.Code ?? 0, deciding?.Text ?? SendResult.FailedText)
        {
            Errors = failure is null || (deciding is not null && deciding != failure.Reply) ? []
                : outcome == Outcome.Unknown ? [.. failure.Errors.Select(e => e with { Explanation = RefusalCatalog.Unknown })]
                : failure.Errors,
            Recipients = recipients,
            MessageId = message?.MessageId ?? "",
            FinalReply = record is { IsDelivered: true, FinalReply: { } reply } ? reply.Text : "",
            Elapsed = elapsed,
            Timings = timings,
            Size = message?.Size,
            FailedStep = outcome == Outcome.Accepted ? null : record is { IsInDoubt: true } ? SendStep.Reply : failedStep,
            Warnings = warnings,
            Endpoint = server,
            ShowsAddresses = showsAddresses,
            Sent = message?.Email,
            Sender = message?.Envelope.Sender,
            WasTlsRequired = message is { RequiresTls: true } && outcome is Outcome.Accepted or Outcome.PartiallyAccepted,
            IsRedirected = message?.IsRedirected ?? false,
        };
    }

    private static SmtpError Dropped(IReadOnlyList<RecipientResult> dropped)
    {
        string[] options =
        [
            .. dropped.Any(d => d.StatusText == SendResult.DroppedText) ? [nameof(ServerOptions.AllowedRecipients)] : (string[])[],
            .. dropped.Any(d => d.StatusText == SendResult.DeniedText) ? [nameof(ServerOptions.IsRecipientDenied)] : (string[])[],
            .. dropped.Any(d => d.State == RecipientState.Suppressed) ? [nameof(ServerOptions.SuppressionList)] : (string[])[],
        ];
        return new SmtpError(
            SmtpErrorCodes.RecipientsDropped, $"{string.Join(" or ", options)} has dropped {dropped.Count} of the recipients.", "conf");
    }

    private static (Outcome Outcome, Reply? Deciding) Decide(DeliveryRecord? record, Failure? failure)
    {
        var refusals = record?.Refusals ?? [];
        if (failure is null)
            return refusals.Count == 0 ? (
                Outcome.Accepted, new Reply(250, record?.FinalReply?.Text ?? "")) : (Outcome.PartiallyAccepted, refusals[0]);
        if (record is null or { CouldNotBegin: true })
            return (Outcome.NotSent, failure.Reply);
        if (record.IsDelivered && !record.IsInDoubt && refusals.Count > 0)
            return (Outcome.PartiallyAccepted, refusals[0]);
        if (record.SenderRefusal is { } sender)
            return (OutcomeOf(sender), sender);
        if (refusals.Count > 0 && refusals.Count == record.Envelope.Recipients.Count)
        {
            // Any 4yz is worth another attempt.
            var deciding = refusals.Find(r => r.IsTransient) ?? refusals[0];
            return (OutcomeOf(deciding), deciding);
        }
        if (failure.Reply is { } refusal)
            return (OutcomeOf(refusal), refusal);
        return (record.IsInDoubt ? Outcome.Unknown : Outcome.NotSent, null);
    }

    private static RecipientResult[] Recipients(Envelope envelope, DeliveryRecord? record, Outcome outcome, Reply? deciding)
    {
        var results = new RecipientResult[envelope.Recipients.Count];
        for (var i = 0; i < results.Length; i++)
        {
            var address = envelope.Recipients[i];
            var own = record?.SenderRefusal is null ? record?.Replies[i] : null;
            var reply = own is { IsPositive: false } ? own : outcome switch
            {
                Outcome.Accepted or Outcome.PartiallyAccepted or Outcome.Unknown =>
                    own ?? (outcome == Outcome.Unknown ? null : new Reply(250, "")),
                Outcome.Refused or Outcome.Deferred => deciding,
                _ => null,
            };
            var result = reply is null
                ? new RecipientResult(address, outcome == Outcome.Unknown ? RecipientState.Accepted : RecipientState.NotTried)
                : new RecipientResult(address, StateOf(reply), reply.Code, EnhancedStatus.FromReply(reply.Code, reply.Text), reply.Text);
            var isInDoubt = outcome == Outcome.Unknown && result.State == RecipientState.Accepted && record?.IsTaken(i) != true;
            results[i] = isInDoubt ? result with { IsInDoubt = true } : result;
        }
        return results;
    }

    private static Outcome OutcomeOf(Reply reply) => reply.IsTransient ? Outcome.Deferred : Outcome.Refused;

    private static RecipientState StateOf(Reply reply) =>
        reply.IsPositive ? RecipientState.Accepted : reply.IsTransient ? RecipientState.Deferred : RecipientState.Refused;
}
