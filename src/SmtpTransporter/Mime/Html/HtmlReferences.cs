using System.Text;
using MimeKit.Text;

namespace SmtpTransport;

/// <summary>Decodes character references such as <c>&amp;eacute;</c> in attributes, where other rules hold than in text.</summary>
internal static class HtmlReferences
{
    /// <summary>
    /// Decodes the value of an attribute. A name without its semicolon stays as it is if a word or "=" follows, as in
    /// <c>?a=1&amp;copy=2</c> (WHATWG HTML, section 13.2.5.73).
    /// </summary>
    public static string DecodeValue(string value)
    {
        var start = value.IndexOf('&', StringComparison.Ordinal);
        if (start < 0)
            return value;
        var decoded = new StringBuilder(value.Length).Append(value, 0, start);
        while (start < value.Length)
        {
            var end = EndOf(value, start);
            var followsEquals = end < value.Length && value[end] == '=';
            decoded.Append(Decode(value[start..end], followsEquals));
            start = value.IndexOf('&', end) is var next and >= 0 ? next : value.Length;
            decoded.Append(value, end, start - end);
        }
        return decoded.ToString();
    }

    /// <returns>The position behind the letters, digits and the semicolon that follow an ampersand.</returns>
    private static int EndOf(string value, int start)
    {
        var end = start + 1;
        if (end < value.Length && value[end] == '#')
            end++;
        while (end < value.Length && char.IsAsciiLetterOrDigit(value[end]))
            end++;
        return end < value.Length && value[end] == ';' ? end + 1 : end;
    }

    private static string Decode(string written, bool followsEquals)
    {
        var isNumber = written.StartsWith("&#", StringComparison.Ordinal);
        if (followsEquals && !isNumber && written[^1] != ';')
            return written;
        var complete = isNumber && written[^1] != ';' ? written + ";" : written;
        var decoded = HtmlUtils.HtmlDecode(complete);
        // If the last character is still there, only a part of the name was one.
        return decoded[^1] == complete[^1] ? written : decoded;
    }
}
