namespace SmtpTransport;

/// <summary>What the server replied for one address of the envelope.</summary>
/// <param name="Address">The address as it was sent in <c>RCPT TO</c>, without the angle brackets.</param>
/// <param name="State">What became of the message for this recipient.</param>
/// <param name="Status">The reply code (RFC 5321, section 4.2), or 0 if the server gave none for this address.</param>
/// <param name="EnhancedStatus">The enhanced status code of the reply (RFC 3463); null if it has none.</param>
/// <param name="StatusText">The reply's text; empty if there is none.</param>
/// <remarks>Immutable and safe to share between threads.</remarks>
public record RecipientResult(
    string Address,
    RecipientState State,
    int Status = 0,
    EnhancedStatus? EnhancedStatus = null,
    string StatusText = "")
{
    /// <summary>
    /// True in an <see cref="Outcome.Unknown"/> result if the server accepted the address and it is not known whether it accepted the
    /// message for it. Default false.
    /// </summary>
    /// <remarks>
    /// If a message was sent in several transactions or by LMTP, some of its recipients may be certain and others in doubt.
    /// </remarks>
    public bool IsInDoubt { get; init; }

    /// <summary>What the refusal means and what to do about it; null if there is none, or the catalog does not know it.</summary>
    public RefusalExplanation? Explanation => RefusalCatalog.ForReply(Status, StatusText);

    /// <summary>Writes the members for <see cref="object.ToString"/>.</summary>
    /// <param name="builder">Where they are written.</param>
    /// <returns>True: there are some.</returns>
    protected virtual bool PrintMembers(System.Text.StringBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Append("Address = ").Append(Address).Append(", State = ").Append(State).Append(", Status = ").Append(Status)
            .Append(", EnhancedStatus = ").Append(EnhancedStatus).Append(", StatusText = ").Append(StatusText)
            .Append(IsInDoubt ? ", in doubt" : "");
        return true;
    }
}
