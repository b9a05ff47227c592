namespace SmtpTransport;

/// <summary>
/// Builds the tree of an email's parts: that of its <see cref="Email.BodyStructure"/>, or <c>mixed(related(alternative(text, html),
/// inline…), attachments…)</c>, each level only if it is needed.
/// </summary>
/// <param name="async">Whether attachments that must be read now are read without blocking a thread.</param>
/// <param name="email">A checked email.</param>
/// <param name="options">How the parts are written.</param>
/// <param name="open">Receives the attachments that are opened.</param>
/// <param name="cancellationToken">Cancels reading attachments.</param>
internal sealed class MimeTreeBuilder(
    bool async, Email email, MimeWriteOptions options, List<IDisposable> open, CancellationToken cancellationToken)
{
    private readonly MimePartFactory _parts = new(async, email, options, open, cancellationToken);
    private ReceivedParts? _received;
    private readonly string? _html = email.HtmlBody;
    private HashSet<string>? _shown;
    private RelatedImages? _images;

    private ReceivedParts Received => _received ??= new(email, options);

    /// <summary>Returns the root, whose fields belong to the message.</summary>
    /// <exception cref="EmailContentException">An attachment cannot be opened or read.</exception>
    public ValueTask<MimeNode> BuildAsync() =>
        email.BodyStructure is { } root ? FromStructureAsync(root, [.. email.Attachments]) : FromBodiesAsync();

    private async ValueTask<MimeNode> FromBodiesAsync()
    {
        var body = await AlternativesAsync().ConfigureAwait(false);
        if (email.Attachments.Count == 0 || email.Attachments.All(IsRelated))
            return body ?? _parts.CreateText("text/plain", "");
        var files = await AttachmentsAsync(attachment => !IsRelated(attachment)).ConfigureAwait(false);
        return Multipart("mixed", body is null ? files : [body, .. files]);
    }

    private async ValueTask<MimeNode?> AlternativesAsync()
    {
        var alternatives = new List<MimeNode>(3);
        if (email.TextBody is { } text)
            alternatives.Add(await TextAsync("text/plain", text).ConfigureAwait(false));
        foreach (var alternative in email.Alternatives)
            alternatives.Add(await TextAsync(alternative.Type, alternative.Content).ConfigureAwait(false));
        if (_html is { } html)
            alternatives.Add(await HtmlAsync(html).ConfigureAwait(false));
        if (email.Calendar is { } calendar)
            alternatives.Add(Calendar(calendar));
        return alternatives.Count switch
        {
            0 => null,
            1 => alternatives[0],
            _ => Multipart("alternative", alternatives),
        };
    }

    private async ValueTask<MimeNode> HtmlAsync(string html)
    {
        var node = await TextAsync("text/html", html).ConfigureAwait(false);
        return email.Attachments.Any(IsRelated) ? await RelatedAsync(node, IsRelated).ConfigureAwait(false) : node;
    }

    private async ValueTask<MimeNode> RelatedAsync(MimeNode html, Func<MailAttachment, bool> isIncluded)
    {
        var images = await AttachmentsAsync(isIncluded).ConfigureAwait(false);
        return Multipart("related", [html, .. images], KeyValuePair.Create("type", "text/html"));
    }

    // A file that the HTML does not show is none of its resources (RFC 2387, section 3), although it has a Content-ID: readers hide those.
    private bool IsRelated(MailAttachment attachment) =>
        attachment.Cid is not null && _html is not null
        && (!attachment.Disposition.Equals("attachment", StringComparison.OrdinalIgnoreCase)
            || (_shown ??= CidReferences.Find(_html)).Contains(attachment.Cid));

    private ValueTask<MimeNode> TextAsync(string type, string text) =>
        email.Shared is { } cache && cache.IsShared(text)
            ? cache.GetOrCreateAsync(async, text, type, options, () => new(_parts.CreateText(type, text)), cancellationToken)
            : new(_parts.CreateText(type, text));

    private ValueTask<MimeNode> AttachmentAsync(MailAttachment attachment) =>
        email.Shared is { } cache && cache.IsShared(attachment)
            ? cache.GetOrCreateAsync(async, attachment, "", options, () => _parts.CreateAttachmentAsync(attachment), cancellationToken)
            : _parts.CreateAttachmentAsync(attachment);

    private async ValueTask<List<MimeNode>> AttachmentsAsync(Func<MailAttachment, bool> isIncluded)
    {
        var nodes = new List<MimeNode>();
        foreach (var attachment in email.Attachments)
        {
            if (isIncluded(attachment))
                nodes.Add(await AttachmentAsync(attachment).ConfigureAwait(false));
        }
        return nodes;
    }

    // RFC 6047 asks for UTF-8 and the method; mail programs look for it as the last alternative.
    private MimeNode Calendar(MailCalendar calendar) => _parts.CreateText(
        new MailPart { Type = "text/calendar", Charset = "utf-8", Parameters = { ["method"] = calendar.Method } }, calendar.Content);

    private async ValueTask<MimeNode> FromStructureAsync(MailPart root, HashSet<MailAttachment> attached)
    {
        var inTree = BodyStructureWalker.Parts(root).Select(p => p.Attachment).OfType<MailAttachment>().ToHashSet();
        var images = email.Attachments.Where(a => !inTree.Contains(a) && IsRelated(a));
        _images = RelatedImages.Find(root, BodyTexts.Find(email, "text/html"), images);
        if (_images is not null)
            inTree.UnionWith(_images.Images);
        var added = await AttachmentsAsync(attachment => !inTree.Contains(attachment)).ConfigureAwait(false);
        if (!BodyStructureWalker.IsWritten(attached, root))
            return added.Count == 0 ? _parts.CreateText("text/plain", "") : Multipart("mixed", added);
        if (string.Equals(root.Type, "multipart/mixed", StringComparison.OrdinalIgnoreCase))
            return await PartAsync(root, attached, added).ConfigureAwait(false);
        var body = await PartAsync(root, attached, []).ConfigureAwait(false);
        return added.Count == 0 ? body : Multipart("mixed", [body, .. added]);
    }

    private async ValueTask<MimeNode> PartAsync(MailPart part, HashSet<MailAttachment> attached, List<MimeNode> added)
    {
        if (!BodyStructureWalker.IsMultipart(part))
        {
            var leaf = await LeafAsync(part).ConfigureAwait(false);
            return part == _images?.Home ? await RelatedAsync(leaf, _images.Images.Contains).ConfigureAwait(false) : leaf;
        }
        var parts = new List<(MailPart? Part, MimeNode Node)>(part.SubParts.Count + added.Count);
        foreach (var subPart in part.SubParts)
        {
            if (BodyStructureWalker.IsWritten(attached, subPart))
                parts.Add((subPart, await PartAsync(subPart, attached, []).ConfigureAwait(false)));
        }
        if (part == _images?.Home)
            parts.AddRange((await AttachmentsAsync(_images.Images.Contains).ConfigureAwait(false)).Select(New));
        parts.AddRange(added.Select(New));
        if (Received.TryCreateMultipart(part, parts) is { } multipart)
            return multipart;
        var parameters = part.Parameters.Where(p => !p.Key.Equals("boundary", StringComparison.OrdinalIgnoreCase));
        multipart = Multipart(MediaTypes.Parse(part).MediaSubtype, [.. parts.Select(p => p.Node)], [.. parameters]);
        MimePartFields.Add(multipart, part, options);
        return multipart;

        static (MailPart?, MimeNode) New(MimeNode node) => (null, node);
    }

    private async ValueTask<MimeNode> LeafAsync(MailPart part)
    {
        if (Received.TryCreateLeaf(part) is { } kept)
            return kept;
        if (part.Attachment is not null)
            return await _parts.CreateAttachmentAsync(part).ConfigureAwait(false);
        var text = email.BodyValues![part.PartId!];
        return text.IsEncodingProblem && Received.Content(part) is { } content
            ? _parts.CreateText(part, content)
            : _parts.CreateText(part, text.Value);
    }

    private MimeNode Multipart(string subtype, IReadOnlyCollection<MimeNode> parts, params KeyValuePair<string, string>[] parameters)
    {
        var boundary = $"=-{Convert.ToBase64String(Guid.NewGuid().ToByteArray())}";
        var multipart = new MimeNode { Boundary = boundary };
        var type = ParameterText.Write(
            "Content-Type", $"multipart/{subtype}", [.. parameters, KeyValuePair.Create("boundary", boundary)], options);
        multipart.Add("Content-Type", type);
        multipart.Parts.AddRange(parts);
        return multipart;
    }
}
