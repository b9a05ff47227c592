using MimeKit;

namespace SmtpTransport;

/// <summary>Takes a caller's own MIME message to be sent: its envelope, checked as that of a mail is.</summary>
internal static class MimeMessages
{
    public static OutgoingMail ToSend(MimeMessage message)
    {
        var sender = message.Sender ?? message.From.Mailboxes.FirstOrDefault()
            ?? throw new MailContentException(SmtpErrorCodes.NoFrom, "From: the message has no sender.");
        var recipients = message.To.Mailboxes.Concat(message.Cc.Mailboxes).Concat(message.Bcc.Mailboxes).Select(m => m.Address).ToList();
        if (recipients.Count == 0)
            throw new MailContentException(SmtpErrorCodes.NoRecipient, "To: the message has no recipient in To, Cc or Bcc.");
        Check("From", sender.Address);
        recipients.ForEach(address => Check("To", address));
        var envelope = new Envelope(AddressSpec.WithAsciiDomain(sender.Address), recipients.ConvertAll(AddressSpec.WithAsciiDomain));
        var format = envelope.SmtpUtf8Address is null ? OutgoingMessage.Ascii : OutgoingMessage.International;
        return new OutgoingMail(envelope, new GivenMessage(message, format), message.MessageId ?? "", email: null);
    }

    private static void Check(string property, string address)
    {
        if (AddressSpec.Check(address) is { } problem)
            throw new MailContentException(SmtpErrorCodes.InvalidAddress, $"{property}: {problem}.");
    }
}
