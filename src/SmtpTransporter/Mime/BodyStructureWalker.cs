namespace SmtpTransport;

/// <summary>Finds parts in a mail's <see cref="Email.BodyStructure"/>, and checks it as a tree.</summary>
internal static class BodyStructureWalker
{
    /// <summary>The parts of the tree, each before its subparts.</summary>
    /// <exception cref="EmailContentException">The tree is too deep, has a cycle, or a null in it.</exception>
    public static IEnumerable<MailPart> Parts(MailPart root) => BodyTexts.Parts(root, Invalid);

    /// <summary>Whether there is anything of the part to write: its attachment may have been taken out of the mail.</summary>
    /// <param name="attached">The mail's attachments; a set, for there may be thousands of them and of parts.</param>
    /// <param name="part">A part of the mail's tree.</param>
    public static bool IsWritten(HashSet<MailAttachment> attached, MailPart part) =>
        IsMultipart(part) ? part.SubParts.Any(p => IsWritten(attached, p)) : part.Attachment is null || attached.Contains(part.Attachment);

    /// <summary>The part and those below it that are written.</summary>
    public static IEnumerable<MailPart> Written(HashSet<MailAttachment> attached, MailPart part) =>
        IsWritten(attached, part) ? part.SubParts.SelectMany(p => Written(attached, p)).Prepend(part) : [];

    /// <summary>A tree that can be written: ids once, contents for each.</summary>
    public static void Check(Email email)
    {
        if (email.BodyStructure is null && email.BodyValues is null)
            return;
        if (email.BodyStructure is null || email.BodyValues is null)
            throw Invalid($"{nameof(Email.BodyStructure)} and {nameof(Email.BodyValues)} come together");
        if (email.OwnBodies.Text is not null)
            throw new EmailContentException(SmtpErrorCodes.InvalidContent, "TextBody: the mail has a BodyStructure without a text/plain; add the text there.");
        if (email.OwnBodies.Html is not null)
            throw new EmailContentException(SmtpErrorCodes.InvalidContent, "HtmlBody: the mail has a BodyStructure without a text/html; add the text there.");
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var part in Parts(email.BodyStructure))
        {
            if (string.IsNullOrEmpty(part.Type))
                throw Invalid($"a part (PartId {part.PartId ?? "none"}) has no Type");
            if (part.Attachment is null && part.SubParts.Count == 0 && part.PartId is null && !IsMultipart(part))
                throw Invalid($"a part of type {part.Type} has neither a PartId nor an Attachment nor SubParts");
            if (part.SubParts.Count > 0 && !IsMultipart(part))
                throw Invalid($"a part of type {part.Type} has SubParts");
            if (part.Attachment is null && part.PartId is not null && (!email.BodyValues.TryGetValue(part.PartId, out var value) || value?.Value is null))
                throw Invalid($"there is nothing in BodyValues for the PartId \"{part.PartId}\"");
            if (part.PartId is not null && !ids.Add(part.PartId))
                throw Invalid($"the PartId \"{part.PartId}\" is there twice");
        }
        if (email.BodyValues.Keys.FirstOrDefault(id => !ids.Contains(id)) is { } unknown)
            throw new EmailContentException(SmtpErrorCodes.InvalidContent, $"BodyValues: there is no part with the PartId \"{unknown}\".");
    }

    public static bool IsMultipart(MailPart part) => part.Type.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase);

    private static EmailContentException Invalid(string what) => new(SmtpErrorCodes.InvalidContent, $"{nameof(Email.BodyStructure)}: {what}.");
}
