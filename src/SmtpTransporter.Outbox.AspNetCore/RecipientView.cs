namespace SmtpTransport.Outbox;

/// <summary>A recipient with its last result, as JSON.</summary>
internal sealed record RecipientView(string Address, string State, int Status, string Text)
{
    public static RecipientView FromResult(RecipientResult result) =>
        new(result.Address, result.State.ToString(), result.Status, result.StatusText);
}
