using MimeKit;

namespace SmtpTransport;

/// <summary>
/// The tree of a mail's parts: that of its <see cref="Email.BodyStructure"/>, or <c>mixed(related(alternative(text, html), inline…),
/// attachments…)</c>, each level only where it is needed.
/// </summary>
internal sealed class MimeBody(Email mail, MimeFormat format, List<IDisposable> open)
{
    private readonly MimeLeaf _leaf = new(format, open);
    private readonly HashSet<MailAttachment> _attached = [.. mail.Attachments];

    public MimeEntity Build() => mail.BodyStructure is { } root ? FromTree(root) : FromBodies();

    /// <summary>For a server without 8BITMIME: 8bit text becomes quoted-printable, where MimeKit would choose base64 for much of it.</summary>
    public static void MakeSevenBit(MimeMessage message)
    {
        foreach (var part in message.BodyParts)
        {
            if (part is MessagePart { Message: { } inner })
                MakeSevenBit(inner);
            else if (part is MimePart { ContentTransferEncoding: ContentEncoding.EightBit } text && text.ContentType.IsMimeType("text", "*"))
                text.ContentTransferEncoding = ContentEncoding.QuotedPrintable;
        }
    }

    private MimeEntity FromBodies()
    {
        MimeEntity? html = mail.HtmlBody is null ? null : _leaf.Text("html", mail.HtmlBody);
        var related = mail.Attachments.Where(a => html is not null && a.Cid is not null).ToList();
        if (related.Count > 0)
        {
            var multipart = new MultipartRelated { html! };
            related.ForEach(a => multipart.Add(_leaf.Attachment(a)));
            html = multipart;
        }

        MimeEntity? text = mail.TextBody is null ? null : _leaf.Text("plain", mail.TextBody);
        MimeEntity? calendar = mail.Calendar is null ? null : Calendar(mail.Calendar);
        var alternatives = new[] { text, html, calendar }.OfType<MimeEntity>().ToList();
        var body = alternatives.Count switch
        {
            0 => _leaf.Text("plain", ""),
            1 => alternatives[0],
            _ => Alternative(alternatives),
        };

        var others = mail.Attachments.Where(a => !related.Contains(a)).ToList();
        return others.Count == 0 ? body : Mixed(alternatives.Count == 0 ? null : body, others);
    }

    // In UTF-8 and marked with its method, as RFC 6047 wants it; programs look for it as the last alternative.
    private MimePart Calendar(MailCalendar calendar) => _leaf.Text(
        new MailPart { Type = "text/calendar", Charset = "utf-8", Parameters = { ["method"] = calendar.Method } }, calendar.Content);

    private static MultipartAlternative Alternative(List<MimeEntity> parts)
    {
        var alternative = new MultipartAlternative();
        parts.ForEach(alternative.Add);
        return alternative;
    }

    private MimeEntity FromTree(MailPart root)
    {
        var body = MailTree.IsWritten(_attached, root) ? Part(root) : null;
        var inTree = MailTree.Parts(root).Select(p => p.Attachment).ToHashSet();
        var others = mail.Attachments.Where(a => !inTree.Contains(a)).ToList();
        if (others.Count == 0)
            return body ?? _leaf.Text("plain", "");
        if (body is not Multipart { ContentType.MediaSubtype: "mixed" } mixed)
            return Mixed(body, others);
        others.ForEach(a => mixed.Add(_leaf.Attachment(a)));
        return mixed;
    }

    private MimeEntity Part(MailPart part)
    {
        if (!MailTree.IsMultipart(part))
            return part.Attachment is null ? _leaf.Text(part, mail.BodyValues![part.PartId!].Value) : _leaf.Attachment(part);
        var multipart = new Multipart(MailCheck.Type(part).MediaSubtype);
        // MimeKit writes an empty value without quotes, and nobody can read the boundary after it.
        foreach (var (name, value) in part.Parameters.Where(p => p.Value.Length > 0))
            multipart.ContentType.Parameters.Add(name, value);
        foreach (var sub in part.SubParts.Where(p => MailTree.IsWritten(_attached, p)))
            multipart.Add(Part(sub));
        _leaf.WriteHeaders(multipart, part);
        return multipart;
    }

    private Multipart Mixed(MimeEntity? body, List<MailAttachment> attachments)
    {
        var mixed = new Multipart("mixed");
        if (body is not null)
            mixed.Add(body);
        attachments.ForEach(a => mixed.Add(_leaf.Attachment(a)));
        return mixed;
    }
}
