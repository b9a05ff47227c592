namespace SmtpTransport.Outbox;

/// <summary>What a failure means and what to do about it, as JSON.</summary>
internal sealed record ExplanationView(string Code, string Meaning, string Remedy, string? Provider)
{
    public static ExplanationView? FromExplanation(RefusalExplanation? explanation) => explanation is null
        ? null
        : new ExplanationView(explanation.Code, explanation.Meaning, explanation.Remedy, explanation.Provider);
}
