namespace SmtpTransport;

/// <summary>Finds parts in a mail's <see cref="Email.BodyStructure"/>, and checks it as a tree.</summary>
internal static class BodyStructureWalker
{
    // Deeper than any mail program nests; a cycle is deeper than that.
    private const int MostLevels = 100;

    /// <summary>The parts of the tree, each before its subparts.</summary>
    /// <exception cref="EmailContentException">The tree is too deep, has a cycle, or a null in it.</exception>
    public static IEnumerable<MailPart> Parts(MailPart root)
    {
        var open = new Stack<(MailPart Part, int Level)>();
        open.Push((root, 1));
        while (open.TryPop(out var next))
        {
            if (next.Level > MostLevels)
                throw Invalid($"the parts are nested deeper than {MostLevels} levels, or one holds itself");
            yield return next.Part;
            for (var i = next.Part.SubParts.Count - 1; i >= 0; i--)
                open.Push((next.Part.SubParts[i] ?? throw Invalid("there is a null among the parts"), next.Level + 1));
        }
    }

    /// <summary>The mail's text of this type; null where there is no tree or no such text in it.</summary>
    public static string? Text(Email email, string type) =>
        Find(email, type) is { } part && email.BodyValues!.TryGetValue(part.PartId!, out var value) ? value.Value : null;

    /// <summary>Sets the mail's text of this type, where there is a tree with such a text. Null takes the part out.</summary>
    public static bool SetText(Email email, string type, string? text)
    {
        if (Find(email, type) is not { } part)
            return false;
        var parent = text is null ? Parts(email.BodyStructure!).FirstOrDefault(p => p.SubParts.Contains(part)) : null;
        if (parent is null)
        {
            email.BodyValues![part.PartId!] = text ?? "";
            return true;
        }
        parent.SubParts.Remove(part);
        email.BodyValues!.Remove(part.PartId!);
        return true;
    }

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

    private static MailPart? Find(Email email, string type)
    {
        if (email.BodyStructure is null || email.BodyValues is null)
            return null;
        try
        {
            return Parts(email.BodyStructure).FirstOrDefault(p =>
                p.Attachment is null && p.PartId is not null && p.SubParts.Count == 0 && string.Equals(p.Type, type, StringComparison.OrdinalIgnoreCase));
        }
        catch (EmailContentException)
        {
            // What is wrong with the tree is told where the mail is written.
            return null;
        }
    }

    private static EmailContentException Invalid(string what) => new(SmtpErrorCodes.InvalidContent, $"{nameof(Email.BodyStructure)}: {what}.");
}
