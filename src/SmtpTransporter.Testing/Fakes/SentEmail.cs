namespace SmtpTransport.Testing;

/// <summary>A mail that a <see cref="FakeSmtpTransporter"/> was given, and the result that it gave.</summary>
public sealed class SentEmail
{
    internal SentEmail(Email email, SendResult result)
    {
        Email = email;
        Result = result;
        To = [.. email.To.Concat(email.Cc).Concat(email.Bcc).Select(a => a.Email)];
    }

    /// <summary>The mail: the caller's own object, or what was read from a MIME message.</summary>
    public Email Email { get; }

    /// <summary>All its recipients, those in Cc and Bcc too.</summary>
    public IReadOnlyList<string> To { get; }

    /// <summary>What the caller got.</summary>
    public SendResult Result { get; }

    /// <summary>One line: whom to, the subject, the outcome.</summary>
    public override string ToString() => $"to {string.Join(", ", To)}: \"{Email.Subject}\" ({Result.Outcome})";
}
