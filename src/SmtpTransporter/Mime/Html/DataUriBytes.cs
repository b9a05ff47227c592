using System.Text;

namespace SmtpTransport;

/// <summary>Decodes the data of a <c>data:</c> URI (RFC 2397) as browsers do.</summary>
internal static class DataUriBytes
{
    /// <summary>Returns the bytes that the text after the comma stands for.</summary>
    /// <exception cref="FormatException">The text is not valid base64.</exception>
    public static byte[] Decode(string text, bool isBase64)
    {
        var bytes = PercentDecode(text);
        return isBase64 ? FromBase64(Encoding.Latin1.GetString(bytes)) : bytes;
    }

    // Uri.UnescapeDataString returns characters, and leaves what is not UTF-8.
    private static byte[] PercentDecode(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var length = 0;
        for (var i = 0; i < bytes.Length; i++, length++)
        {
            var isEscape = bytes[i] == (byte)'%' && i + 2 < bytes.Length
                && char.IsAsciiHexDigit((char)bytes[i + 1]) && char.IsAsciiHexDigit((char)bytes[i + 2]);
            bytes[length] = isEscape ? Convert.FromHexString([(char)bytes[i + 1], (char)bytes[i + 2]])[0] : bytes[i];
            if (isEscape)
                i += 2;
        }
        return bytes[..length];
    }

    // The padding may be missing, and there may be blanks (the WHATWG's "forgiving-base64 decode").
    private static byte[] FromBase64(string text)
    {
        var digits = string.Concat(text.Where(c => c is not (' ' or '\t' or '\n' or '\f' or '\r')));
        if (digits.Length % 4 == 0)
            digits = digits.EndsWith("==", StringComparison.Ordinal) ? digits[..^2] : digits.EndsWith('=') ? digits[..^1] : digits;
        try
        {
            if (digits.Contains('=', StringComparison.Ordinal))
                throw new FormatException("There is padding before the end.");
            return Convert.FromBase64String(digits.PadRight((digits.Length + 3) / 4 * 4, '='));
        }
        catch (FormatException exception)
        {
            throw new FormatException("The data: URI of an image is not valid base64.", exception);
        }
    }
}
