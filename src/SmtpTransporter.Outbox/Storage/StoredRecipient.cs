using System.Text.Json.Serialization;

namespace SmtpTransport.Outbox;

/// <summary>A recipient, and what was said of it last.</summary>
internal sealed record StoredRecipient(string Address, RecipientState State = RecipientState.NotTried, int Status = 0, string? Enhanced = null, string Text = "", bool IsClosed = false)
{
    /// <summary>Whether it may still get the mail.</summary>
    [JsonIgnore]
    public bool IsOpen => !IsClosed && State is RecipientState.NotTried or RecipientState.Deferred;

    public RecipientResult ToResult() =>
        new(Address, State, Status, EnhancedStatus.TryParse(Enhanced, out var enhanced) ? enhanced : null, Text);
}
