namespace SmtpTransport;

/// <summary>What text shows of a link: its address in parentheses, unless the words already say it.</summary>
internal static class HtmlLink
{
    // So many digits at the end of two telephone numbers are equal, in whatever form they are written: with or without a country code.
    private const int ComparedDigits = 4;

    /// <returns>The address that text shows; null for a link that leads nowhere outside of its page.</returns>
    public static string? GetAddress(string? reference)
    {
        var address = reference?.Trim() ?? "";
        if (address.Length == 0 || address[0] == '#')
            return null;
        var colon = address.IndexOf(':', StringComparison.Ordinal);
        return (colon < 0 ? "" : address[..colon].ToLowerInvariant()) switch
        {
            "javascript" or "vbscript" or "data" or "cid" => null,
            "mailto" => Unescape(address[(colon + 1)..].Split('?')[0]) is { Length: > 0 } mailbox ? mailbox : null,
            "tel" or "sms" => Unescape(address[(colon + 1)..].Split('?', ';')[0]) is { Length: > 0 } number ? number : null,
            _ => address,
        };
    }

    /// <returns>The address to write after the words of the link; null if they already say it.</returns>
    public static string? GetAddition(string? address, string words) =>
        address is null || IsSame(words, address) ? null : address;

    private static bool IsSame(string words, string address)
    {
        if (Simplify(words).Equals(Simplify(address), StringComparison.OrdinalIgnoreCase))
            return true;
        return address.All(c => char.IsAsciiDigit(c) || c is '+' or '-' or '.' or '(' or ')' or ' ')
            && Digits(words) is { Length: >= ComparedDigits } number
            && Digits(address).EndsWith(number[^ComparedDigits..], StringComparison.Ordinal);
    }

    private static string Simplify(string address)
    {
        var start = address.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? 8
            : address.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? 7
            : 0;
        return address[start..].TrimEnd('/');
    }

    private static string Digits(string text) => new([.. text.Where(char.IsAsciiDigit)]);

    private static string Unescape(string text) => Uri.UnescapeDataString(text).Trim();
}
