namespace SmtpTransport.Outbox;

/// <summary>What came back about a recipient, as JSON.</summary>
internal sealed record ReportView(
    string Address,
    string Kind,
    DateTimeOffset At,
    string Category,
    string? EnhancedStatus,
    int Status,
    string Text,
    string? RemoteServer,
    bool IsSigned,
    ExplanationView? Explanation)
{
    /// <returns>Null if nothing came back.</returns>
    public static ReportView? FromReport(RecipientReport? report) => report is null ? null : new(
        report.Address,
        report.Kind.ToString(),
        report.At,
        report.Category.ToString(),
        report.EnhancedStatus?.ToString(),
        report.Status,
        report.Text,
        report.RemoteServer,
        report.IsSigned,
        ExplanationView.FromExplanation(report.Explanation));
}
