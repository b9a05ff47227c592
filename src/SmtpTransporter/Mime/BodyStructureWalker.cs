namespace SmtpTransport;

/// <summary>Finds parts in an email's <see cref="Email.BodyStructure"/>, and checks the tree.</summary>
internal static class BodyStructureWalker
{
    /// <summary>Returns the parts of the tree, each before its subparts.</summary>
    /// <exception cref="EmailContentException">The tree is too deep, has a cycle, or contains null.</exception>
    public static IEnumerable<MailPart> Parts(MailPart root) => BodyTexts.Parts(root, Invalid);

    /// <summary>Whether the part is written: its attachment may have been removed from the email.</summary>
    /// <param name="attached">The email's attachments; a set, because there may be thousands of them and of parts.</param>
    /// <param name="part">A part of the email's tree.</param>
    public static bool IsWritten(HashSet<MailAttachment> attached, MailPart part) =>
        IsMultipart(part) ? part.SubParts.Any(p => IsWritten(attached, p)) : part.Attachment is null || attached.Contains(part.Attachment);

    /// <summary>Returns the part and the parts below it that are written.</summary>
    public static IEnumerable<MailPart> Written(HashSet<MailAttachment> attached, MailPart part) =>
        IsWritten(attached, part) ? part.SubParts.SelectMany(p => Written(attached, p)).Prepend(part) : [];

    /// <summary>Checks that the tree can be written: every part has content, and every id is unique.</summary>
    /// <exception cref="EmailContentException">The tree cannot be written.</exception>
    public static void Check(Email email)
    {
        if (email.BodyStructure is null && email.BodyValues is null)
            return;
        if (email.BodyStructure is null || email.BodyValues is null)
            throw Invalid($"{nameof(Email.BodyStructure)} and {nameof(Email.BodyValues)} must be set together");
        if (email.OwnBodies.Text is not null)
            throw TextCheck.Invalid(nameof(Email.TextBody), "the email has a BodyStructure without a text/plain part; add the text there");
        if (email.OwnBodies.Html is not null)
            throw TextCheck.Invalid(nameof(Email.HtmlBody), "the email has a BodyStructure without a text/html part; add the text there");
        if (email.OwnBodies.Calendar is not null)
            throw TextCheck.Invalid(nameof(Email.Calendar), "the email has a BodyStructure; add the calendar there");
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var part in Parts(email.BodyStructure))
        {
            CheckContent(part, email.BodyValues);
            if (part.PartId is not null && !ids.Add(part.PartId))
                throw Invalid($"the PartId \"{part.PartId}\" is used twice");
        }
        if (email.BodyValues.Keys.FirstOrDefault(id => !ids.Contains(id)) is { } unknown)
            throw TextCheck.Invalid(nameof(Email.BodyValues), $"no part has the PartId \"{unknown}\"");
    }

    /// <summary>A multipart has subparts; a leaf has an attachment or a text in <see cref="Email.BodyValues"/>.</summary>
    private static void CheckContent(MailPart part, IDictionary<string, MailBodyValue> values)
    {
        if (string.IsNullOrEmpty(part.Type))
            throw Invalid($"a part (PartId {part.PartId ?? "none"}) has no Type");
        if (IsMultipart(part))
        {
            if (part.Attachment is null && part.PartId is not null)
                CheckValue(part.PartId, values);
            return;
        }
        if (part.SubParts.Count > 0)
            throw Invalid($"a part of type {part.Type} has SubParts, which only a multipart can have");
        if (part.Attachment is not null)
            return;
        if (part.PartId is null)
            throw Invalid($"a part of type {part.Type} has neither a PartId nor an Attachment nor SubParts");
        CheckValue(part.PartId, values);
    }

    private static void CheckValue(string partId, IDictionary<string, MailBodyValue> values)
    {
        if (!values.TryGetValue(partId, out var value) || value?.Value is null)
            throw Invalid($"{nameof(Email.BodyValues)} has no value for the PartId \"{partId}\"");
    }

    public static bool IsMultipart(MailPart part) => part.Type.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase);

    private static EmailContentException Invalid(string problem) => TextCheck.Invalid(nameof(Email.BodyStructure), problem);
}
