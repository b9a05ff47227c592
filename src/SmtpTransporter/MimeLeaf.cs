using System.Text;
using MimeKit;
using MimeKit.IO;
using MimeKit.IO.Filters;

namespace SmtpTransport;

/// <summary>Writes parts that are no multipart: texts in the charset and encoding of the mail's mode, and attachments.</summary>
internal sealed class MimeLeaf(MimeFormat format, List<IDisposable> open)
{
    // Written from the part's own properties.
    private static readonly string[] OwnHeaders =
        ["Content-Type", "Content-Disposition", "Content-Transfer-Encoding", "Content-ID", "Content-Language", "Content-Location", "MIME-Version"];

    public MimePart Text(string subtype, string text) => Text(new MailPart { Type = $"text/{subtype}" }, text);

    public MimePart Text(MailPart source, string text)
    {
        var normalized = WithCrlf(text);
        var (charset, encoding) = format.Body.ForBody(normalized);
        var (label, bytes) = (charset.Label, charset.Encoding.GetBytes(normalized));
        if (source.Charset is not null && InCharset(source.Charset, normalized) is { } kept)
        {
            (label, bytes) = (source.Charset, kept);
            encoding = Ascii.IsValid(bytes) ? ContentEncoding.SevenBit : format.Body.Armour;
        }
        if (source.Encoding is not null && Enum.TryParse<ContentEncoding>(source.Encoding.Replace("-", "", StringComparison.Ordinal), true, out var wanted))
            encoding = Carries(wanted, bytes) ? wanted : format.Body.Armour;
        else if (!Carries(encoding, bytes))
            encoding = format.Body.Armour;

        var type = new PartType(MailCheck.Type(source), [.. source.Parameters, KeyValuePair.Create("charset", label)], source.Name);
        var part = new MimePart(type.Mime)
        {
            Content = new MimeContent(new MemoryStream(bytes, writable: false)),
            ContentTransferEncoding = encoding,
        };
        SetType(part, type);
        WriteHeaders(part, source);
        return part;
    }

    public MimeEntity Attachment(MailAttachment attachment)
    {
        var given = MailCheck.Type(attachment);
        var type = new PartType(given, given.Parameters.Where(p => p.Name is not "name").Select(p => KeyValuePair.Create(p.Name, p.Value)), attachment.Name);
        var part = Blob(attachment, type.Mime);
        SetType(part, type);
        SetDisposition(part, attachment.Disposition, attachment.Name);
        SetCid(part, attachment.Cid);
        return part;
    }

    public MimeEntity Attachment(MailPart source)
    {
        var type = new PartType(
            MailCheck.Type(source), source.Charset is null ? source.Parameters : source.Parameters.Append(KeyValuePair.Create("charset", source.Charset)), source.Name);
        var part = Blob(source.Attachment!, type.Mime);
        SetType(part, type);
        WriteHeaders(part, source);
        return part;
    }

    /// <summary>The fields of a part beside its type and its encoding.</summary>
    public void WriteHeaders(MimeEntity part, MailPart source)
    {
        if (source.Disposition is not null)
            SetDisposition(part, source.Disposition, source.Name);
        SetCid(part, source.Cid);
        Raw("Content-Language", source.Language.Count == 0 ? null : string.Join(", ", source.Language));
        Raw("Content-Location", source.Location);
        foreach (var header in source.Headers)
        {
            if (!string.IsNullOrEmpty(header.Name) && !OwnHeaders.Contains(header.Name, StringComparer.OrdinalIgnoreCase))
                Raw(header.Name, header.Value);
        }

        void Raw(string field, string? value)
        {
            if (value is null)
                return;
            var header = new Header(Encoding.UTF8, field, "x");
            header.SetRawValue(Encoding.UTF8.GetBytes($" {HeaderText.Unstructured(field, value, format.Header)}\r\n"));
            part.Headers.Add(header);
        }
    }

    private MimeEntity Blob(MailAttachment attachment, ContentType type)
    {
        var label = attachment.Path ?? attachment.Name;
        AttachmentContent content;
        try
        {
            content = new AttachmentContent(attachment.Open(), label, attachment.LeavesOpen);
        }
        catch (Exception exception)
        {
            throw MailContentException.Unreadable(label, exception);
        }
        open.Add(content);
        // RFC 2046, section 5.2.1: a message inside a message must not be encoded. What is none, or must not go to a server as it is, is all the same.
        if (type.IsMimeType("message", "rfc822") && Bytes(content) is { Length: > 0 } bytes && AreLines(bytes) && ReadMessage(content, label) is { } message)
            return new MessagePart("rfc822", message);
        // RFC 3464, 6522 and others: a report for programs must be 7bit where it can.
        var readable = (type.IsMimeType("message", "*") || type.IsMimeType("text", "rfc822-headers")) && Carries(ContentEncoding.SevenBit, Bytes(content));
        return new MimePart(type)
        {
            Content = new MimeContent(content),
            ContentTransferEncoding = readable ? ContentEncoding.SevenBit : ContentEncoding.Base64,
        };
    }

