using System.Globalization;
using System.Text;

namespace SmtpTransport;

/// <summary>
/// Decodes the text of a received part, whatever its charset says: in a charset that is known, also under a common wrong name; otherwise
/// in UTF-8 if it is valid, or else in windows-1252, which has a character for each byte.
/// </summary>
internal static class ReceivedText
{
    private static readonly string[] CodePagePrefixes = ["windows", "win", "cp", "xcp", "ms", "ibm", "codepage"];

    // Names without their punctuation: "utf8" and "ISO8859_1" mean the charsets that are named almost so.
    private static readonly Lazy<Dictionary<string, string>> Names = new(() => Encoding.GetEncodings()
        .Select(e => e.Name).GroupBy(Bare).ToDictionary(names => names.Key, names => names.First(), StringComparer.Ordinal));

    /// <summary>Returns the text, the charset, and whether the charset was unknown or the bytes were not valid in it (RFC 8621).</summary>
    /// <param name="charset">The charset that the part declares; null for none.</param>
    /// <param name="bytes">The content of the part.</param>
    public static (string Text, string Charset, bool IsProblem) Decode(string? charset, byte[] bytes)
    {
        var encoding = charset is null ? Encoding.ASCII : Find(charset);
        if (encoding is not null && TryDecode(encoding, bytes) is { } text)
            return (text, charset ?? "us-ascii", false);
        if (encoding is not null and not ASCIIEncoding)
            return (encoding.GetString(bytes), charset!, true);
        // Without a charset it is ASCII (RFC 2045, section 5.2), but some programs send UTF-8.
        return TryDecode(Encoding.UTF8, bytes) is { } utf8
            ? (utf8, charset ?? "utf-8", charset is not null)
            : (Encoding.GetEncoding(1252).GetString(bytes), charset ?? "windows-1252", true);
    }

    /// <summary>Whether the line ends of a text are the bytes CR LF, which UTF-16 never has (RFC 2046, section 4.1.1).</summary>
    public static bool HasLines(string charset) => Find(charset)?.GetBytes("\r\n") is null or [(byte)'\r', (byte)'\n'];

    /// <summary>Whether a line end after the bytes is one: in ISO-2022-JP they may end within a character.</summary>
    public static bool CanEndLine(string? charset, byte[] bytes) =>
        Decode(charset, [.. bytes, .. "\r\n"u8]).Text == Decode(charset, bytes).Text + "\r\n";

    private static Encoding? Find(string charset)
    {
        var bare = Bare(charset);
        var digits = bare.TrimStart([.. "abcdefghijklmnopqrstuvwxyz"]);
        return TryGet(() => Encoding.GetEncoding(charset))
            ?? (Names.Value.TryGetValue(bare, out var name) ? TryGet(() => Encoding.GetEncoding(name)) : null)
            ?? (CodePagePrefixes.Contains(bare[..^digits.Length])
                && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var page)
                    ? TryGet(() => Encoding.GetEncoding(page))
                    : null);
    }

    // UTF-7 is known, but disabled.
    private static Encoding? TryGet(Func<Encoding> get)
    {
        try
        {
            return get();
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    private static string? TryDecode(Encoding encoding, byte[] bytes)
    {
        try
        {
            var strict = (Encoding)encoding.Clone();
            strict.DecoderFallback = DecoderFallback.ExceptionFallback;
            return strict.GetString(bytes);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static string Bare(string name) => string.Concat(name.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant();
}
