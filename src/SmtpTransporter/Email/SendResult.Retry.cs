namespace SmtpTransport;

/// <content>The way from a result back to an email. It is in this room because results know nothing of emails.</content>
public sealed partial class SendResult
{
    /// <summary>The email as it was at the call; null for a MIME message.</summary>
    internal Email? Sent { get; init; }

    /// <summary>True if it was sent to another address than its own: a retry is then of the whole email.</summary>
    internal bool IsRedirected { get; init; }

    /// <summary>
    /// Creates an email to <see cref="RetryRecipients"/> only, with the same Message-ID, so that a receiver can detect a duplicate.
    /// </summary>
    /// <returns>
    /// The email; null if there is no such recipient, and so after <see cref="Outcome.Accepted"/>, <see cref="Outcome.Refused"/> and
    /// <see cref="Outcome.Unknown"/>.
    /// </returns>
    /// <exception cref="InvalidOperationException">
    /// The message was sent as a <c>MimeMessage</c>: send it again to <see cref="RetryRecipients"/>.
    /// </exception>
    public Email? RetryEmail()
    {
        var recipients = RetryRecipients;
        if (recipients.Count == 0)
            return null;
        if (Sent is null)
        {
            throw new InvalidOperationException(
                "RetryEmail() needs a message that was sent as an Email. Send the MimeMessage again to the addresses of RetryRecipients.");
        }
        return IsRedirected ? Sent.ForAll(MessageId) : Sent.For(recipients, MessageId);
    }
}
