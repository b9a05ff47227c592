namespace SmtpTransport.Outbox;

/// <summary>A recipient of an email in the outbox: the last result of our own server for it, and what came back since.</summary>
/// <param name="Address">The address as it is sent in <c>RCPT TO</c>, without the angle brackets.</param>
/// <param name="State">What became of the message at our own server.</param>
/// <param name="Status">The reply code of our own server (RFC 5321, section 4.2), or 0 if it gave none for this address.</param>
/// <param name="EnhancedStatus">The enhanced status code of that reply (RFC 3463); null if it has none.</param>
/// <param name="StatusText">That reply's text; empty if there is none.</param>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed record OutboxRecipient(
    string Address,
    RecipientState State,
    int Status = 0,
    EnhancedStatus? EnhancedStatus = null,
    string StatusText = "")
    : RecipientResult(Address, State, Status, EnhancedStatus, StatusText)
{
    /// <summary>
    /// What came back that counts for most (<see cref="RecipientReportKind"/>); null if nothing came back. The history has all of it.
    /// </summary>
    /// <remarks>
    /// Read by <see cref="IOutbox.GetAsync"/>, <see cref="IOutbox.WatchAsync"/>, <see cref="IOutbox.WatchFeedbackAsync"/> and
    /// <see cref="IOutbox.ExportAsync"/>; null in a list.
    /// </remarks>
    public RecipientReport? Report { get; init; }
}
