namespace SmtpTransport;

/// <summary>
/// Makes results of what happened: classifies the failure if there is one, decides the outcome, and takes secrets out. Safe for concurrent
/// callers.
/// </summary>
/// <param name="secrets">Passwords and tokens, which a server may send back.</param>
/// <param name="warnings">Takes the warnings that have come up.</param>
internal sealed class OutcomeJudge(SecretRedactor secrets, Func<IReadOnlyList<SmtpError>> warnings)
{
    /// <summary>The result of what was sent, or at least transmitted in part.</summary>
    public SendOutcome Judge(OutgoingMessage message, DeliveryRecord record, ConnectionFacts? facts, Deadline deadline)
    {
        var failure = record.Failure is not null ? FailureClassifier.Classify(record.Failure, deadline, facts ?? ConnectionFacts.None)
            : record.Refusal is not null ? FailureClassifier.Refused(record.Refusal)
            : null;
        return Judge(message, record, failure, deadline);
    }

    /// <summary>The result of a message that did not reach a server, or could not even be made.</summary>
    public SendOutcome Judge(OutgoingMessage? message, Exception exception, ConnectionFacts? facts, Deadline deadline) =>
        Judge(message, null, FailureClassifier.Classify(exception, deadline, facts ?? ConnectionFacts.None), deadline);

    /// <summary>The status of a check.</summary>
    public ConnectionStatus JudgeCheck(Reply reply, ConnectionFacts facts, bool wasUsed, Deadline deadline) =>
        ConnectionStatusFactory.Create(
        facts, wasUsed, reply,
        reply.IsPositive || reply.IsUnknownCommand ? null : FailureClassifier.Refused(reply), deadline.Elapsed, warnings(), secrets);

    /// <summary>The status of a check that failed; null if the caller canceled it.</summary>
    public ConnectionStatus? JudgeCheck(Exception exception, ConnectionFacts? facts, Deadline deadline)
    {
        facts ??= ConnectionFacts.None;
        var failure = FailureClassifier.Classify(exception, deadline, facts);
        return deadline.CanceledByCaller && failure.Reply is null
            ? null
            : ConnectionStatusFactory.Create(facts, wasUsed: false, failure.Reply, failure, deadline.Elapsed, warnings(), secrets);
    }

    private SendOutcome Judge(OutgoingMessage? message, DeliveryRecord? record, Failure? failure, Deadline deadline)
    {
        var current = warnings();
        var result = SendResultFactory.Create(
            message, record, failure, deadline.Elapsed, message?.Warning is { } own ? [.. current, own] : current);
        return new SendOutcome(secrets.Redact(result), failure is { IsCanceled: true });
    }
}
