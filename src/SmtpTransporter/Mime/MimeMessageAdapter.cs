using MimeKit;

namespace SmtpTransport;

/// <summary>Prepares a caller's own MIME message to be sent, with the same checks of its envelope as for an email.</summary>
internal static class MimeMessageAdapter
{
    /// <summary>Waits until no other send uses the message. The result holds it until it is disposed.</summary>
    /// <param name="async">Whether to wait without blocking a thread.</param>
    /// <param name="message">The message. It is not changed.</param>
    /// <param name="given">The envelope. Null derives it from the message, as does a sender that is null.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="EmailContentException">There is no sender, no recipient or an address that is not valid.</exception>
    public static async ValueTask<OutgoingMessage> ToSendAsync(
        bool async, MimeMessage message, MailEnvelope? given, CancellationToken cancellationToken)
    {
        var use = await MimeMessageUse.BeginAsync(async, message, cancellationToken).ConfigureAwait(false);
        try
        {
            var envelope = ToEnvelope(message, given);
            var format = envelope.SmtpUtf8Address is null ? MessageContent.Ascii : MessageContent.International;
            return new OutgoingMessage(envelope, new MimeKitMessage(message, format, use), message.MessageId ?? "", email: null);
        }
        catch
        {
            use.Dispose();
            throw;
        }
    }

    private static Envelope ToEnvelope(MimeMessage message, MailEnvelope? given)
    {
        var resent = ResentFields.Find(message.Headers);
        var (fromProperty, toProperty) = resent is null ? ("From", "To") : ("Resent-From", "Resent-To");
        if (given is not null)
            (fromProperty, toProperty) = (given.Sender is null ? fromProperty : nameof(Email.Envelope), nameof(Email.Envelope));
        var sender = given?.Sender ?? (resent is null ? SenderOf(message) : resent.Sender)
            ?? throw Error(SmtpErrorCodes.MissingFrom, fromProperty, "the message has no sender");
        var recipients = given?.Recipients ?? resent?.Recipients ?? RecipientsOf(message);
        if (recipients.Count == 0)
        {
            throw Error(
                SmtpErrorCodes.MissingRecipient, toProperty,
                given is not null ? "the envelope has no recipient"
                : resent is null ? "the message has no recipient in To, Cc or Bcc"
                : "the message is resent (Resent-From, Resent-Sender), but has no recipient in Resent-To, Resent-Cc or Resent-Bcc");
        }
        if (sender.Length > 0)
            Check(fromProperty, sender);
        foreach (var recipient in recipients)
            Check(toProperty, recipient ?? throw Error(SmtpErrorCodes.InvalidAddress, toProperty, "the list contains null"));
        return new Envelope(
            sender.Length == 0 ? "" : AddressSpec.WithAsciiDomain(sender), [.. recipients.Select(AddressSpec.WithAsciiDomain)]);
    }

    private static string? SenderOf(MimeMessage message) => (message.Sender ?? message.From.Mailboxes.FirstOrDefault())?.Address;

    private static IReadOnlyList<string> RecipientsOf(MimeMessage message) =>
        [.. message.To.Mailboxes.Concat(message.Cc.Mailboxes).Concat(message.Bcc.Mailboxes).Select(m => m.Address)];

    private static void Check(string property, string address)
    {
        if (AddressSpec.Check(address) is { } problem)
            throw Error(SmtpErrorCodes.InvalidAddress, property, $"{problem}");
    }

    private static EmailContentException Error(int code, string property, string problem) =>
        new(code, $"{property}: {problem}.") { Property = property };
}
