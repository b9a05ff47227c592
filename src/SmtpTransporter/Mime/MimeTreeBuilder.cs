namespace SmtpTransport;

/// <summary>
/// The tree of a mail's parts: that of its <see cref="Email.BodyStructure"/>, or <c>mixed(related(alternative(text, html), inline…),
/// attachments…)</c>, each level only where it is needed.
/// </summary>
internal sealed class MimeTreeBuilder(Email email, MimeWriteOptions format, List<IDisposable> open)
{
    private readonly MimePartFactory _leaf = new(format, open);

    /// <summary>The root; its fields go into the message's own.</summary>
    public MimeNode Build() => email.BodyStructure is { } root ? FromTree(root, [.. email.Attachments]) : FromBodies();

    private MimeNode FromBodies()
    {
        var html = email.HtmlBody is null ? null : Text("text/html", email.HtmlBody);
        var related = html is null ? [] : email.Attachments.Where(a => a.Cid is not null).ToList();
        if (related.Count > 0)
            html = Multipart("related", [html!, .. related.Select(Attachment)], KeyValuePair.Create("type", "text/html"));

        var alternatives = new List<MimeNode>(3);
        if (email.TextBody is not null)
            alternatives.Add(Text("text/plain", email.TextBody));
        if (html is not null)
            alternatives.Add(html);
        if (email.Calendar is not null)
            alternatives.Add(Calendar(email.Calendar));
        var body = alternatives.Count switch
        {
            0 => null,
            1 => alternatives[0],
            _ => Multipart("alternative", alternatives),
        };
        if (email.Attachments.Count == related.Count)
            return body ?? _leaf.Text("text/plain", "");
        var others = email.Attachments.Where(a => !related.Contains(a)).Select(Attachment);
        return Multipart("mixed", body is null ? others : others.Prepend(body));
    }

    private MimeNode Text(string type, string text) => email.Shared is { } shared ? shared.Text(type, text, _leaf, format) : _leaf.Text(type, text);

    private MimeNode Attachment(MailAttachment attachment) => email.Shared is { } shared ? shared.Attachment(attachment, _leaf, format) : _leaf.Attachment(attachment);

    // In UTF-8 and marked with its method, as RFC 6047 wants it; programs look for it as the last alternative.
    private MimeNode Calendar(MailCalendar calendar) => _leaf.Text(
        new MailPart { Type = "text/calendar", Charset = "utf-8", Parameters = { ["method"] = calendar.Method } }, calendar.Content);

    private MimeNode FromTree(MailPart root, HashSet<MailAttachment> attached)
    {
        var body = BodyStructureWalker.IsWritten(attached, root) ? Part(root, attached) : null;
        var inTree = BodyStructureWalker.Parts(root).Select(p => p.Attachment).ToHashSet();
        var others = email.Attachments.Where(a => !inTree.Contains(a)).Select(Attachment).ToList();
        if (others.Count == 0)
            return body ?? _leaf.Text("text/plain", "");
        if (body is null || !string.Equals(root.Type, "multipart/mixed", StringComparison.OrdinalIgnoreCase))
            return Multipart("mixed", body is null ? others : others.Prepend(body));
        body.Parts.AddRange(others);
        return body;
    }

    private MimeNode Part(MailPart part, HashSet<MailAttachment> attached)
    {
        if (!BodyStructureWalker.IsMultipart(part))
            return part.Attachment is null ? _leaf.Text(part, email.BodyValues![part.PartId!].Value) : _leaf.Attachment(part);
        var parts = part.SubParts.Where(p => BodyStructureWalker.IsWritten(attached, p)).Select(p => Part(p, attached));
        var multipart = Multipart(EmailValidator.Type(part).MediaSubtype, parts, [.. part.Parameters.Where(p => !p.Key.Equals("boundary", StringComparison.OrdinalIgnoreCase))]);
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
