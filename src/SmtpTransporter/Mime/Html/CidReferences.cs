using System.Net;
using System.Text.RegularExpressions;

namespace SmtpTransport;

/// <summary>Finds the Content-IDs that HTML refers to (RFC 2392).</summary>
internal static partial class CidReferences
{
    /// <summary>Returns the ids without angle brackets.</summary>
    public static HashSet<string> Find(string html) =>
        Reference().Matches(html)
            .Select(match => Uri.UnescapeDataString(WebUtility.HtmlDecode(match.Groups[1].Value)))
            .ToHashSet(StringComparer.Ordinal);

    [GeneratedRegex(@"[""'(=\s]cid:([^""'\s)>]+)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Reference();
}
