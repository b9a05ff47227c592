namespace SmtpTransport;

/// <summary>Reads what an email needs to know of an iCalendar text (RFC 5545).</summary>
internal static class CalendarText
{
    /// <summary>The METHOD of the text (RFC 5545, section 3.7.2) in upper case; null if it has none.</summary>
    public static string? FindMethod(string? content)
    {
        // RFC 5545, section 3.1: a line that begins with a blank continues the one before.
        var unfolded = (content ?? "").ReplaceLineEndings("\n").Replace("\n ", "", StringComparison.Ordinal)
            .Replace("\n\t", "", StringComparison.Ordinal);
        foreach (var line in unfolded.AsSpan().EnumerateLines())
        {
            // The properties of the calendar come before its components.
            if (line.StartsWith("BEGIN:", StringComparison.OrdinalIgnoreCase)
                && !line[6..].Trim().Equals("VCALENDAR", StringComparison.OrdinalIgnoreCase))
                break;
            var name = line.IndexOfAny(':', ';');
            if (name > 0 && line[..name].Trim().Equals("METHOD", StringComparison.OrdinalIgnoreCase))
                return line[(line.LastIndexOf(':') + 1)..].Trim() is { Length: > 0 } method ? method.ToString().ToUpperInvariant() : null;
        }
        return null;
    }
}
