namespace SmtpTransport;

/// <summary>The calendar message in an email's <see cref="Email.BodyStructure"/> (RFC 6047, section 2.4).</summary>
internal static class CalendarPart
{
    private const string Type = "text/calendar";
    private const string MethodParameter = "method";

    /// <summary>The calendar message; null if there is no tree, or none in it.</summary>
    public static MailCalendar? Get(Email email) =>
        BodyTexts.Find(email, Type) is { } part && email.BodyValues!.TryGetValue(part.PartId!, out var value)
            ? new MailCalendar(value.Value, part.Parameters.TryGetValue(MethodParameter, out var method) ? method : MethodOf(value.Value))
            : null;

    /// <summary>Sets, adds or removes the calendar message if there is a tree.</summary>
    /// <returns>Whether there is a tree.</returns>
    public static bool TrySet(Email email, MailCalendar? calendar)
    {
        if (!BodyTexts.TrySet(email, Type, calendar?.Content))
            return false;
        if (calendar is not null && calendar != Get(email) && BodyTexts.Find(email, Type) is { } part)
        {
            part.Charset = "utf-8";
            part.Parameters[MethodParameter] = calendar.Method;
        }
        return true;
    }

    // RFC 5546, section 1.4: a calendar without a method is published.
    private static string MethodOf(string text) =>
        text.Split('\n').FirstOrDefault(line => line.StartsWith("METHOD:", StringComparison.OrdinalIgnoreCase)) is { } line
            ? line["METHOD:".Length..].Trim()
            : "PUBLISH";
}
