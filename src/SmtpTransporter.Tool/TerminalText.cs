namespace SmtpTransport.Tool;

/// <summary>Writes texts of others to a terminal.</summary>
internal static class TerminalText
{
    /// <returns>The text without control characters, so that it can bring no control sequence.</returns>
    public static string Of(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
}
