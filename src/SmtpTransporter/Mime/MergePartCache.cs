namespace SmtpTransport;

/// <summary>
/// What the mails of a merge have in common, encoded once: the texts and the attachments of their template. Safe for concurrent callers.
/// </summary>
internal sealed class MergePartCache(Email template)
{
    /// <summary>The largest attachment that is kept in memory, in octets; a larger one is read anew for each mail.</summary>
    public const long LargestAttachment = 32 * 1024 * 1024;

    private readonly object _gate = new();
    private readonly Dictionary<(object Source, string Type, MimeWriteOptions Format), MimeNode> _nodes = [];
    private readonly HashSet<object> _sources = new([template.OwnBodies.Text ?? "", template.OwnBodies.Html ?? "", .. template.Attachments], ReferenceEqualityComparer.Instance);

    /// <summary>A text of the mail: that which it shares where it is the template's own, else one that is made for it.</summary>
    public MimeNode Text(string type, string text, MimePartFactory leaf, MimeWriteOptions format) =>
        _sources.Contains(text) ? Once((text, type, format), () => leaf.Text(type, text)) : leaf.Text(type, text);

    /// <inheritdoc cref="Text"/>
    public MimeNode Attachment(MailAttachment attachment, MimePartFactory leaf, MimeWriteOptions format) =>
        _sources.Contains(attachment) ? Once((attachment, "", format), () => leaf.Attachment(attachment)) : leaf.Attachment(attachment);

    // Who comes while it is being made waits: it is the same work, and a stream can be read by one at a time.
    private MimeNode Once((object Source, string Type, MimeWriteOptions Format) key, Func<MimeNode> make)
    {
        lock (_gate)
        {
            if (_nodes.TryGetValue(key, out var known))
                return known;
            var node = make();
            if (node.Content is { Length: > LargestAttachment })
                return node;
            return _nodes[key] = node.Content is { } content ? node.With(MimeWriter.Base64(content)) : node;
        }
    }
}
