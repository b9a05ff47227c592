namespace SmtpTransport.Outbox;

/// <summary>An attempt or a decision, as JSON.</summary>
internal sealed record AttemptView(DateTimeOffset At, string Worker, string? Outcome, int Status, string Text, double Milliseconds)
{
    public static AttemptView FromAttempt(OutboxAttempt attempt) => new(
        attempt.At, attempt.Worker, attempt.Outcome?.ToString(), attempt.Status, attempt.Text, attempt.Elapsed.TotalMilliseconds);
}
