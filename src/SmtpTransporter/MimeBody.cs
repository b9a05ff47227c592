using System.Text;
using MimeKit;

namespace SmtpTransport;

/// <summary>The tree of parts: <c>mixed(related(alternative(text, html), inline…), attachments…)</c>, each level only where it is needed.</summary>
internal static class MimeBody
{
    public static MimeEntity Build(Email mail, MimeFormat format, List<IDisposable> open)
    {
        MimeEntity? html = mail.HtmlBody is null ? null : Text("html", mail.HtmlBody, format.Body);
        var related = mail.Attachments.Where(a => html is not null && a.Cid is not null).ToList();
        if (related.Count > 0)
        {
            var multipart = new MultipartRelated { html! };
            related.ForEach(a => multipart.Add(Attachment(a, format, open)));
            html = multipart;
        }

        MimeEntity? text = mail.TextBody is null ? null : Text("plain", mail.TextBody, format.Body);
        var body = text is not null && html is not null
            ? new MultipartAlternative { text, html }
            : text ?? html ?? Text("plain", "", format.Body);

        var others = mail.Attachments.Except(related).ToList();
        if (others.Count == 0)
            return body;
        var mixed = new Multipart("mixed");
        if (mail.TextBody is not null || mail.HtmlBody is not null)
            mixed.Add(body);
        others.ForEach(a => mixed.Add(Attachment(a, format, open)));
        return mixed;
    }

    /// <summary>For a server without 8BITMIME: 8bit text becomes quoted-printable, where MimeKit would choose base64 for much of it.</summary>
    public static void MakeSevenBit(MimeMessage message)
    {
        foreach (var part in message.BodyParts.OfType<MimePart>())
        {
            if (part.ContentTransferEncoding == ContentEncoding.EightBit && part.ContentType.IsMimeType("text", "*"))
                part.ContentTransferEncoding = ContentEncoding.QuotedPrintable;
        }
    }

    private static MimePart Text(string subtype, string text, MailMode mode)
    {
        var normalized = WithCrlf(text);
        var (charset, encoding) = mode.ForBody(normalized);
        var bytes = charset.Encoding.GetBytes(normalized);
        var part = new MimePart("text", subtype)
        {
            Content = new MimeContent(new MemoryStream(bytes, writable: false)),
            ContentTransferEncoding = encoding is ContentEncoding.SevenBit or ContentEncoding.EightBit && !FitsInLines(bytes) ? mode.Armour : encoding,
        };
        part.ContentType.Charset = charset.Label;
        return part;
    }

    private static MimeEntity Attachment(MailAttachment attachment, MimeFormat format, List<IDisposable> open)
    {
        var label = attachment.Path ?? attachment.Name;
        Stream inner;
        try
        {
            inner = attachment.Open();
        }
        catch (Exception exception)
        {
            throw MailContentException.Unreadable(label, exception);
        }
        var content = new AttachmentContent(inner, label, attachment.LeavesOpen);
        open.Add(content);

        var type = MailCheck.Type(attachment);
        // RFC 2046, section 5.2.1: a message inside a message must not be encoded.
        MimeEntity part = type.IsMimeType("message", "rfc822")
            ? new MessagePart("rfc822", ReadMessage(content, label))
            : new MimePart(type) { Content = new MimeContent(content), ContentTransferEncoding = ContentEncoding.Base64 };
        var parameters = type.Parameters.Where(p => !p.Name.Equals("name", StringComparison.OrdinalIgnoreCase)).Select(p => KeyValuePair.Create(p.Name, p.Value)).ToList();
        part.ContentDisposition = new ContentDisposition(attachment.Disposition) { FileName = attachment.Name };
        part.ContentType.Name = attachment.Name;
        SetRaw(part, "Content-Type", $"{type.MediaType}/{type.MediaSubtype}", [.. parameters, KeyValuePair.Create("name", attachment.Name)], format);
        SetRaw(part, "Content-Disposition", attachment.Disposition, [KeyValuePair.Create("filename", attachment.Name)], format);
        if (attachment.Cid is not null)
            part.ContentId = attachment.Cid;
        return part;
    }

    private static MimeMessage ReadMessage(Stream content, string label)
    {
        try
        {
            return MimeMessage.Load(content);
        }
        catch (Exception exception)
        {
            throw MailContentException.Unreadable(label, exception);
        }
    }

    /// <summary>Writes a header that MimeKit has made from its object anew, with the parameters as the mail's format wants them.</summary>
    private static void SetRaw(MimeEntity part, string field, string value, IEnumerable<KeyValuePair<string, string>> parameters, MimeFormat format) =>
        part.Headers.First(h => h.Field.Equals(field, StringComparison.OrdinalIgnoreCase))
            .SetRawValue(Encoding.ASCII.GetBytes($" {ParameterText.Write(field, value, parameters, format)}\r\n"));

    /// <summary>RFC 5322, section 2.1.1: short lines, no NUL; and no line that an mbox would take for the next mail.</summary>
    private static bool FitsInLines(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            var end = text.IndexOf((byte)'\n');
            var line = (end < 0 ? text : text[..end]).TrimEnd((byte)'\r');
            if (line.Length > 998 || line.StartsWith("From "u8) || line.Contains((byte)0))
                return false;
            text = end < 0 ? [] : text[(end + 1)..];
        }
        return true;
    }

    /// <summary>CRLF for every line end, a lone CR or LF included: what a server could take for the end of the message must not pass.</summary>
    private static string WithCrlf(string text) =>
        text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Replace("\n", "\r\n", StringComparison.Ordinal);
}
