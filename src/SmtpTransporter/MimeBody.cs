using MimeKit;

namespace SmtpTransport;

/// <summary>
/// The tree of a mail's parts: that of its <see cref="Email.BodyStructure"/>, or <c>mixed(related(alternative(text, html), inline…),
/// attachments…)</c>, each level only where it is needed.
/// </summary>
internal sealed class MimeBody(Email mail, MimeFormat format, List<IDisposable> open)
{
    private readonly MimeLeaf _leaf = new(format, open);

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
        var body = text is not null && html is not null
            ? new MultipartAlternative { text, html }
            : text ?? html ?? _leaf.Text("plain", "");

        var others = mail.Attachments.Except(related).ToList();
        return others.Count == 0 ? body : Mixed(mail.TextBody is null && mail.HtmlBody is null ? null : body, others);
    }

    private MimeEntity FromTree(MailPart root)
    {
        var body = MailTree.IsWritten(mail, root) ? Part(root) : null;
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
        foreach (var (name, value) in part.Parameters)
            multipart.ContentType.Parameters.Add(name, value);
        foreach (var sub in part.SubParts.Where(p => MailTree.IsWritten(mail, p)))
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
