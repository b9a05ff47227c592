namespace SmtpTransport.Testing;

/// <summary>An email that was passed to a <see cref="FakeSmtpTransporter"/>, and the result that was returned.</summary>
/// <remarks>Immutable, except for the object in <see cref="Email"/>, which the caller can change. Safe for concurrent callers.</remarks>
public sealed class SentEmail
{
    internal SentEmail(Email email, SendResult result)
    {
        Email = email;
        Result = result;
        To = email.Envelope?.Recipients ?? [.. email.To.Concat(email.Cc).Concat(email.Bcc).Select(a => a.Email)];
    }

    /// <summary>
    /// The email: the caller's own object, or the email that was read from a MIME message or a stored message, with its envelope.
    /// </summary>
    public Email Email { get; }

    /// <summary>The addresses of all recipients: those of the envelope if the email has one, otherwise those in To, Cc and Bcc.</summary>
    public IReadOnlyList<string> To { get; }

    /// <summary>The result that the caller received.</summary>
    public SendResult Result { get; }

    /// <summary>Describes the email in one line: its recipients, its subject and the outcome.</summary>
    /// <returns>The line.</returns>
    public override string ToString() => $"to {string.Join(", ", To)}: \"{Email.Subject}\" ({Result.Outcome})";
}
