namespace SmtpTransport;

/// <summary>Parses Message-IDs (RFC 5322, section 3.6.4), with or without angle brackets.</summary>
internal static class MessageIds
{
    private const int MaxLength = 900;

    /// <summary>The Message-ID that the caller gave; null if there is none.</summary>
    public static string? Given(Email email) =>
        email.MessageId
        ?? email.Headers.FirstOrDefault(h => "Message-ID".Equals(h.Name, StringComparison.OrdinalIgnoreCase))?.Value;

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
