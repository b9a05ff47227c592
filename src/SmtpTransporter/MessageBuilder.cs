using System.Globalization;

namespace SmtpTransport;

/// <summary>Turns a mail into a MIME message and its envelope. Opens the attachments' files; touches no network.</summary>
internal static class MessageBuilder
{
    // Never taken from Headers: what describes the body is made here, Bcc is for the envelope only, Return-Path is the last server's to write.
    private static readonly string[] NeverTaken = ["MIME-Version", "Bcc", "Resent-Bcc", "Return-Path"];

    /// <summary>The mail as it goes out.</summary>
    public static OutgoingMail Build(Email email, MimeFormat format, TimeProvider time)
    {
        var mail = MailCheck.Checked(email);
        MailCheck.CheckCanBeSent(mail);
        var open = new List<IDisposable>();
        var (node, messageId) = Write(mail, format, time, open);
        var sender = mail.ReturnPath ?? (mail.Sender.Count > 0 ? mail.Sender[0] : mail.From[0]).Email;
        var envelope = new Envelope(
            sender.Length == 0 ? "" : AddressSpec.WithAsciiDomain(sender),
            Recipients(mail));
        return new OutgoingMail(envelope, new BuiltMessage(node, open), messageId, mail)
        {
            Notify = mail.Notify,
            EnvelopeId = mail.EnvelopeId,
            SmtpUtf8Address = SmtpUtf8Address(mail),
        };
    }

    private static string[] Recipients(Email mail)
    {
        var recipients = new string[mail.To.Count + mail.Cc.Count + mail.Bcc.Count];
        var next = 0;
        foreach (var addresses in (ReadOnlySpan<EmailAddresses>)[mail.To, mail.Cc, mail.Bcc])
        {
            for (var i = 0; i < addresses.Count; i++)
                recipients[next++] = AddressSpec.WithAsciiDomain(addresses[i].Email);
        }
        return recipients;
    }

    private static string? SmtpUtf8Address(Email mail)
    {
        return !string.IsNullOrEmpty(mail.ReturnPath) && AddressSpec.NeedsSmtpUtf8(mail.ReturnPath) ? nameof(Email.ReturnPath)
            : In(mail.From) ? nameof(Email.From)
            : In(mail.Sender) ? nameof(Email.Sender)
            : In(mail.ReplyTo) ? nameof(Email.ReplyTo)
            : In(mail.To) ? nameof(Email.To)
            : In(mail.Cc) ? nameof(Email.Cc)
            : In(mail.Bcc) ? nameof(Email.Bcc)
            : null;

        static bool In(EmailAddresses addresses) => addresses.Count > 0 && addresses.Any(a => AddressSpec.NeedsSmtpUtf8(a.Email));
    }

    /// <summary>A checked mail as MIME. What it opens is closed again where it fails.</summary>
    public static (MimeNode Message, string MessageId) Write(Email mail, MimeFormat format, TimeProvider time, List<IDisposable> open)
    {
        try
        {
            var given = mail.MessageId ?? mail.Headers.FirstOrDefault(h => IsNamed(h, "Message-ID"))?.Value;
            var messageId = given is null ? NewMessageId(mail) : MailCheck.Id(nameof(Email.MessageId), given);
            var body = new MimeBody(mail, format, open).Build();
            return (body.Below(Fields(mail, messageId, format.Header, time)), messageId);
        }
        catch
        {
            open.ForEach(stream => stream.Dispose());
            throw;
        }
    }

    private static List<MimeField> Fields(Email mail, string messageId, MailMode mode, TimeProvider time)
    {
        var fields = new List<MimeField>(12);
        if (mail.SendAt is not null || !mail.Headers.Any(h => IsNamed(h, "Date")))
            Raw("Date", (mail.SendAt?.ToUniversalTime() ?? time.GetUtcNow()).ToString("ddd, dd MMM yyyy HH':'mm':'ss +0000", CultureInfo.InvariantCulture));
        Addresses("From", mail.From);
        Addresses("Sender", mail.Sender);
        Addresses("Reply-To", mail.ReplyTo);
        Addresses("To", mail.To);
        Addresses("Cc", mail.Cc);
        Text("Subject", mail.Subject);
        Raw("Message-ID", $"<{messageId}>");
        if (mail.InReplyTo is not null)
            Ids("In-Reply-To", MailCheck.Ids(nameof(Email.InReplyTo), [mail.InReplyTo]));
        if (mail.References.Count > 0)
            Ids("References", MailCheck.Ids(nameof(Email.References), mail.References));
        if (mail.Keywords.Count > 0)
            Text("Keywords", string.Join(", ", mail.Keywords));
        Text("Comments", mail.Comments);
        if (mail.Priority != MailPriority.Normal)
        {
            var high = mail.Priority == MailPriority.High;
            Raw("Importance", high ? "high" : "low");
            Raw("Priority", high ? "urgent" : "non-urgent");
            Raw("X-Priority", high ? "1" : "5");
        }
        var own = fields.Count;
        foreach (var header in mail.Headers)
        {
            if (!string.IsNullOrEmpty(header.Name) && !IsNeverTaken(header.Name) && !fields.Take(own).Any(f => IsNamed(header, f.Name)))
                Text(header.Name, header.Value);
        }
        Raw("MIME-Version", "1.0");
        return fields;

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

        void Raw(string field, string value) => fields.Add(new MimeField(field, value));
    }

    private static bool IsNamed(EmailHeader header, string name) => name.Equals(header.Name, StringComparison.OrdinalIgnoreCase);

    private static bool IsNeverTaken(string name) =>
        name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase) || NeverTaken.Contains(name, StringComparer.OrdinalIgnoreCase);

    // Under the domain of From: the machine's name is nobody's business, and receivers compare the two.
    private static string NewMessageId(Email mail)
    {
        var from = mail.From.Count > 0 ? AddressSpec.WithAsciiDomain(mail.From[0].Email) : "";
        var domain = from.Length > 0 ? from[(from.LastIndexOf('@') + 1)..] : "localhost";
        return string.Create(CultureInfo.InvariantCulture, $"{Guid.NewGuid():n}@{domain}");
    }
}
