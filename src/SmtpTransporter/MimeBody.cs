namespace SmtpTransport;

/// <summary>
/// The tree of a mail's parts: that of its <see cref="Email.BodyStructure"/>, or <c>mixed(related(alternative(text, html), inline…),
/// attachments…)</c>, each level only where it is needed.
/// </summary>
internal sealed class MimeBody(Email mail, MimeFormat format, List<IDisposable> open)
{
    private readonly MimeLeaf _leaf = new(format, open);

    /// <summary>The root; its fields go into the message's own.</summary>
    public MimeNode Build() => mail.BodyStructure is { } root ? FromTree(root, [.. mail.Attachments]) : FromBodies();

    private MimeNode FromBodies()
    {
        var html = mail.HtmlBody is null ? null : Text("text/html", mail.HtmlBody);
        var related = html is null ? [] : mail.Attachments.Where(a => a.Cid is not null).ToList();
        if (related.Count > 0)
            html = Multipart("related", [html!, .. related.Select(Attachment)], KeyValuePair.Create("type", "text/html"));

        var alternatives = new List<MimeNode>(3);
        if (mail.TextBody is not null)
            alternatives.Add(Text("text/plain", mail.TextBody));
        if (html is not null)
            alternatives.Add(html);
        if (mail.Calendar is not null)
            alternatives.Add(Calendar(mail.Calendar));
        var body = alternatives.Count switch
        {
            0 => null,
            1 => alternatives[0],
            _ => Multipart("alternative", alternatives),
        };
        if (mail.Attachments.Count == related.Count)
            return body ?? _leaf.Text("text/plain", "");
        var others = mail.Attachments.Where(a => !related.Contains(a)).Select(Attachment);
        return Multipart("mixed", body is null ? others : others.Prepend(body));
    }

    private MimeNode Text(string type, string text) => mail.Shared is { } shared ? shared.Text(type, text, _leaf, format) : _leaf.Text(type, text);

    private MimeNode Attachment(MailAttachment attachment) => mail.Shared is { } shared ? shared.Attachment(attachment, _leaf, format) : _leaf.Attachment(attachment);

    // In UTF-8 and marked with its method, as RFC 6047 wants it; programs look for it as the last alternative.
    private MimeNode Calendar(MailCalendar calendar) => _leaf.Text(
        new MailPart { Type = "text/calendar", Charset = "utf-8", Parameters = { ["method"] = calendar.Method } }, calendar.Content);

    private MimeNode FromTree(MailPart root, HashSet<MailAttachment> attached)
    {
        var body = MailTree.IsWritten(attached, root) ? Part(root, attached) : null;
        var inTree = MailTree.Parts(root).Select(p => p.Attachment).ToHashSet();
        var others = mail.Attachments.Where(a => !inTree.Contains(a)).Select(Attachment).ToList();
        if (others.Count == 0)
            return body ?? _leaf.Text("text/plain", "");
        if (body is null || !string.Equals(root.Type, "multipart/mixed", StringComparison.OrdinalIgnoreCase))
            return Multipart("mixed", body is null ? others : others.Prepend(body));
        body.Parts.AddRange(others);
        return body;
    }

    private MimeNode Part(MailPart part, HashSet<MailAttachment> attached)
    {
        if (!MailTree.IsMultipart(part))
            return part.Attachment is null ? _leaf.Text(part, mail.BodyValues![part.PartId!].Value) : _leaf.Attachment(part);
        var parts = part.SubParts.Where(p => MailTree.IsWritten(attached, p)).Select(p => Part(p, attached));
        var multipart = Multipart(MailCheck.Type(part).MediaSubtype, parts, [.. part.Parameters.Where(p => !p.Key.Equals("boundary", StringComparison.OrdinalIgnoreCase))]);
        _leaf.WriteFields(multipart, part);
        return multipart;
    }

    private MimeNode Multipart(string subtype, IEnumerable<MimeNode> parts, params KeyValuePair<string, string>[] parameters)
    {
        var boundary = $"=-{Convert.ToBase64String(Guid.NewGuid().ToByteArray())}";
        var multipart = new MimeNode { Boundary = boundary };
        multipart.Add("Content-Type", ParameterText.Write("Content-Type", $"multipart/{subtype}", [.. parameters, KeyValuePair.Create("boundary", boundary)], format));
        multipart.Parts.AddRange(parts);
        return multipart;
    }
}
