namespace SmtpTransport.Outbox;

/// <summary>The name of the outbox's meter.</summary>
/// <remarks>
/// Instruments: <c>smtp.outbox.enqueued</c>, <c>smtp.outbox.attempts</c> (by <c>smtp.outcome</c>), <c>smtp.outbox.dead_letters</c>,
/// <c>smtp.outbox.feedback</c> (by <c>smtp.feedback.kind</c> and <c>smtp.feedback.category</c>),
/// <c>smtp.outbox.unmatched_feedback</c>, <c>smtp.outbox.emails</c> (by <c>smtp.outbox.state</c>) and <c>smtp.outbox.oldest_due</c>
/// (seconds).
/// </remarks>
public static class OutboxTelemetry
{
    /// <summary>The name to pass to <c>AddMeter</c>.</summary>
    public const string Name = "SmtpTransporter.Outbox";
}
