namespace SmtpTransport.Outbox;

/// <summary>What one layer reported, as JSON.</summary>
internal sealed record ErrorView(int Code, string Layer, string Text, ExplanationView? Explanation)
{
    public static ErrorView FromError(SmtpError error) =>
        new(error.ErrCode, error.ComponentSignature, error.Message, ExplanationView.FromExplanation(error.Explanation));
}
