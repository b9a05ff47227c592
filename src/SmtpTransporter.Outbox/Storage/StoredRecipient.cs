using System.Text.Json.Serialization;

namespace SmtpTransport.Outbox;

/// <summary>A recipient with its last result.</summary>
/// <param name="Address">The address.</param>
/// <param name="State">The state.</param>
/// <param name="Status">The reply code; 0 if none.</param>
/// <param name="Enhanced">The enhanced status code.</param>
/// <param name="Text">The reply.</param>
/// <param name="IsClosed">Whether this side left it out of a transaction that the others completed (AllowedRecipients).</param>
/// <param name="IsInDoubt">Whether it may have received the message: the worker that sent it recorded no outcome.</param>
internal sealed record StoredRecipient(
    string Address,
    RecipientState State = RecipientState.NotTried,
    int Status = 0,
    string? Enhanced = null,
    string Text = "",
    bool IsClosed = false,
    bool IsInDoubt = false)
{
    /// <summary>Whether it may still receive the message.</summary>
    [JsonIgnore]
    public bool IsOpen => !IsClosed && State is RecipientState.NotTried or RecipientState.Deferred;

    /// <summary>As it is after it was found on the suppression list.</summary>
    public StoredRecipient Suppress(Suppression by) => this with
    {
        State = RecipientState.Suppressed,
        Status = 0,
        Enhanced = null,
        Text = by.Describe(),
    };

    public static StoredRecipient FromResult(RecipientResult result) => new(
        result.Address, result.State, result.Status, result.EnhancedStatus?.ToString(), result.StatusText, IsInDoubt: result.IsInDoubt);

    public RecipientResult ToResult() => new(Address, State, Status, ReadEnhanced(), Text) { IsInDoubt = IsInDoubt };

    /// <param name="report">What came back about it; null for nothing.</param>
    public OutboxRecipient ToRecipient(RecipientReport? report) =>
        new(Address, State, Status, ReadEnhanced(), Text) { IsInDoubt = IsInDoubt, Report = report };

    private EnhancedStatus? ReadEnhanced() => EnhancedStatus.TryParse(Enhanced, out var enhanced) ? enhanced : null;
}
