namespace SmtpTransport;

/// <summary>
/// What a refusal or an error means, and what to do about it, in plain words: from a catalogue of well-known replies of Microsoft 365, Exchange,
/// Gmail, Amazon SES, SendGrid, Postfix and others. A help for people; decide by the outcome and the codes. Immutable.
/// </summary>
/// <param name="Code">A stable name, such as <c>gmail.app-password-required</c>; one that was published keeps its meaning.</param>
/// <param name="Meaning">What it means, one sentence.</param>
/// <param name="Remedy">What to do about it.</param>
/// <param name="Provider">Whose reply it is; null where many servers say it.</param>
public sealed record RefusalExplanation(string Code, string Meaning, string Remedy, string? Provider = null)
{
    /// <summary>The explanation of a server's reply; null where the catalogue has none.</summary>
    /// <param name="status">The reply code (RFC 5321, section 4.2).</param>
    /// <param name="statusText">The reply's text.</param>
    public static RefusalExplanation? ForReply(int status, string statusText)
    {
        ArgumentNullException.ThrowIfNull(statusText);
        return RefusalCatalogue.OfReply(status, statusText);
    }
}
