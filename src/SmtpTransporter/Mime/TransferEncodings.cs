using System.Buffers;
using MimeKit;
using MimeKit.Encodings;

namespace SmtpTransport;

/// <summary>Encodes bytes for transport in lines that end in CRLF (RFC 2045, sections 6.7 and 6.8).</summary>
internal static class TransferEncodings
{
    /// <summary>How many bytes stand on a line of base64, which has 76 characters (RFC 2045, section 6.8).</summary>
    public const int Base64BytesPerLine = 57;

    // A line has at most 76 characters (RFC 2045, section 6.7); an encoded F adds two.
    private const int QuotedPrintableLine = 74;

    /// <summary>Encodes text with CRLF in quoted-printable.</summary>
    public static byte[] QuotedPrintable(ReadOnlySpan<byte> text)
    {
        var encoder = new QuotedPrintableEncoder(QuotedPrintableLine);
        var input = ArrayPool<byte>.Shared.Rent(text.Length);
        var output = ArrayPool<byte>.Shared.Rent(encoder.EstimateOutputLength(text.Length));
        try
        {
            text.CopyTo(input);
            var encoded = output.AsSpan(0, encoder.Flush(input, 0, text.Length, output));
            return WithCrlf(encoded);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(input);
            ArrayPool<byte>.Shared.Return(output);
        }
    }

    /// <summary>
    /// Replaces LF by CRLF, and encodes the F of a line that begins with "From ": mbox files would change the line (RFC 2049, section 3),
    /// and break a signature over it (RFC 3156, section 5).
    /// </summary>
    private static byte[] WithCrlf(ReadOnlySpan<byte> encoded)
    {
        var fromLines = encoded.Count("\nFrom "u8) + (encoded.StartsWith("From "u8) ? 1 : 0);
        var bytes = new byte[encoded.Length + encoded.Count((byte)'\n') + (fromLines * 2)];
        var rest = bytes.AsSpan();
        while (!encoded.IsEmpty)
        {
            if (fromLines > 0 && encoded.StartsWith("From "u8))
            {
                "=46"u8.CopyTo(rest);
                rest = rest[3..];
                encoded = encoded[1..];
            }
            var end = encoded.IndexOf((byte)'\n');
            var line = end < 0 ? encoded : encoded[..end];
            line.CopyTo(rest);
            if (end < 0)
                break;
            "\r\n"u8.CopyTo(rest[end..]);
            rest = rest[(end + 2)..];
            encoded = encoded[(end + 1)..];
        }
        return bytes;
    }

    /// <summary>Encodes bytes in base64.</summary>
    public static byte[] Base64(ReadOnlySpan<byte> bytes)
    {
        var lines = new byte[Base64Length(bytes.Length)];
        Base64(bytes, lines);
        return lines;
    }

    /// <summary>Encodes bytes in base64 and returns how many bytes were written.</summary>
    public static int Base64(ReadOnlySpan<byte> bytes, Span<byte> lines)
    {
        var written = 0;
        while (bytes.Length > 0)
        {
            var line = bytes[..Math.Min(Base64BytesPerLine, bytes.Length)];
            System.Buffers.Text.Base64.EncodeToUtf8(line, lines[written..], out _, out var length);
            written += length;
            "\r\n"u8.CopyTo(lines[written..]);
            written += 2;
            bytes = bytes[line.Length..];
        }
        return written;
    }

    /// <summary>Opens encoded octets as the content that they encode.</summary>
    public static Stream OpenDecoded(ReadOnlyMemory<byte> octets, ContentEncoding encoding)
    {
        if (encoding is not (ContentEncoding.Base64 or ContentEncoding.QuotedPrintable or ContentEncoding.UUEncode))
            return Open(octets);
        // MimeKit keeps an escape that is not valid as it is (RFC 2045, section 6.7), but not one that the end cuts off.
        var isCutOff = encoding == ContentEncoding.QuotedPrintable
            && octets.Span is [.., (byte)'=', var digit] && char.IsAsciiHexDigit((char)digit);
        if (isCutOff)
            octets = (byte[])[.. octets.Span, (byte)'\n'];
        var content = new MemoryStream(octets.Length);
        new MimeContent(Open(octets), encoding).DecodeTo(content);
        if (isCutOff)
            content.SetLength(content.Length - 1);
        content.Position = 0;
        return content;
    }

    /// <summary>Opens octets without copying them.</summary>
    public static MemoryStream Open(ReadOnlyMemory<byte> octets) =>
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray(octets, out var array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : new MemoryStream(octets.ToArray(), writable: false);

    /// <summary>Returns the length in base64, including line ends.</summary>
    public static long Base64Length(long bytes) => ((bytes + 2) / 3 * 4) + (2 * ((bytes + Base64BytesPerLine - 1) / Base64BytesPerLine));
}
