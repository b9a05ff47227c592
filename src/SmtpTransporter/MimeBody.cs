using System.Text;
using MimeKit;

namespace SmtpTransport;

/// <summary>The tree of parts: <c>mixed(related(alternative(text, html), inline…), attachments…)</c>, each level only where it is needed.</summary>
internal static class MimeBody
{
    public static MimeEntity Build(Email mail, ServerOptions options, List<IDisposable> open)
    {
        MimeEntity? html = mail.HtmlBody is null ? null : Text("html", mail.HtmlBody, options.BodyCharset);
        var related = mail.Attachments.Where(a => html is not null && a.Cid is not null).ToList();
        if (related.Count > 0)
        {
            var multipart = new MultipartRelated { html! };
            related.ForEach(a => multipart.Add(Attachment(a, open)));
            html = multipart;
        }

        MimeEntity? text = mail.TextBody is null ? null : Text("plain", mail.TextBody, options.BodyCharset);
        var body = text is not null && html is not null
            ? new MultipartAlternative { text, html }
            : text ?? html ?? Text("plain", "", options.BodyCharset);

        var others = mail.Attachments.Except(related).ToList();
        if (others.Count == 0)
            return body;
        var mixed = new Multipart("mixed");
        if (mail.TextBody is not null || mail.HtmlBody is not null)
            mixed.Add(body);
        others.ForEach(a => mixed.Add(Attachment(a, open)));
        return mixed;
    }

    private static MimePart Text(string subtype, string text, MailMode mode)
    {
        var normalized = WithCrlf(text);
        var ascii = System.Text.Ascii.IsValid(normalized) && !normalized.Contains('\0', StringComparison.Ordinal);
        var part = new MimePart("text", subtype)
        {
            Content = new MimeContent(new MemoryStream(Encoding.UTF8.GetBytes(normalized), writable: false)),
            ContentTransferEncoding = ascii && FitsInLines(normalized) ? ContentEncoding.SevenBit
                : mode == MailMode.Utf8Base64 ? ContentEncoding.Base64
                : ContentEncoding.QuotedPrintable,
        };
        part.ContentType.Charset = ascii ? "us-ascii" : "utf-8";
        return part;
    }

    private static MimeEntity Attachment(MailAttachment attachment, List<IDisposable> open)
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
        part.ContentDisposition = new ContentDisposition(attachment.Disposition);
        foreach (var (parameters, name) in new[] { (part.ContentDisposition.Parameters, "filename"), (part.ContentType.Parameters, "name") })
        {
            var parameter = new Parameter(Encoding.UTF8, name, attachment.Name) { EncodingMethod = ParameterEncodingMethod.Rfc2231 };
            parameters.Remove(name);
            parameters.Add(parameter);
        }
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

    /// <summary>RFC 5322, section 2.1.1, and no line that an mbox would take for the next mail.</summary>
    private static bool FitsInLines(string text)
    {
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (line.Length > 998 || line.StartsWith("From ", StringComparison.Ordinal))
                return false;
        }
        return true;
    }

    /// <summary>CRLF for every line end, a lone CR or LF included: what a server could take for the end of the message must not pass.</summary>
    private static string WithCrlf(string text) =>
        text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Replace("\n", "\r\n", StringComparison.Ordinal);
}
