namespace SmtpTransport.Testing;

/// <summary>A line from the client without its CRLF, or the reason why it is not one.</summary>
internal readonly record struct CommandLine(LineState State, string Text)
{
    public string Verb => Text.IndexOf(' ', StringComparison.Ordinal) is > 0 and var end ? Text[..end] : Text;

    /// <summary>The text after the space that follows the verb.</summary>
    public string Arguments => Text.IndexOf(' ', StringComparison.Ordinal) is > 0 and var end ? Text[(end + 1)..] : "";
}
