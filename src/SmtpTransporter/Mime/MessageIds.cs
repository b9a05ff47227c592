namespace SmtpTransport;

/// <summary>Parses Message-IDs (RFC 5322, section 3.6.4), with or without angle brackets.</summary>
internal static class MessageIds
{
    private const int MaxLength = 900;

    /// <summary>The Message-ID that the caller gave; null if there is none.</summary>
    public static string? Given(Email email) =>
        email.MessageId
        ?? email.Headers.Find("Message-ID")?.Value;

    /// <summary>Whether the id has a left and a right part, which makes it unique in the world.</summary>
    public static bool HasDomain(string id) => id.IndexOf('@', StringComparison.Ordinal) is var at and > 0 && at < id.Length - 1;

    /// <summary>Returns the id without angle brackets.</summary>
    /// <exception cref="EmailContentException">The text is not a valid Message-ID.</exception>
    public static string Parse(string property, string text)
    {
        var id = text.Trim();
        if (id.StartsWith('<') && id.EndsWith('>'))
            id = id[1..^1];
        TextCheck.ThrowIfNotHeaderText(property, id);
        if (id.Length is 0 or > MaxLength || id.Any(c => c is '<' or '>' or ' ' || !char.IsAscii(c)))
            throw TextCheck.Invalid(property, $"\"{id}\" is not a valid Message-ID");
        return id;
    }

    /// <summary>
    /// Returns the ids in the text of a received field: what stands in angle brackets, which need no space between them, outside of
    /// comments and quotes. Without any, the words that are ids.
    /// </summary>
    public static IReadOnlyList<string> Find(string text)
    {
        var ids = new List<string>();
        var comments = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && comments > 0)
                i++;
            else if (text[i] == '(')
                comments++;
            else if (text[i] == ')' && comments > 0)
                comments--;
            else if (text[i] == '<' && comments == 0)
            {
                var end = text.IndexOf('>', i);
                if (end < 0)
                    break;
                if (IsValid(text[(i + 1)..end]))
                    ids.Add(text[(i + 1)..end]);
                i = end;
            }
        }
        return ids.Count > 0 ? ids : text.Contains('<', StringComparison.Ordinal) ? [] : Words(text);
    }

    private static string[] Words(string text)
    {
        var words = text.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return Array.TrueForAll(words, word => word.Contains('@', StringComparison.Ordinal) && IsValid(word)) ? words : [];
    }

    private static bool IsValid(string id) => id.Length is > 0 and <= MaxLength && id.All(c => c is > ' ' and <= '~' and not ('<' or '>'));

    /// <summary>Returns the ids of all texts, each of which may have several, separated by spaces.</summary>
    /// <exception cref="EmailContentException">One of the texts is null or is not a valid Message-ID.</exception>
    public static IReadOnlyList<string> ParseAll(string property, IEnumerable<string> texts)
    {
        var ids = new List<string>();
        foreach (var text in texts)
        {
            if (text is null)
                throw TextCheck.Invalid(property, "the list contains null");
            foreach (var id in text.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
                ids.Add(Parse(property, id));
        }
        return ids;
    }
}
