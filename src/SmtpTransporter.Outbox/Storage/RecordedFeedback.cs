namespace SmtpTransport.Outbox;

/// <summary>What was recorded of a report.</summary>
/// <param name="Row">The email.</param>
/// <param name="Envelope">Its envelope.</param>
/// <param name="Targets">Finds its recipients.</param>
/// <param name="Given">The report with all of what it says.</param>
/// <param name="New">The report with what was new in it.</param>
/// <param name="Before">What was recorded of the same report before.</param>
/// <param name="IsRepeated">Whether the same report was recorded before.</param>
internal sealed record RecordedFeedback(
    EmailRow Row, StoredEnvelope Envelope, ReportTargets Targets, StoredFeedback Given, StoredFeedback New,
    IReadOnlyList<RecipientReport> Before, bool IsRepeated);
