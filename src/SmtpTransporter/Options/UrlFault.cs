namespace SmtpTransport;

/// <summary>Finds what is wrong with a URL of which no server can be read. It shows nothing of the URL: any part may be a secret.</summary>
internal static class UrlFault
{
    /// <returns>What is wrong and what to do, without a period; null if nothing is known about it.</returns>
    public static string? Find(string url)
    {
        if (url.Length == 0)
            return "it is empty";
        if (url.IndexOf("://", StringComparison.Ordinal) is not (> 0 and var at))
            return "it has no scheme: write smtp:// or smtps:// before the host";
        if (url.AsSpan().ContainsAny(" \t\r\n"))
            return "it has a blank: percent-encode it as %20 in a user or a password";
        var scheme = url[..at];
        if (scheme is not ("smtp" or "smtps" or "lmtp") && !scheme.StartsWith("smtp+", StringComparison.OrdinalIgnoreCase))
            return "its scheme is none of those below";
        var rest = url[(at + 3)..];
        var authority = rest[..(rest.IndexOfAny(['/', '?', '#']) is var end and >= 0 ? end : rest.Length)];
        // A character that ends the authority may be one of the password, and the "@" behind it ends that.
        if (!authority.Contains('@', StringComparison.Ordinal) && rest.Contains('@', StringComparison.Ordinal))
            return "the user or the password has \"/\", \"?\" or \"#\": write %2F, %3F or %23 for it";
        if (authority.Count(c => c == '@') > 1)
            return "the user or the password has an \"@\": write %40 for it";
        if (authority.Contains('%', StringComparison.Ordinal) && HasWrongPercent(authority))
            return "a \"%\" in it is not followed by two hexadecimal digits: write %25 for it";
        var server = authority[(authority.LastIndexOf('@') + 1)..];
        var port = server.LastIndexOf(':') is var colon and >= 0 && !server.EndsWith(']') ? server[(colon + 1)..] : null;
        return server.Length == 0 || server[0] == ':' ? "it has no host"
            : port is not null && !(ushort.TryParse(port, out var number) && number > 0)
                ? "its port must be a number from 1 to 65535"
            : null;
    }

    private static bool HasWrongPercent(string text)
    {
        for (var at = text.IndexOf('%', StringComparison.Ordinal); at >= 0; at = text.IndexOf('%', at + 1))
        {
            if (at + 2 >= text.Length || !char.IsAsciiHexDigit(text[at + 1]) || !char.IsAsciiHexDigit(text[at + 2]))
                return true;
        }
        return false;
    }
}
