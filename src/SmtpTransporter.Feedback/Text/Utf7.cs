using System.Buffers.Text;
using System.Text;

namespace SmtpTransport.Feedback;

/// <summary>Reads UTF-7 (RFC 2152), which .NET no longer reads and old servers of Microsoft still write.</summary>
internal static class Utf7
{
    public static bool IsUtf7(string? charset) => charset is not null
        && (charset.Equals("utf-7", StringComparison.OrdinalIgnoreCase)
            || charset.Equals("unicode-1-1-utf-7", StringComparison.OrdinalIgnoreCase)
            || charset.Equals("unicode-2-0-utf-7", StringComparison.OrdinalIgnoreCase));

    public static string Decode(string text)
    {
        var decoded = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '+')
            {
                decoded.Append(text[i]);
                continue;
            }
            var end = i + 1;
            while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '+' or '/'))
                end++;
            var isClosed = end < text.Length && text[end] == '-';
            decoded.Append(end == i + 1 ? "+" : Units(text[(i + 1)..end]));
            i = isClosed ? end : end - 1;
        }
        return decoded.ToString();
    }

    private static string Units(string base64)
    {
        var padded = base64 + new string('=', (4 - base64.Length % 4) % 4);
        return Base64.IsValid(padded) ? Encoding.BigEndianUnicode.GetString(Convert.FromBase64String(padded)) : $"+{base64}";
    }
}
