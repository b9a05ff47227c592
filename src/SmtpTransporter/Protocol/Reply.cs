namespace SmtpTransport;

/// <summary>
/// A reply of the server: its code, as it was (it may be none that SMTP knows), and its text, in which control characters (a terminal's escapes
/// among them) became blanks.
/// </summary>
internal sealed record Reply(int Code, string Text)
{
    public string Text { get; } = Plain(Text);

    public bool IsTransient => Code is >= 400 and < 500;

    public bool IsPermanent => Code is >= 500 and < 600;

    /// <summary>What a server has written, safe for a line of a log or a terminal.</summary>
    public static string Plain(string text) =>
        (text.AsSpan().ContainsAnyExceptInRange(' ', '~') ? string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)) : text).Trim();
}
