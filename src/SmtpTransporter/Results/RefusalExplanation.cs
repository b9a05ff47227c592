namespace SmtpTransport;

/// <summary>What a refusal or an error means, and what to do about it, in plain words.</summary>
/// <param name="Code">A stable name, such as <c>gmail.app-password-required</c>; a published name keeps its meaning.</param>
/// <param name="Meaning">What the refusal means, in one sentence.</param>
/// <param name="Remedy">What to do about it.</param>
/// <param name="Provider">The service whose reply it is; null if many servers use it.</param>
/// <remarks>
/// The explanations come from a catalog of well-known replies of Microsoft 365, Exchange, Gmail, Amazon SES, SendGrid, Postfix and others.
/// They help people; a program should decide by the outcome and the codes. Immutable.
/// </remarks>
public sealed record RefusalExplanation(string Code, string Meaning, string Remedy, string? Provider = null)
{
    /// <summary>Finds the explanation of a server's reply.</summary>
    /// <param name="status">The reply code (RFC 5321, section 4.2).</param>
    /// <param name="statusText">The reply's text.</param>
    /// <returns>The explanation; null if the catalog does not know the reply, or the reply does not refuse.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="statusText"/> is null.</exception>
    public static RefusalExplanation? ForReply(int status, string statusText)
    {
        ArgumentNullException.ThrowIfNull(statusText);
        return RefusalCatalog.ForReply(status, statusText);
    }
}
