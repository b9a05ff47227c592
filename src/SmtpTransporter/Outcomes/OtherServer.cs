using System.Text;

namespace SmtpTransport;

/// <summary>Recognizes by the first bytes of the other side what it is, if it does not greet as a server of SMTP does.</summary>
internal static class OtherServer
{
    /// <returns>What it is, such as <c>An HTTP server</c>; null if it is not known, or is one of SMTP.</returns>
    public static string? Recognize(ReadOnlySpan<byte> first) =>
        first.StartsWith("HTTP/"u8) || first.StartsWith("<!DOC"u8) || first.StartsWith("<html"u8) ? "An HTTP server"
        : first.StartsWith("+OK"u8) || first.StartsWith("-ERR"u8) ? "A POP3 server"
        : first.StartsWith("* OK"u8) || first.StartsWith("* PREAUTH"u8) || first.StartsWith("* BYE"u8) ? "An IMAP server"
        : first.StartsWith("SSH-"u8) ? "An SSH server"
        : null;

    /// <summary>A record of TLS (RFC 8446, section 5.1): an alert, or a handshake.</summary>
    public static bool IsTls(ReadOnlySpan<byte> first) => first is [0x15 or 0x16, 3, ..];

    /// <summary>A greeting of SMTP in clear text.</summary>
    public static bool IsSmtp(ReadOnlySpan<byte> first) => first is [(byte)'2' or (byte)'4' or (byte)'5', _, _, (byte)' ' or (byte)'-', ..];

    /// <summary>The first line for a person, cut off.</summary>
    public static string Line(ReadOnlySpan<byte> first)
    {
        var end = first.IndexOfAny((byte)'\r', (byte)'\n');
        return ServerText.Clean(Encoding.UTF8.GetString(end < 0 ? first : first[..end]));
    }
}
