namespace SmtpTransport;

/// <summary>
/// The texts in an email's <see cref="Email.BodyStructure"/> that are its bodies: those of a media type that are not attachments. Several
/// are one body in several pieces, such as a text and the footer that a mailing list has added.
/// </summary>
internal static class BodyTexts
{
    /// <summary>Deeper than any mail client nests. A part that contains itself is deeper.</summary>
    public const int MaxLevels = 100;

    // A reader shows the last alternative that it knows (RFC 2046, section 5.1.4).
    private static readonly string[] Alternatives = ["text/plain", "text/html", "text/calendar"];

    /// <summary>The email's text of this type; null if there is no tree, or no such text in it.</summary>
    public static string? Get(Email email, string type)
    {
        string? text = null;
        foreach (var part in FindAll(email, type))
        {
            if (!email.BodyValues!.TryGetValue(part.PartId!, out var value))
                continue;
            var separator = string.IsNullOrEmpty(text) || text.EndsWith('\n') ? "" : "\r\n";
            text = text is null ? value.Value : text + separator + value.Value;
        }
        return text;
    }

    /// <summary>
    /// Sets the email's text of this type if there is a tree. The first such part gets the text, and the others are removed; without one, a
    /// part is added beside the other bodies. Null removes all of them.
    /// </summary>
    /// <returns>Whether there is a tree.</returns>
    public static bool TrySet(Email email, string type, string? text)
    {
        if (email.BodyStructure is null || email.BodyValues is null)
            return false;
        if (text == Get(email, type))
            return true;
        var parts = FindAll(email, type).ToList();
        if (parts.Count == 0)
        {
            Add(email, type, text!);
            return true;
        }
        foreach (var part in text is null ? parts : parts.Skip(1))
            Remove(email, part);
        if (text is not null)
            email.BodyValues[parts[0].PartId!] = text;
        return true;
    }

    /// <summary>The first part of the tree with the email's text of this type; null if there is none.</summary>
    public static MailPart? Find(Email email, string type) => FindAll(email, type).FirstOrDefault();

    private static IEnumerable<MailPart> FindAll(Email email, string type) =>
        email.BodyStructure is null || email.BodyValues is null
            ? []
            : Parts(email.BodyStructure).Where(p => p.Attachment is null && p.PartId is not null && p.SubParts.Count == 0 && Is(p, type));

    // The only part of a message cannot be removed; it becomes empty.
    public static void Remove(Email email, MailPart part)
    {
        if (ParentOf(email, part) is { } parent)
        {
            parent.SubParts.Remove(part);
            email.BodyValues!.Remove(part.PartId!);
        }
        else
        {
            email.BodyValues![part.PartId!] = "";
        }
    }

    /// <summary>Adds a body to the tree, beside the other bodies.</summary>
    public static void Add(Email email, string type, string text)
    {
        var added = new MailPart { Type = type, PartId = NewId(email) };
        email.BodyValues![added.PartId] = text;
        var body = Alternatives.Select(other => Find(email, other)).FirstOrDefault(part => part is not null);
        if (body is null)
        {
            AddBeforeAttachments(email, added);
            return;
        }
        // HTML with its images is one alternative, and a signed part must not be changed.
        body = Parts(email.BodyStructure!).FirstOrDefault(part => Is(part, "multipart/signed") && Parts(part).Contains(body)) ?? body;
        if (ParentOf(email, body) is { } related && Is(related, "multipart/related") && related.SubParts[0] == body)
            body = related;
        var siblings = ParentOf(email, body) is { } alternatives && Is(alternatives, "multipart/alternative")
            ? alternatives.SubParts
            : Wrap(email, body, "multipart/alternative").SubParts;
        var rank = RankOf(added);
        var next = siblings.FirstOrDefault(part => RankOf(part) > rank);
        siblings.Insert(next is null ? siblings.Count : siblings.IndexOf(next), added);
    }

    private static void AddBeforeAttachments(Email email, MailPart added)
    {
        var root = email.BodyStructure!;
        (Is(root, "multipart/mixed") ? root : Wrap(email, root, "multipart/mixed")).SubParts.Insert(0, added);
    }

    /// <summary>Puts a new multipart in the place of a part, with the part in it.</summary>
    private static MailPart Wrap(Email email, MailPart part, string type)
    {
        var multipart = new MailPart { Type = type };
        if (ParentOf(email, part) is { } parent)
            parent.SubParts[parent.SubParts.IndexOf(part)] = multipart;
        else
            email.BodyStructure = multipart;
        multipart.SubParts.Add(part);
        return multipart;
    }

    // The best alternative of a multipart is what it is ranked by.
    private static int RankOf(MailPart part) =>
        Parts(part).Max(p => p.Attachment is not null ? -1
            : Is(p, "text/plain") ? 0
            : Is(p, "text/html") ? 2
            : Is(p, "text/calendar") ? 3
            : p.Type.StartsWith("text/", StringComparison.OrdinalIgnoreCase) ? 1
            : -1);

    private static MailPart? ParentOf(Email email, MailPart part) =>
        Parts(email.BodyStructure!).FirstOrDefault(p => p.SubParts.Contains(part));

    private static string NewId(Email email)
    {
        for (var id = email.BodyValues!.Count + 1; ; id++)
        {
            var text = id.ToString(System.Globalization.CultureInfo.InvariantCulture);
            if (Parts(email.BodyStructure!).All(p => p.PartId != text))
                return text;
        }
    }

    private static bool Is(MailPart part, string type) => string.Equals(part.Type, type, StringComparison.OrdinalIgnoreCase);

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
