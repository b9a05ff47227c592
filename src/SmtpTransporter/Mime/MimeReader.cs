using System.Text;
using MimeKit;

namespace SmtpTransport;

/// <summary>Reads a MIME message into a mail: what the model has a property for goes there, everything else stays in its headers.</summary>
internal sealed class MimeReader
{
    // Made anew where the mail is written, or of the one transport only.
    private static readonly HeaderId[] NotKept = [HeaderId.MimeVersion, HeaderId.ReturnPath, HeaderId.Bcc];

    private readonly Email _mail = new() { BodyValues = new Dictionary<string, MailBodyValue>() };
    private int _lastPart;

    public static Email Read(Stream stream)
    {
        var start = stream.CanSeek ? stream.Position : 0;
        using var message = MimeMessage.Load(stream);
        var email = new MimeReader().Read(message);
        if (stream.CanSeek)
            email.Size = stream.Position - start;
        return email;
    }

    private Email Read(MimeMessage message)
    {
        ReadHeaders(message.Headers);
        if (message.Body is { } body)
            _mail.BodyStructure = Part(body);
        else
            (_mail.BodyStructure, _mail.BodyValues) = (null, null);
        return _mail;
    }

    private void ReadHeaders(HeaderList headers)
    {
        var seen = new HashSet<HeaderId>();
        foreach (var header in headers)
        {
            if (!MimeNames.IsFieldName(header.Field))
                continue;
            if (NotKept.Contains(header.Id))
                ReadUnwritten(header);
            else if (header.Field.StartsWith("Content-", StringComparison.OrdinalIgnoreCase))
                continue;
            // A second Subject or From has no property: it stays what it is. An id that is none would only be in the way of a new one.
            else if ((header.Id == HeaderId.Unknown || !seen.Add(header.Id) || !ReadProperty(header)) && header.Id != HeaderId.MessageId)
                _mail.Headers.Add(header.Field, Clean(header.Value));
            if (header.Id == HeaderId.Received)
                _mail.ReceivedAt ??= DateAfterSemicolon(header.Value);
        }
    }

    private void ReadUnwritten(Header header)
    {
        if (header.Id == HeaderId.Bcc)
            _mail.Bcc = Addresses(header) ?? [];
        else if (header.Id == HeaderId.ReturnPath)
            _mail.ReturnPath = Clean(header.Value).Trim(' ', '<', '>') is var path && (path.Length == 0 || AddressSpec.Check(path) is null) ? path : null;
    }

