namespace SmtpTransport.Outbox;

/// <summary>An attempt, a decision or what came back, as JSON.</summary>
internal sealed record AttemptView(
    DateTimeOffset At,
    string Worker,
    string? Outcome,
    int Status,
    string Text,
    double Milliseconds,
    string? By,
    string? Reason,
    IReadOnlyList<ErrorView> Errors,
    ExplanationView? Explanation,
    IReadOnlyList<RecipientView> Recipients,
    IReadOnlyList<ReportView> Reports)
{
    /// <param name="attempt">The attempt.</param>
    /// <param name="maxRecipients">How many of its recipients, and of its reports, are shown.</param>
    public static AttemptView FromAttempt(OutboxAttempt attempt, int maxRecipients = int.MaxValue) => new(
        attempt.At,
        attempt.Worker,
        attempt.Outcome?.ToString(),
        attempt.Status,
        attempt.Text,
        attempt.Elapsed.TotalMilliseconds,
        attempt.By,
        attempt.Reason,
        [.. attempt.Errors.Select(ErrorView.FromError)],
        ExplanationView.FromExplanation(attempt.Explanation),
        [.. attempt.Recipients.Take(maxRecipients).Select(RecipientView.FromResult)],
        [.. attempt.Reports.Take(maxRecipients).Select(r => ReportView.FromReport(r)!)]);
}
