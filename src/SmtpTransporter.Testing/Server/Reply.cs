using System.Buffers.Text;
using System.Text;

namespace SmtpTransport.Testing;

/// <summary>A reply of the server: one or more lines, with or without an enhanced status code (RFC 2034). Immutable.</summary>
internal readonly record struct Reply(int Code, string? EnhancedCode, string Text, IReadOnlyList<string>? MoreLines = null)
{
    public static Reply TooLarge { get; } = new(552, "5.3.4", "Message size exceeds the limit");

    public static Reply BadSequence(string text) => new(503, "5.5.1", text);

    public static Reply SyntaxError(string text) => new(501, "5.5.4", text);

    /// <summary>The reply to a line that is not a command line.</summary>
    public static Reply ToInvalidLine(LineState state) => new(500, "5.5.2", state switch
    {
        LineState.TooLong => "Line too long",
        LineState.BareLineFeed => "A line must end with CRLF",
        _ => "Control characters are not allowed",
    });

    /// <summary>The code at the beginning of scripted bytes, or 0.</summary>
    public static int CodeOf(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= 3 && Utf8Parser.TryParse(bytes[..3], out uint code, out var used) && used == 3 ? (int)code : 0;

    public byte[] Format(bool enhanced)
    {
        var prefix = enhanced && EnhancedCode is not null ? EnhancedCode + " " : "";
        if (MoreLines is null)
            return Encoding.UTF8.GetBytes($"{Code:000} {prefix}{Text}\r\n");
        var text = new StringBuilder().Append(Code).Append('-').Append(prefix).Append(Text).Append("\r\n");
        for (var i = 0; i < MoreLines.Count; i++)
            text.Append(Code).Append(i < MoreLines.Count - 1 ? '-' : ' ').Append(prefix).Append(MoreLines[i]).Append("\r\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
