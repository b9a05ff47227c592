namespace SmtpTransport;

/// <summary>Makes text that a server sent safe for a line of a log or a terminal.</summary>
internal static class ServerText
{
    /// <summary>Replaces control characters (a terminal's escapes among them) with blanks, and trims the text.</summary>
    public static string Clean(string text) =>
        (text.AsSpan().ContainsAnyExceptInRange(' ', '~') ? string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)) : text).Trim();
}
