using System.Globalization;
using System.Text;
using MimeKit;
using MimeKit.Utils;

namespace SmtpTransport;

/// <summary>Turns a mail into a MIME message and its envelope. Opens the attachments' files; touches no network.</summary>
internal static class MessageBuilder
{
    private static readonly string[] OwnHeaders =
    [
        "From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Subject", "Comments", "Keywords", "Message-ID", "In-Reply-To", "References", "Date",
        "MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "Content-ID", "Return-Path", "Resent-Bcc",
    ];

    public static OutgoingMail Build(Email email, ServerOptions options, TimeProvider time)
    {
        var mail = MailCheck.Checked(email);
        var open = new List<IDisposable>();
        try
        {
            var message = new MimeMessage();
            message.Headers.Clear();
            var messageId = mail.MessageId is null ? NewMessageId(mail) : MailCheck.Id(nameof(Email.MessageId), mail.MessageId);
            WriteHeaders(message, mail, messageId, options.HeaderCharset, time);
            message.Body = MimeBody.Build(mail, options, open);

            var sender = mail.ReturnPath ?? (mail.Sender.Count > 0 ? mail.Sender[0] : mail.From[0]).Email;
            var envelope = new Envelope(
                sender.Length == 0 ? "" : AddressSpec.WithAsciiDomain(sender),
                mail.To.Concat(mail.Cc).Concat(mail.Bcc).Select(a => AddressSpec.WithAsciiDomain(a.Email)));
            var shown = mail.From.Concat(mail.Sender).Concat(mail.ReplyTo).Concat(mail.To).Concat(mail.Cc);
            return new OutgoingMail(envelope, message, messageId, mail, open)
            {
                NeedsSmtpUtf8 = envelope.NeedsSmtpUtf8 || shown.Any(a => AddressSpec.NeedsSmtpUtf8(a.Email)),
            };
        }
        catch
        {
            open.ForEach(stream => stream.Dispose());
            throw;
        }
    }

    private static void WriteHeaders(MimeMessage message, Email mail, string messageId, MailMode mode, TimeProvider time)
    {
        var headers = message.Headers;
        var date = mail.SendAt?.ToUniversalTime() ?? time.GetUtcNow();
        Raw("Date", DateUtils.FormatDate(date));
        Addresses("From", mail.From);
        Addresses("Sender", mail.Sender);
        Addresses("Reply-To", mail.ReplyTo);
        Addresses("To", mail.To);
        Addresses("Cc", mail.Cc);
        Text("Subject", mail.Subject);
        Raw("Message-ID", $"<{messageId}>");
        Ids("In-Reply-To", MailCheck.Ids(nameof(Email.InReplyTo), mail.InReplyTo is null ? [] : [mail.InReplyTo]));
        Ids("References", MailCheck.Ids(nameof(Email.References), mail.References));
        if (mail.Keywords.Count > 0)
            Text("Keywords", string.Join(", ", mail.Keywords));
        Text("Comments", mail.Comments);
        foreach (var header in mail.Headers)
        {
            if (!string.IsNullOrEmpty(header.Name) && !OwnHeaders.Contains(header.Name, StringComparer.OrdinalIgnoreCase))
                Text(header.Name, header.Value);
        }

        void Addresses(string field, EmailAddresses addresses)
        {
            if (addresses.Count > 0)
                Raw(field, HeaderText.Addresses(field, addresses, mode));
        }

        void Ids(string field, IReadOnlyList<string> ids)
        {
            if (ids.Count > 0)
                Raw(field, string.Join("\r\n ", ids.Select(id => $"<{id}>")));
        }

        void Text(string field, string? value)
        {
            if (value is not null)
                Raw(field, HeaderText.Unstructured(field, value, mode));
        }

        void Raw(string field, string value)
        {
            var header = new Header(Encoding.UTF8, field, "");
            header.SetRawValue(Encoding.UTF8.GetBytes($" {value}\r\n"));
            headers.Add(header);
        }
    }

    // Under the domain of From: the machine's name is nobody's business, and receivers compare the two.
    private static string NewMessageId(Email mail)
    {
        var from = AddressSpec.WithAsciiDomain(mail.From[0].Email);
        var domain = from[(from.LastIndexOf('@') + 1)..];
        return string.Create(CultureInfo.InvariantCulture, $"{Guid.NewGuid():n}@{domain}");
    }
}
