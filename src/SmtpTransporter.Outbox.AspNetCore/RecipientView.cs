namespace SmtpTransport.Outbox;

/// <summary>A recipient with the reply that the server gave for it, and what came back since, as JSON.</summary>
internal sealed record RecipientView(
    string Address, string State, int Status, string Text, ExplanationView? Explanation, ReportView? Report)
{
    public static RecipientView FromResult(RecipientResult result) => new(
        result.Address, result.State.ToString(), result.Status, result.StatusText,
        ExplanationView.FromExplanation(result.Explanation), ReportView.FromReport((result as OutboxRecipient)?.Report));
}
