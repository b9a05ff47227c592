namespace SmtpTransport;

/// <summary>The texts in an email's <see cref="Email.BodyStructure"/> that are its bodies: the first one of a media type.</summary>
internal static class BodyTexts
{
    // Deeper than any mail client nests. A part that contains itself is deeper.
    private const int MaxLevels = 100;

    /// <summary>The email's text of this type; null if there is no tree, or no such text in it.</summary>
    public static string? Get(Email email, string type) =>
        Find(email, type) is { } part && email.BodyValues!.TryGetValue(part.PartId!, out var value) ? value.Value : null;

    /// <summary>Sets the email's text of this type if there is a tree with such a text. Null removes the part.</summary>
    public static bool TrySet(Email email, string type, string? text)
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

    /// <summary>The part of the tree with the email's text of this type; null if there is none.</summary>
    public static MailPart? Find(Email email, string type) =>
        email.BodyStructure is null || email.BodyValues is null
            ? null
            : Parts(email.BodyStructure).FirstOrDefault(p => p.Attachment is null && p.PartId is not null && p.SubParts.Count == 0
                && string.Equals(p.Type, type, StringComparison.OrdinalIgnoreCase));

    /// <summary>The parts of the tree, each before its subparts, up to the first fault.</summary>
    /// <param name="root">The root of the tree.</param>
    /// <param name="fault">
    /// Creates the exception for a fault. Null ends the sequence there: a property must not throw, and the fault is reported when the
    /// message is written.
    /// </param>
    public static IEnumerable<MailPart> Parts(MailPart root, Func<string, Exception>? fault = null)
    {
        var open = new Stack<(MailPart Part, int Level)>();
        open.Push((root, 1));
        while (open.TryPop(out var next))
        {
            if (next.Level > MaxLevels && Ends($"the parts are nested deeper than {MaxLevels} levels, or one contains itself"))
                yield break;
            yield return next.Part;
            for (var i = next.Part.SubParts.Count - 1; i >= 0; i--)
            {
                var part = next.Part.SubParts[i];
                if (part is null && Ends("SubParts contains null"))
                    yield break;
                open.Push((part!, next.Level + 1));
            }
        }

        bool Ends(string problem) => fault is null ? true : throw fault(problem);
    }
}
