namespace SmtpTransport;

/// <content>The way from a result back to an email. It is in this room because results know nothing of emails.</content>
public sealed partial class SendResult
{
    /// <summary>
    /// The envelope that the message was sent with, or was to be sent with: after <see cref="ServerOptions.AllowedRecipients"/> and
    /// <see cref="ServerOptions.RedirectAllTo"/>, with domains in ASCII. Null if the email was not valid, and for a result that a test has
    /// created.
    /// </summary>
    public MailEnvelope? Envelope => Sender is null
        ? null
        : new MailEnvelope
        {
            Sender = Sender,
            Recipients = [.. _recipients.Where(r => !IsDropped(r)).Select(r => r.Address)],
        };

    /// <summary>The email as it was sent, with its Message-ID and Date; null for a MIME message.</summary>
    internal Email? Sent { get; init; }

    /// <summary>The sender of the envelope; null if there was none yet.</summary>
    internal string? Sender { get; init; }

    /// <summary>True if it was sent to another address than its own: a retry is then of the whole email.</summary>
    internal bool IsRedirected { get; init; }

    /// <summary>
    /// Creates an email that sends the same message to <see cref="RetryRecipients"/> only: its <see cref="Email.Envelope"/> has those
    /// recipients. To, Cc and all other fields are unchanged, and so are the Message-ID, by which a receiver can detect a duplicate, and
    /// the date.
    /// </summary>
    /// <returns>
    /// The email; null if there is no such recipient, and so after <see cref="Outcome.Accepted"/>, <see cref="Outcome.Refused"/> and
    /// <see cref="Outcome.Unknown"/>.
    /// </returns>
    /// <exception cref="InvalidOperationException">
    /// The message was sent as a <c>MimeMessage</c> or a <see cref="StoredMessage"/>: send it again as a stored message whose
    /// <see cref="StoredMessage.Recipients"/> are <see cref="RetryRecipients"/>.
    /// </exception>
    public Email? RetryEmail()
    {
        var recipients = RetryRecipients;
        if (recipients.Count == 0)
            return null;
        if (Sent is null)
        {
            throw new InvalidOperationException(
                "RetryEmail() needs a message that was sent as an Email. Send the same message as a StoredMessage "
                + "(StoredMessage.FromMimeMessage) whose Recipients are RetryRecipients.");
        }
        var email = Sent.Copy();
        if (!IsRedirected)
            email.Envelope = new MailEnvelope { Sender = Sent.Envelope?.Sender, Recipients = recipients };
        return email;
    }
}
