using MimeKit;

namespace SmtpTransport;

/// <summary>Prepares a caller's own MIME message to be sent, with the same checks of its envelope as for an email.</summary>
internal static class MimeMessageAdapter
{
    /// <exception cref="EmailContentException">The message has no sender, no recipient or an address that is not valid.</exception>
    public static OutgoingMessage ToSend(MimeMessage message)
    {
        var sender = message.Sender ?? message.From.Mailboxes.FirstOrDefault()
            ?? throw Error(SmtpErrorCodes.MissingFrom, "From", "the message has no sender");
        var recipients = message.To.Mailboxes.Concat(message.Cc.Mailboxes).Concat(message.Bcc.Mailboxes).Select(m => m.Address).ToList();
        if (recipients.Count == 0)
            throw Error(SmtpErrorCodes.MissingRecipient, "To", "the message has no recipient in To, Cc or Bcc");
        Check("From", sender.Address);
        recipients.ForEach(address => Check("To", address));
        var envelope = new Envelope(AddressSpec.WithAsciiDomain(sender.Address), recipients.ConvertAll(AddressSpec.WithAsciiDomain));
        var format = envelope.SmtpUtf8Address is null ? MessageContent.Ascii : MessageContent.International;
        return new OutgoingMessage(envelope, new MimeKitMessage(message, format), message.MessageId ?? "", email: null);
    }

    private static void Check(string property, string address)
    {
        if (AddressSpec.Check(address) is { } problem)
            throw Error(SmtpErrorCodes.InvalidAddress, property, $"{problem}");
    }

    private static EmailContentException Error(int code, string property, string problem) =>
        new(code, $"{property}: {problem}.") { Property = property };
}
