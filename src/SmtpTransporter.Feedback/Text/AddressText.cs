namespace SmtpTransport.Feedback;

/// <summary>An address as programs write it in the middle of words.</summary>
internal static class AddressText
{
    private const int MaxLength = 320;

    /// <summary>The address alone; empty if the text has none.</summary>
    public static string Clean(string text)
    {
        var address = FieldText.Clean(text);
        var (start, end) = (address.LastIndexOf('<'), address.LastIndexOf('>'));
        if (start >= 0 && end > start)
            address = address[(start + 1)..end];
        // An old form of routing, which no server uses any more (RFC 5321, appendix C).
        if (address.StartsWith('@') && address.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon)
            address = address[(colon + 1)..];
        address = address.Trim(' ', '\'', ',', ';', '(', ')', '.', ':', '<', '>');
        // The brackets around an IP address belong to it (RFC 5321, section 4.1.3).
        if (!address.Contains("@[", StringComparison.Ordinal))
            address = address.Trim('[', ']');
        else if (address.StartsWith('[') && address.EndsWith("]]", StringComparison.Ordinal))
            address = address[1..^1];
        if (address.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase))
            address = address["mailto:".Length..];
        // A quoted local part keeps its quotes, an address in quotes does not.
        if (address.Length > 1 && address[0] == '"' && address[^1] == '"')
            address = address[1..^1];
        return address.Length is 0 or > MaxLength ? "" : address;
    }

    /// <summary>Whether the text is an address with a local part and a domain.</summary>
    public static bool IsAddress(string text) => text.IndexOf('@', StringComparison.Ordinal) is > 0 and var at && at < text.Length - 1;
}
