namespace SmtpTransport;

/// <summary>The images that were added to an email with a <see cref="Email.BodyStructure"/>, and where they are written.</summary>
/// <param name="Home">
/// The multipart/related that they join; otherwise the HTML, in whose place a multipart/related of the HTML and the images is written.
/// </param>
/// <param name="Images">The attachments.</param>
internal sealed record RelatedImages(MailPart Home, HashSet<MailAttachment> Images)
{
    /// <summary>Returns null if there are no images, or no HTML that they could belong to.</summary>
    public static RelatedImages? Find(MailPart root, MailPart? html, IEnumerable<MailAttachment> images)
    {
        if (html is null || images.ToHashSet() is not { Count: > 0 } added)
            return null;
        return FindHome(root, html, related: null) is { } home ? new RelatedImages(home, added) : null;
    }

    private static MailPart? FindHome(MailPart part, MailPart html, MailPart? related)
    {
        if (part == html)
            return related ?? html;
        // Anything new in it would break the signature.
        if (Is(part, "multipart/signed"))
            return null;
        if (Is(part, "multipart/related"))
            related = part;
        return part.SubParts.Select(p => FindHome(p, html, related)).FirstOrDefault(home => home is not null);
    }

    private static bool Is(MailPart part, string type) => part.Type.Equals(type, StringComparison.OrdinalIgnoreCase);
}
