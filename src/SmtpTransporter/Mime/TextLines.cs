using System.Text;
using MimeKit;

namespace SmtpTransport;

/// <summary>Normalizes line ends, and checks whether text can be sent without encoding it (RFC 5322, section 2.1.1).</summary>
internal static class TextLines
{
    // RFC 5322, section 2.1.1, without CRLF.
    private const int MaxLineLength = 998;

    /// <summary>Replaces every line end by CRLF, a bare CR or LF too: a server could take one for the end of the message.</summary>
    public static string WithCrlf(string text)
    {
        for (var rest = text.AsSpan(); rest.IndexOfAny('\r', '\n') is var end and >= 0; rest = rest[(end + 2)..])
        {
            if (rest[end] != '\r' || end + 1 == rest.Length || rest[end + 1] != '\n')
            {
                return text.Replace("\r\n", "\n", StringComparison.Ordinal)
                    .Replace('\r', '\n')
                    .Replace("\n", "\r\n", StringComparison.Ordinal);
            }
        }
        return text;
    }

    /// <summary>Replaces every bare LF by CRLF. Bytes without one are returned as they are.</summary>
    public static ReadOnlyMemory<byte> WithCrlf(ReadOnlyMemory<byte> bytes) => HasBareLf(bytes.Span) ? WithCrlf(bytes.Span) : bytes;

    private static bool HasBareLf(ReadOnlySpan<byte> bytes)
    {
        for (var rest = bytes; rest.IndexOf((byte)'\n') is var end and >= 0; rest = rest[(end + 1)..])
        {
            if (end == 0 || rest[end - 1] != '\r')
                return true;
        }
        return false;
    }

    /// <summary>Replaces every bare LF by CRLF.</summary>
    public static byte[] WithCrlf(ReadOnlySpan<byte> bytes)
    {
        using var lines = new MemoryStream(bytes.Length);
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] == (byte)'\n' && (i == 0 || bytes[i - 1] != (byte)'\r'))
                lines.WriteByte((byte)'\r');
            lines.WriteByte(bytes[i]);
        }
        return lines.ToArray();
    }

    /// <summary>
    /// Whether an encoding can carry the bytes. Without encoding, lines must be short and free of NUL, and none may begin as the next
    /// message in an mbox file does.
    /// </summary>
    public static bool CanCarry(ContentEncoding encoding, ReadOnlySpan<byte> bytes)
    {
        if (encoding is ContentEncoding.QuotedPrintable or ContentEncoding.Base64)
            return true;
        if (encoding is not (ContentEncoding.SevenBit or ContentEncoding.EightBit))
            return false;
        if (encoding == ContentEncoding.SevenBit && !Ascii.IsValid(bytes))
            return false;
        return !bytes.StartsWith("From "u8) && bytes.IndexOf("\nFrom "u8) < 0 && AreLines(bytes);
    }

    /// <summary>Whether no line is too long and there is no NUL and no bare CR (RFC 5322, sections 2.1.1 and 2.3).</summary>
    public static bool AreLines(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var end = bytes.IndexOf((byte)'\n');
            var line = end < 0 ? bytes : bytes[..end];
            if (end >= 0 && line.EndsWith("\r"u8))
                line = line[..^1];
            if (line.Length > MaxLineLength || line.ContainsAny((byte)0, (byte)'\r'))
                return false;
            bytes = end < 0 ? [] : bytes[(end + 1)..];
        }
        return true;
    }
}
