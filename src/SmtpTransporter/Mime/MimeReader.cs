using System.Text;
using MimeKit;

namespace SmtpTransport;

/// <summary>Reads a MIME message into an email. Fields that the model has no property for become <see cref="Email.Headers"/>.</summary>
internal sealed class MimeReader
{
    // Written anew with each message, or valid for one transport only.
    private static readonly HeaderId[] Excluded = [HeaderId.MimeVersion, HeaderId.ReturnPath, HeaderId.Bcc];

    private readonly Email _email = new() { BodyValues = new Dictionary<string, MailBodyValue>() };
    private int _lastPart;

    /// <summary>Reads a message from the current position of a stream to its end.</summary>
    /// <exception cref="FormatException">The stream does not contain a message.</exception>
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
            _email.BodyStructure = Part(body);
        else
            (_email.BodyStructure, _email.BodyValues) = (null, null);
        return _email;
    }

    private void ReadHeaders(HeaderList headers)
    {
        var seen = new HashSet<HeaderId>();
        foreach (var header in headers)
        {
            if (!MimeNames.IsFieldName(header.Field))
                continue;
            if (Excluded.Contains(header.Id))
                ReadExcluded(header);
            else if (header.Field.StartsWith("Content-", StringComparison.OrdinalIgnoreCase))
                continue;
            else if (!IsFirst(header) || !TryReadProperty(header))
                KeepHeader(header);
            if (header.Id == HeaderId.Received)
                _email.ReceivedAt ??= DateAfterSemicolon(header.Value);
        }

        // A second Subject or From has no property, and remains a header.
        bool IsFirst(Header header) => header.Id != HeaderId.Unknown && seen.Add(header.Id);
    }

    // A Message-ID that is not valid would only prevent a new one.
    private void KeepHeader(Header header)
    {
        if (header.Id != HeaderId.MessageId)
            _email.Headers.Add(header.Field, Clean(header.Value));
    }

    private void ReadExcluded(Header header)
    {
        if (header.Id == HeaderId.Bcc)
            _email.Bcc = Addresses(header) ?? [];
        else if (header.Id == HeaderId.ReturnPath)
            _email.ReturnPath = ReturnPath(header);
    }

    private static string? ReturnPath(Header header)
    {
        var path = Clean(header.Value).Trim(' ', '<', '>');
        return path.Length == 0 || AddressSpec.Check(path) is null ? path : null;
    }

    /// <returns>False if the email has no property for the header, or the header is not valid: it is then kept as it is.</returns>
    private bool TryReadProperty(Header header) => header.Id switch
    {
        HeaderId.From => TryReadAddresses(header, from => _email.From = from),
        HeaderId.Sender => TryReadAddresses(header, sender => _email.Sender = sender, maxCount: 1),
        HeaderId.ReplyTo => TryReadAddresses(header, replyTo => _email.ReplyTo = replyTo),
        HeaderId.To => TryReadAddresses(header, to => _email.To = to),
        HeaderId.Cc => TryReadAddresses(header, cc => _email.Cc = cc),
        HeaderId.MessageId => TryReadIds(header, ids => _email.MessageId = ids[0], maxCount: 1),
        HeaderId.InReplyTo => TryReadIds(header, ids => _email.InReplyTo = string.Join(' ', ids)),
        HeaderId.References => TryReadIds(header, ids => AddAll(_email.References, ids)),
        HeaderId.Date => TryReadDate(header),
        _ => TryReadText(header),
    };

    private bool TryReadText(Header header)
    {
        switch (header.Id)
        {
            case HeaderId.Subject:
                _email.Subject = Clean(header.Value);
                return true;
            case HeaderId.Comments:
                _email.Comments = Clean(header.Value);
                return true;
            case HeaderId.Keywords:
                AddAll(_email.Keywords, CommaSeparated(header));
                return true;
            default:
                return false;
        }
    }

    private static bool TryReadAddresses(Header header, Action<EmailAddresses> set, int maxCount = int.MaxValue)
    {
        if (Addresses(header) is not { } addresses || addresses.Count > maxCount)
            return false;
        set(addresses);
        return true;
    }

    private static bool TryReadIds(Header header, Action<IReadOnlyList<string>> set, int maxCount = int.MaxValue)
    {
        if (Ids(header) is not { Count: > 0 } ids || ids.Count > maxCount)
            return false;
        set(ids);
        return true;
    }

    private bool TryReadDate(Header header)
    {
        _email.SendAt = MimeKit.Utils.DateUtils.TryParse(header.Value, out var date) ? date : null;
        return _email.SendAt is not null;
    }

    private MailPart Part(MimeEntity entity)
    {
        var part = ReadProperties(entity);
        ReadHeaders(entity, part);
        return entity switch
        {
            Multipart { Count: > 0 } multipart => WithSubParts(part, multipart),
            MessagePart { Message: { } inner } => Blob(part, Bytes(s => inner.WriteTo(s))),
            MimePart leaf => Leaf(part, leaf),
            // An empty multipart has no content.
            _ => Blob(part, []),
        };
    }

    private static MailPart ReadProperties(MimeEntity entity)
    {
        var (type, disposition) = (entity.ContentType, entity.ContentDisposition);
        var part = new MailPart
        {
            Type = MediaTypes.IsValid(type.MimeType) ? type.MimeType : entity is Multipart ? "multipart/mixed" : "application/octet-stream",
            Cid = entity.ContentId is { } cid && MimeNames.IsContentId(cid) ? cid : null,
            Disposition = disposition is null ? null : entity.IsAttachment ? "attachment" : "inline",
            Name = (disposition?.FileName ?? type.Name) is { Length: > 0 } name ? Clean(name) : null,
            Charset = type.Charset is { } charset && MimeNames.IsCharset(charset) ? charset : null,
            Location = entity.ContentLocation is { } location ? Clean(location.OriginalString) : null,
        };
        foreach (var parameter in type.Parameters)
        {
            if (parameter.Name.ToUpperInvariant() is not ("CHARSET" or "NAME" or "BOUNDARY") && MimeNames.IsParameter(parameter.Name))
                part.Parameters[parameter.Name] = Clean(parameter.Value);
        }
        return part;
    }

    private MailPart WithSubParts(MailPart part, Multipart multipart)
    {
        foreach (var entity in multipart)
            part.SubParts.Add(Part(entity));
        return part;
    }

    private MailPart Leaf(MailPart part, MimePart leaf)
    {
        part.Encoding = leaf.Headers[HeaderId.ContentTransferEncoding]?.Trim();
        var bytes = leaf.Content is null ? [] : Bytes(s => leaf.Content.DecodeTo(s));
        return IsBodyText(part) ? Text(part, bytes) : Blob(part, bytes);
    }

    private static void ReadHeaders(MimeEntity entity, MailPart part)
    {
        foreach (var header in entity.Headers)
        {
            switch (header.Id)
            {
                case HeaderId.ContentLanguage:
                    AddAll(part.Language, CommaSeparated(header));
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

    // The headers in a report are an attachment in any encoding: MimeKit reads those in 7bit as a message.
    private static bool IsBodyText(MailPart part) =>
        part.Type.StartsWith("text/", StringComparison.OrdinalIgnoreCase) && part.Disposition != "attachment" && part.Name is null
        && !part.Type.Equals("text/rfc822-headers", StringComparison.OrdinalIgnoreCase);

    private MailPart Text(MailPart part, byte[] bytes)
    {
        // Without a charset it is ASCII (RFC 2045, section 5.2), but some programs send UTF-8.
        part.Charset ??= Ascii.IsValid(bytes) ? "us-ascii" : "utf-8";
        var text = Decoded(part.Charset, bytes);
        part.PartId = NextId();
        _email.BodyValues![part.PartId] =
            text is null ? new MailBodyValue(Encoding.Latin1.GetString(bytes), IsEncodingProblem: true) : text;
        // A text that cannot be decoded must not be written anew: its bytes become an attachment.
        return text is null ? Blob(part, bytes) : part;
    }

    private MailPart Blob(MailPart part, byte[] bytes)
    {
        part.PartId ??= NextId();
        if (part.SubParts.Count == 0 && BodyStructureWalker.IsMultipart(part))
            part.Type = "application/octet-stream";
        part.Attachment = MailAttachment.FromBytes(bytes, part.Name, part.Cid, part.Type, part.Disposition);
        _email.Attachments.Add(part.Attachment);
        return part;
    }

    private string NextId() => (++_lastPart).ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Returns the text; null if the bytes are not valid in this charset.</summary>
    private static string? Decoded(string charset, byte[] bytes)
    {
        try
        {
            var encoding = Encoding.GetEncoding(charset, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
            return encoding.GetString(bytes);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            // UTF-7 is known, but disabled.
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
        var mailboxes = list.Mailboxes
            .Select(m => new EmailAddress(m.Address, string.IsNullOrEmpty(m.Name) ? null : Clean(m.Name)))
            .ToList();
        return mailboxes.Count > 0 && mailboxes.TrueForAll(a => AddressSpec.Check(a.Email) is null) ? new EmailAddresses(mailboxes) : null;
    }

    private static string[] CommaSeparated(Header header) =>
        Clean(header.Value).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

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

    /// <summary>Replaces control characters of a received header by spaces, because it could not be written with them.</summary>
    private static string Clean(string value) => string.Create(value.Length, value, static (span, text) =>
    {
        for (var i = 0; i < span.Length; i++)
            span[i] = char.IsControl(text[i]) ? ' ' : text[i];
    });

    private static void AddAll(IList<string> to, IEnumerable<string> items)
    {
        foreach (var item in items)
            to.Add(item);
    }
}
