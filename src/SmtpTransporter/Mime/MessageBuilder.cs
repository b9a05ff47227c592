using System.Globalization;

namespace SmtpTransport;

/// <summary>Turns a mail into a MIME message and its envelope. Opens the attachments' files; touches no network.</summary>
internal static class MessageBuilder
{
    // Never taken from Headers: what describes the body is made here, Bcc is for the envelope only, Return-Path is the last server's to write.
    private static readonly string[] NeverTaken = ["MIME-Version", "Bcc", "Resent-Bcc", "Return-Path"];

    /// <summary>The mail as it goes out.</summary>
    public static OutgoingMessage Build(Email given, MimeWriteOptions format, TimeProvider time)
    {
        var email = EmailValidator.Checked(given);
        EmailValidator.CheckCanBeSent(email);
        var open = new List<IDisposable>();
        var (node, messageId) = Write(email, format, time, open);
        var sender = email.ReturnPath ?? (email.Sender.Count > 0 ? email.Sender[0] : email.From[0]).Email;
        var envelope = new Envelope(
            sender.Length == 0 ? "" : AddressSpec.WithAsciiDomain(sender),
            Recipients(email));
        return new OutgoingMessage(envelope, new BuiltMessage(node, open), messageId, email)
        {
            Notify = email.Notify,
            EnvelopeId = email.EnvelopeId,
            SmtpUtf8Address = SmtpUtf8Address(email),
        };
    }

    private static string[] Recipients(Email email)
    {
        var recipients = new string[email.To.Count + email.Cc.Count + email.Bcc.Count];
        var next = 0;
        foreach (var addresses in (ReadOnlySpan<EmailAddresses>)[email.To, email.Cc, email.Bcc])
        {
            for (var i = 0; i < addresses.Count; i++)
                recipients[next++] = AddressSpec.WithAsciiDomain(addresses[i].Email);
        }
        return recipients;
    }

    private static string? SmtpUtf8Address(Email email)
    {
        return !string.IsNullOrEmpty(email.ReturnPath) && AddressSpec.NeedsSmtpUtf8(email.ReturnPath) ? nameof(Email.ReturnPath)
            : In(email.From) ? nameof(Email.From)
            : In(email.Sender) ? nameof(Email.Sender)
            : In(email.ReplyTo) ? nameof(Email.ReplyTo)
            : In(email.To) ? nameof(Email.To)
            : In(email.Cc) ? nameof(Email.Cc)
            : In(email.Bcc) ? nameof(Email.Bcc)
            : null;

        static bool In(EmailAddresses addresses) => addresses.Count > 0 && addresses.Any(a => AddressSpec.NeedsSmtpUtf8(a.Email));
    }

    /// <summary>A checked mail as MIME. What it opens is closed again where it fails.</summary>
    public static (MimeNode Message, string MessageId) Write(Email email, MimeWriteOptions format, TimeProvider time, List<IDisposable> open)
    {
        try
        {
            var given = email.MessageId ?? email.Headers.FirstOrDefault(h => IsNamed(h, "Message-ID"))?.Value;
            var messageId = given is null ? NewMessageId(email) : EmailValidator.Id(nameof(Email.MessageId), given);
            var body = new MimeTreeBuilder(email, format, open).Build();
            return (body.Below(Fields(email, messageId, format.Header, time)), messageId);
        }
        catch
        {
            open.ForEach(stream => stream.Dispose());
            throw;
        }
    }

    private static List<MimeField> Fields(Email email, string messageId, MailMode mode, TimeProvider time)
    {
        var fields = new List<MimeField>(12);
        if (email.SendAt is not null || !email.Headers.Any(h => IsNamed(h, "Date")))
            Raw("Date", (email.SendAt?.ToUniversalTime() ?? time.GetUtcNow()).ToString("ddd, dd MMM yyyy HH':'mm':'ss +0000", CultureInfo.InvariantCulture));
        Addresses("From", email.From);
        Addresses("Sender", email.Sender);
        Addresses("Reply-To", email.ReplyTo);
        Addresses("To", email.To);
        Addresses("Cc", email.Cc);
        Text("Subject", email.Subject);
        Raw("Message-ID", $"<{messageId}>");
        if (email.InReplyTo is not null)
            Ids("In-Reply-To", EmailValidator.Ids(nameof(Email.InReplyTo), [email.InReplyTo]));
        if (email.References.Count > 0)
            Ids("References", EmailValidator.Ids(nameof(Email.References), email.References));
        if (email.Keywords.Count > 0)
            Text("Keywords", string.Join(", ", email.Keywords));
        Text("Comments", email.Comments);
        if (email.Priority != MailPriority.Normal)
        {
            var high = email.Priority == MailPriority.High;
            Raw("Importance", high ? "high" : "low");
            Raw("Priority", high ? "urgent" : "non-urgent");
            Raw("X-Priority", high ? "1" : "5");
        }
        var own = fields.Count;
        foreach (var header in email.Headers)
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
    private static string NewMessageId(Email email)
    {
        var from = email.From.Count > 0 ? AddressSpec.WithAsciiDomain(email.From[0].Email) : "";
        var domain = from.Length > 0 ? from[(from.LastIndexOf('@') + 1)..] : "localhost";
        return string.Create(CultureInfo.InvariantCulture, $"{Guid.NewGuid():n}@{domain}");
    }
}
