namespace SmtpTransport;

/// <summary>What the server said about one address of the envelope. Immutable.</summary>
/// <param name="Address">The address as it stood in <c>RCPT TO</c>, without the angle brackets.</param>
/// <param name="State">The verdict.</param>
/// <param name="Status">The reply code (RFC 5321, section 4.2), or 0 where the server gave none for this address.</param>
/// <param name="EnhancedStatus">The enhanced status code of the reply, if it has one.</param>
/// <param name="StatusText">The reply's text; empty where there is none.</param>
public sealed record RecipientResult(
    string Address,
    RecipientState State,
    int Status = 0,
    EnhancedStatus? EnhancedStatus = null,
    string StatusText = "")
{
    /// <summary>
    /// True in an <see cref="Outcome.Unknown"/> result where the server accepted the address, and it is not known whether it took the message for it. Of a
    /// mail that went out in several transactions, some may have got it for certain.
    /// </summary>
    public bool IsInDoubt { get; init; }

    /// <summary>What the refusal means, and what to do about it; null where there is none, or the catalogue does not know.</summary>
    public RefusalExplanation? Explanation => RefusalCatalogue.OfReply(Status, StatusText);

    private bool PrintMembers(System.Text.StringBuilder builder)
    {
        builder.Append("Address = ").Append(Address).Append(", State = ").Append(State).Append(", Status = ").Append(Status)
            .Append(", EnhancedStatus = ").Append(EnhancedStatus).Append(", StatusText = ").Append(StatusText).Append(IsInDoubt ? ", in doubt" : "");
        return true;
    }
}