    private static MimeMessage? ReadMessage(Stream content, string label)
    {
        try
        {
            // Headers that are none are written as they were read: a lone LF must not get into them.
            var lines = new FilteredStream(content);
            lines.Add(new Unix2DosFilter());
            return MimeMessage.Load(lines);
        }
        catch (FormatException)
        {
            content.Position = 0;
            return null;
        }
        catch (Exception exception)
        {
            throw MailContentException.Unreadable(label, exception);
        }
    }

    private static byte[] Bytes(Stream content)
    {
        using var bytes = new MemoryStream();
        content.CopyTo(bytes);
        content.Position = 0;
        return bytes.ToArray();
    }

    private static byte[]? InCharset(string charset, string text)
    {
        try
        {
            var encoding = Encoding.GetEncoding(charset, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
            var bytes = encoding.GetBytes(text);
            // RFC 2046, section 4.1.1: a text's line ends are the octets CR LF, which UTF-16 and UTF-32 have in no text.
            return encoding.GetString(bytes) == text && encoding.GetBytes("\r\n") is [(byte)'\r', (byte)'\n'] ? bytes : null;
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            // UTF-7 is known, and switched off.
            return null;
        }
    }

    /// <summary>
    /// Whether the encoding takes the bytes as they are: RFC 5322, section 2.1.1 (short lines, no NUL), and no line that an mbox would take for
    /// the next mail.
    /// </summary>
    private static bool Carries(ContentEncoding encoding, ReadOnlySpan<byte> bytes)
    {
        if (encoding is ContentEncoding.QuotedPrintable or ContentEncoding.Base64)
            return true;
        if (encoding is not (ContentEncoding.SevenBit or ContentEncoding.EightBit) || (encoding == ContentEncoding.SevenBit && !Ascii.IsValid(bytes)))
            return false;
        return !bytes.StartsWith("From "u8) && bytes.IndexOf("\nFrom "u8) < 0 && AreLines(bytes);
    }

    /// <summary>RFC 5322, sections 2.1.1 and 2.3: no line is too long, and nothing but line ends has a CR. A lone LF is made one by whoever writes.</summary>
    private static bool AreLines(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var end = bytes.IndexOf((byte)'\n');
            var line = end < 0 ? bytes : bytes[..end];
            if (end >= 0 && line.EndsWith("\r"u8))
                line = line[..^1];
            if (line.Length > 998 || line.ContainsAny((byte)0, (byte)'\r'))
                return false;
            bytes = end < 0 ? [] : bytes[(end + 1)..];
        }
        return true;
    }

    private void SetType(MimeEntity part, PartType type)
    {
        // A message inside a message has a type of its own.
        if (part is MessagePart)
        {
            foreach (var (key, value) in type.Parameters)
                part.ContentType.Parameters[key] = value;
        }
        SetRaw(part, "Content-Type", $"{type.Mime.MediaType}/{type.Mime.MediaSubtype}", type.Parameters);
    }

    private void SetDisposition(MimeEntity part, string disposition, string? name)
    {
        var whole = new ContentDisposition(disposition);
        if (name is not null)
            whole.FileName = name;
        part.ContentDisposition = whole;
        SetRaw(part, "Content-Disposition", disposition, name is null ? [] : [KeyValuePair.Create("filename", name)]);
    }

    // Not through the property: it refuses ids that programs write, such as those with a bracket.
    private static void SetCid(MimeEntity part, string? cid)
    {
        if (cid is null)
            return;
        var header = new Header(Encoding.UTF8, HeaderId.ContentId, "x");
        header.SetRawValue(Encoding.ASCII.GetBytes($" <{cid}>\r\n"));
        part.Headers.Replace(header);
    }

    /// <summary>Writes a header that MimeKit has made from its object anew, with the parameters as the mail's format wants them.</summary>
    private void SetRaw(MimeEntity part, string field, string value, IEnumerable<KeyValuePair<string, string>> parameters) =>
        part.Headers.First(h => h.Field.Equals(field, StringComparison.OrdinalIgnoreCase))
            .SetRawValue(Encoding.ASCII.GetBytes($" {ParameterText.Write(field, value, parameters, format)}\r\n"));

    /// <summary>CRLF for every line end, a lone CR or LF included: what a server could take for the end of the message must not pass.</summary>
    private static string WithCrlf(string text) =>
        text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Replace("\n", "\r\n", StringComparison.Ordinal);

    /// <summary>A part's type, whole before the part is made from it: each later change would write its header anew.</summary>
    private sealed class PartType
    {
        public PartType(ContentType given, IEnumerable<KeyValuePair<string, string>> parameters, string? name)
        {
            Parameters = [.. parameters];
            if (name is not null)
                Parameters.Add(KeyValuePair.Create("name", name));
            Mime = new ContentType(given.MediaType, given.MediaSubtype);
            foreach (var (key, value) in Parameters)
                Mime.Parameters[key] = value;
        }

        public ContentType Mime { get; }

        public List<KeyValuePair<string, string>> Parameters { get; }
    }
}