    private bool ReadProperty(Header header)
    {
        switch (header.Id)
        {
            case HeaderId.From:
                return Addresses(header) is { } from && (_mail.From = from) is not null;
            case HeaderId.Sender:
                return Addresses(header) is { Count: 1 } sender && (_mail.Sender = sender) is not null;
            case HeaderId.ReplyTo:
                return Addresses(header) is { } replyTo && (_mail.ReplyTo = replyTo) is not null;
            case HeaderId.To:
                return Addresses(header) is { } to && (_mail.To = to) is not null;
            case HeaderId.Cc:
                return Addresses(header) is { } cc && (_mail.Cc = cc) is not null;
            case HeaderId.Subject:
                _mail.Subject = Clean(header.Value);
                return true;
            case HeaderId.Comments:
                _mail.Comments = Clean(header.Value);
                return true;
            case HeaderId.Keywords:
                AddAll(_mail.Keywords, Clean(header.Value).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
                return true;
            case HeaderId.MessageId:
                return Ids(header) is [var id] && (_mail.MessageId = id) is not null;
            case HeaderId.InReplyTo:
                return Ids(header) is { Count: > 0 } answered && (_mail.InReplyTo = string.Join(' ', answered)) is not null;
            case HeaderId.References:
                return Ids(header) is { Count: > 0 } references && AddAll(_mail.References, references);
            case HeaderId.Date:
                _mail.SendAt = MimeKit.Utils.DateUtils.TryParse(header.Value, out var date) ? date : null;
                return _mail.SendAt is not null;
            default:
                return false;
        }
    }

    private MailPart Part(MimeEntity entity)
    {
        var part = new MailPart
        {
            Type = entity.ContentType.MimeType is var type && MediaTypes.IsValid(type) ? type : entity is Multipart ? "multipart/mixed" : "application/octet-stream",
            Cid = entity.ContentId is { } cid && MimeNames.IsContentId(cid) ? cid : null,
            Disposition = entity.ContentDisposition is null ? null : entity.IsAttachment ? "attachment" : "inline",
            Name = (entity.ContentDisposition?.FileName ?? entity.ContentType.Name) is { Length: > 0 } name ? Clean(name) : null,
            Charset = entity.ContentType.Charset is { } charset && MimeNames.IsCharset(charset) ? charset : null,
            Location = entity.ContentLocation is { } location ? Clean(location.OriginalString) : null,
        };
        foreach (var parameter in entity.ContentType.Parameters)
        {
            if (parameter.Name.ToUpperInvariant() is not ("CHARSET" or "NAME" or "BOUNDARY") && MimeNames.IsParameter(parameter.Name))
                part.Parameters[parameter.Name] = Clean(parameter.Value);
        }
        ReadHeaders(entity, part);
        switch (entity)
        {
            case Multipart multipart:
                foreach (var sub in multipart)
                    part.SubParts.Add(Part(sub));
                // An empty multipart has nothing to carry.
                return multipart.Count > 0 ? part : Blob(part, []);
            case MessagePart { Message: { } inner }:
                return Blob(part, Bytes(s => inner.WriteTo(s)));
            case MimePart leaf:
                part.Encoding = leaf.Headers[HeaderId.ContentTransferEncoding]?.Trim();
                var bytes = leaf.Content is null ? [] : Bytes(s => leaf.Content.DecodeTo(s));
                return IsBodyText(part) ? Text(part, bytes) : Blob(part, bytes);
            default:
                return Blob(part, []);
        }
    }

    private static void ReadHeaders(MimeEntity entity, MailPart part)
    {
        foreach (var header in entity.Headers)
        {
            switch (header.Id)
            {
                case HeaderId.ContentLanguage:
                    AddAll(part.Language, Clean(header.Value).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
                    break;
                case HeaderId.ContentType or HeaderId.ContentDisposition or HeaderId.ContentId or HeaderId.ContentLocation
                    or HeaderId.ContentTransferEncoding or HeaderId.MimeVersion or HeaderId.ContentMd5:
                    break;
                default:
                    if (MimeNames.IsFieldName(header.Field))
                        part.Headers.Add(header.Field, Clean(header.Value));
                    break;
            }
        }
    }

    // The headers in a report are an attachment in any encoding: MimeKit takes those in 7bit for a message.
    private static bool IsBodyText(MailPart part) =>
        part.Type.StartsWith("text/", StringComparison.OrdinalIgnoreCase) && part.Disposition != "attachment" && part.Name is null
        && !part.Type.Equals("text/rfc822-headers", StringComparison.OrdinalIgnoreCase);

    private MailPart Text(MailPart part, byte[] bytes)
    {
        // Without a label it is ASCII (RFC 2045, section 5.2); what programs send so is UTF-8 at times.
        part.Charset ??= Ascii.IsValid(bytes) ? "us-ascii" : "utf-8";
        var text = Decoded(part.Charset, bytes);
        part.PartId = NextId();
        _mail.BodyValues![part.PartId] = text is null ? new MailBodyValue(Encoding.Latin1.GetString(bytes), IsEncodingProblem: true) : text;
        // A text that cannot be read is not to be written anew: its bytes are kept beside it.
        return text is null ? Blob(part, bytes) : part;
    }

    private MailPart Blob(MailPart part, byte[] bytes)
    {
        part.PartId ??= NextId();
        if (part.SubParts.Count == 0 && BodyStructureWalker.IsMultipart(part))
            part.Type = "application/octet-stream";
        part.Attachment = MailAttachment.FromBytes(bytes, part.Name, part.Cid, part.Type, part.Disposition);
        _mail.Attachments.Add(part.Attachment);
        return part;
    }

    private string NextId() => (++_lastPart).ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The text, where the bytes are text of this charset and nothing else.</summary>
    private static string? Decoded(string charset, byte[] bytes)
    {
        try
        {
            var encoding = Encoding.GetEncoding(charset, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
            return encoding.GetString(bytes);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            // UTF-7 is known, and switched off.
            return null;
        }
    }

    private static byte[] Bytes(Action<Stream> write)
    {
        using var memory = new MemoryStream();
        write(memory);
        return memory.ToArray();
    }

    private static EmailAddresses? Addresses(Header header)
    {
        if (!InternetAddressList.TryParse(header.RawValue, out var list))
            return null;
        var mailboxes = list.Mailboxes.Select(m => new EmailAddress(m.Address, string.IsNullOrEmpty(m.Name) ? null : Clean(m.Name))).ToList();
        return mailboxes.Count > 0 && mailboxes.TrueForAll(a => AddressSpec.Check(a.Email) is null) ? new EmailAddresses(mailboxes) : null;
    }

    private static IReadOnlyList<string>? Ids(Header header)
    {
        try
        {
            return MessageIds.ParseAll(header.Field, [header.Value]);
        }
        catch (EmailContentException)
        {
            return null;
        }
    }

    private static DateTimeOffset? DateAfterSemicolon(string value) =>
        MimeKit.Utils.DateUtils.TryParse(value[(value.LastIndexOf(';') + 1)..], out var date) ? date : null;

    /// <summary>What a header may hold: a control character that slipped into a received one becomes a blank.</summary>
    private static string Clean(string value) => string.Create(value.Length, value, static (span, text) =>
    {
        for (var i = 0; i < span.Length; i++)
            span[i] = char.IsControl(text[i]) ? ' ' : text[i];
    });

    private static bool AddAll(IList<string> to, IEnumerable<string> items)
    {
        foreach (var item in items)
            to.Add(item);
        return true;
    }
}
