namespace SmtpTransport;

/// <summary>
/// Makes results of what happened: classifies the failure if there is one, decides the outcome, and takes secrets out. Safe for concurrent
/// callers.
/// </summary>
/// <param name="secrets">Passwords and tokens, which a server may send back.</param>
/// <param name="warnings">Takes the warnings that have come up; those about emails only for the result of one.</param>
/// <param name="showsAddresses">Whether exceptions may contain addresses.</param>
internal sealed class OutcomeJudge(SecretRedactor secrets, Func<bool, IReadOnlyList<SmtpError>> warnings, bool showsAddresses)
{
    /// <summary>The result of what was sent, or at least transmitted in part.</summary>
    /// <param name="message">The message.</param>
    /// <param name="server">The server that was asked.</param>
    /// <param name="record">What happened to it.</param>
    /// <param name="facts">What is known of the connection, if it failed.</param>
    /// <param name="waited">How long it waited for a connection.</param>
    /// <param name="deadline">The limit of the send.</param>
    public SendOutcome Judge(
        OutgoingMessage message, EndpointName? server, DeliveryRecord record, ConnectionFacts? facts, TimeSpan waited, Deadline deadline)
    {
        var failure = record.Failure is not null ? FailureClassifier.Classify(record.Failure, deadline, facts ?? ConnectionFacts.None)
            : record.Refusal is not null ? FailureClassifier.Refused(record.Refusal)
            : null;
        return Judge(message, server, record, failure, record.FailedStep, waited, deadline);
    }

    /// <summary>The result of a message that did not reach a server, or could not even be made.</summary>
    /// <param name="message">The message, as far as it was made.</param>
    /// <param name="exception">Why.</param>
    /// <param name="step">How far it came.</param>
    /// <param name="waited">How long it waited for a connection.</param>
    /// <param name="deadline">The limit of the send.</param>
    public SendOutcome Judge(OutgoingMessage? message, Exception exception, SendStep step, TimeSpan waited, Deadline deadline) =>
        Judge(message, null, null, FailureClassifier.Classify(exception, deadline, ConnectionFacts.None), step, waited, deadline);

    /// <summary>The status of a check.</summary>
    public ConnectionStatus JudgeCheck(Reply reply, ConnectionFacts facts, bool wasUsed, Deadline deadline) =>
        ConnectionStatusFactory.Create(
        facts, wasUsed, reply,
        reply.IsPositive || reply.IsUnknownCommand ? null : FailureClassifier.Refused(reply), deadline.Elapsed, warnings(false), secrets);

    /// <summary>The status of a check that failed; null if the caller canceled it.</summary>
    public ConnectionStatus? JudgeCheck(Exception exception, ConnectionFacts? facts, Deadline deadline)
    {
        facts ??= ConnectionFacts.None;
        var failure = FailureClassifier.Classify(exception, deadline, facts);
        return deadline.CanceledByCaller && failure.Reply is null
            ? null
            : ConnectionStatusFactory.Create(facts, wasUsed: false, failure.Reply, failure, deadline.Elapsed, warnings(false), secrets);
    }

    private SendOutcome Judge(
        OutgoingMessage? message, EndpointName? server, DeliveryRecord? record, Failure? failure, SendStep? failedStep, TimeSpan waited,
        Deadline deadline)
    {
        var current = warnings(true);
        var times = record?.Times ?? default;
        var timings = new SendTimings
        {
            Wait = waited,
            Connection = record?.Connection,
            Envelope = times.Envelope,
            Message = times.Message,
            Reply = times.Reply,
        };
        var result = SendResultFactory.Create(
            message, record, failure, failedStep, timings, deadline.Elapsed,
            message is { Warnings: { Count: > 0 } own } ? [.. current, .. own] : current, server, showsAddresses);
        return new SendOutcome(secrets.Redact(result), failure is { IsCanceled: true });
    }
}
