using System.Text;

namespace SmtpTransport;

/// <summary>A <c>data:</c> URI (RFC 2397), read as browsers read it (WHATWG Fetch, section 6).</summary>
internal sealed record DataUri(string Type, byte[] Content)
{
    public static bool IsDataUri(string address) => address.StartsWith("data:", StringComparison.OrdinalIgnoreCase);

    /// <exception cref="FormatException">There is no comma, or the content is not valid base64.</exception>
    public static DataUri Parse(string address)
    {
        var comma = address.IndexOf(',', StringComparison.Ordinal);
        if (comma < 0)
            throw new FormatException("The data: URI of an image has no comma.");
        var head = address[5..comma].Split(';');
        var type = head[0].Trim().Length == 0 ? "text/plain" : head[0].Trim().ToLowerInvariant();
        var content = Unescape(address[(comma + 1)..]);
        return new DataUri(type, head[^1].Trim().Equals("base64", StringComparison.OrdinalIgnoreCase) ? FromBase64(content) : content);
    }

    /// <summary>Decodes %XX into bytes, whatever the charset is.</summary>
    private static byte[] Unescape(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var length = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            var isEscape = bytes[i] == '%' && i + 2 < bytes.Length
                && char.IsAsciiHexDigit((char)bytes[i + 1]) && char.IsAsciiHexDigit((char)bytes[i + 2]);
            bytes[length++] = isEscape ? Convert.ToByte(Encoding.ASCII.GetString(bytes, i + 1, 2), 16) : bytes[i];
            if (isEscape)
                i += 2;
        }
        return bytes[..length];
    }

    /// <summary>Padding and white space do not matter.</summary>
    private static byte[] FromBase64(byte[] content)
    {
        var text = string.Concat(Encoding.Latin1.GetString(content).Where(c => !char.IsWhiteSpace(c)));
        if (text.Length % 4 == 0 && text.EndsWith('='))
            text = text[..^(text.EndsWith("==", StringComparison.Ordinal) ? 2 : 1)];
        try
        {
            return Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='));
        }
        catch (FormatException exception)
        {
            throw new FormatException("The data: URI of an image is not valid base64.", exception);
        }
    }
}
