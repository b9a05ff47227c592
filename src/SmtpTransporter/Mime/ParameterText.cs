using System.Globalization;
using System.Text;

namespace SmtpTransport;

/// <summary>
/// Writes the parameters of Content-Type and Content-Disposition (RFC 2045, section 5.1): as tokens or quoted strings if they are short
/// ASCII, otherwise in pieces (RFC 2231) or as encoded words. MimeKit's own writer does not use the charset of the options.
/// </summary>
internal static class ParameterText
{
    private const int LineLength = 78;

    // RFC 2047, section 2.
    private const int EncodedLineLength = 76;

    // RFC 2231 leaves these as they are (attribute-char).
    private const string Symbols = "!#$&+-.^_`{|}~";

    /// <summary>Returns the value of the header with its parameters, folded.</summary>
    public static string Write(string field, string value, IEnumerable<KeyValuePair<string, string>> parameters, MimeWriteOptions format)
    {
        var text = new StringBuilder(value);
        var column = field.Length + 2 + value.Length;
        var hasWord = false;
        foreach (var piece in parameters.SelectMany(p => Pieces(p.Key, p.Value, format)))
        {
            text.Append(';');
            column++;
            hasWord |= HeaderText.HasWord(piece);
            // The next piece needs a semicolon after this one.
            if (column + 1 + piece.Length >= (hasWord ? EncodedLineLength : LineLength))
            {
                text.Append("\r\n");
                column = 0;
                hasWord = HeaderText.HasWord(piece);
            }
            text.Append(' ').Append(piece);
            var last = piece.LastIndexOf('\n');
            column = last < 0 ? column + 1 + piece.Length : piece.Length - last - 1;
        }
        return text.ToString();
    }

    private static List<string> Pieces(string name, string value, MimeWriteOptions format)
    {
        var ascii = value.All(c => c is >= ' ' and < (char)127);
        if (ascii && IsReadAsItIs(value) && $"{name}={Quoted(value)}" is { Length: < LineLength - 2 } whole)
            return [whole];
        // A space precedes the name; a quote and a semicolon follow the last word.
        return format.Names == AttachmentNameEncoding.Rfc2047
            ? [$"{name}=\"{HeaderText.Words(name.Length + 3, value, format.Header, after: 2)}\""]
            : Rfc2231(name, value, ascii ? TextCharset.UsAscii : format.Header.ForHeader(value));
    }

    // Against the standard, some readers decode encoded words in a quoted string, and others keep its backslashes or end it at a quote
    // behind one. They read all of these in the percent encoding.
    private static bool IsReadAsItIs(string value) =>
        !value.Contains("=?", StringComparison.Ordinal) && value.AsSpan().IndexOfAny('"', '\\') < 0;

    private static string Quoted(string value) =>
        value.Length > 0 && value.All(c => char.IsAsciiLetterOrDigit(c) || Symbols.Contains(c, StringComparison.Ordinal))
            ? value
            : $"\"{value}\"";

    /// <summary>
    /// Each piece has whole characters and begins and ends in ASCII, because some readers decode piece by piece. The standard does not
    /// require it.
    /// </summary>
    private static List<string> Rfc2231(string name, string value, TextCharset charset)
    {
        var whole = $"{name}*={charset.Label}''{Percent(value, charset)}";
        if (whole.Length < LineLength - 2)
            return [whole];

        // A charset with shifts would begin and end each piece with escapes, and readers that join the pieces first would see two in a row,
        // which some of them show as an error.
        if (charset == TextCharset.Iso2022Jp)
            charset = TextCharset.Utf8;
        var pieces = new List<string>();
        var (start, end) = (0, 0);
        foreach (var rune in value.EnumerateRunes())
        {
            var next = end + rune.Utf16SequenceLength;
            if (end > start && Head().Length + Percent(value.AsSpan(start, next - start), charset).Length > LineLength - 3)
            {
                pieces.Add(Head() + Percent(value.AsSpan(start, end - start), charset));
                start = end;
            }
            end = next;
        }
        pieces.Add(Head() + Percent(value.AsSpan(start), charset));
        return pieces;

        string Head() => string.Create(
            CultureInfo.InvariantCulture, $"{name}*{pieces.Count}*={(pieces.Count == 0 ? charset.Label + "''" : "")}");
    }

    private static string Percent(ReadOnlySpan<char> text, TextCharset charset)
    {
        var bytes = new byte[charset.Encoding.GetMaxByteCount(text.Length)];
        var encoded = new StringBuilder();
        foreach (var b in bytes.AsSpan(0, charset.Encoding.GetBytes(text, bytes)))
        {
            var c = (char)b;
            if (char.IsAsciiLetterOrDigit(c) || Symbols.Contains(c, StringComparison.Ordinal))
                encoded.Append(c);
            else
                encoded.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }
        return encoded.ToString();
    }
}
