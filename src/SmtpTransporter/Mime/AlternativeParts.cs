namespace SmtpTransport;

/// <summary>
/// The alternatives in an email's <see cref="Email.BodyStructure"/> that are neither text, HTML nor a calendar: the other texts of its
/// <c>multipart/alternative</c>. Those that were read are attachments too (RFC 8621, section 4.1.4).
/// </summary>
internal static class AlternativeParts
{
    private static readonly string[] OtherBodies = ["text/plain", "text/html", "text/calendar"];

    /// <summary>Whether the type is one that an alternative can have.</summary>
    public static bool IsType(string type) =>
        type.StartsWith("text/", StringComparison.OrdinalIgnoreCase) && !OtherBodies.Contains(type, StringComparer.OrdinalIgnoreCase);

    /// <summary>The alternatives; null if there is no tree.</summary>
    public static IReadOnlyList<MailAlternative>? Get(Email email) =>
        email.BodyStructure is null || email.BodyValues is null
            ? null
            : [.. Find(email).Select(part => new MailAlternative(TextOf(email, part), part.Type))];

    /// <summary>Replaces the alternatives if there is a tree.</summary>
    /// <returns>Whether there is a tree.</returns>
    public static bool TrySet(Email email, IReadOnlyList<MailAlternative> alternatives)
    {
        if (Get(email) is not { } known)
            return false;
        if (known.SequenceEqual(alternatives))
            return true;
        foreach (var part in Find(email).ToList())
        {
            BodyTexts.Remove(email, part);
            if (part.Attachment is { } attachment)
                email.Attachments.Remove(attachment);
        }
        foreach (var alternative in alternatives)
            BodyTexts.Add(email, alternative.Type, alternative.Content);
        return true;
    }

    private static IEnumerable<MailPart> Find(Email email) =>
        BodyTexts.Parts(email.BodyStructure!)
            .Where(part => "multipart/alternative".Equals(part.Type, StringComparison.OrdinalIgnoreCase))
            .SelectMany(part => part.SubParts)
            .Where(part => part is { SubParts.Count: 0, Name: null } && part.Disposition != "attachment" && IsType(part.Type)
                && (part.Attachment is { } attachment
                    ? part.Received is not null && email.Attachments.Contains(attachment)
                    : part.PartId is not null && email.BodyValues!.ContainsKey(part.PartId)));

    // What was read is in memory.
    private static string TextOf(Email email, MailPart part) =>
        part.Attachment is { } attachment
            ? ReceivedText.Decode(part.Charset, attachment.GetContent()).Text
            : email.BodyValues![part.PartId!].Value;
}
