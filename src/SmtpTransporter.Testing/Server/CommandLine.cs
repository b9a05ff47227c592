namespace SmtpTransport.Testing;

/// <summary>A line of the client without its CRLF, or why there is none.</summary>
internal readonly record struct CommandLine(LineState State, string Text)
{
    public string Verb => Text.IndexOf(' ', StringComparison.Ordinal) is > 0 and var end ? Text[..end] : Text;

    /// <summary>What follows the verb's blank.</summary>
    public string Arguments => Text.IndexOf(' ', StringComparison.Ordinal) is > 0 and var end ? Text[(end + 1)..] : "";
}
