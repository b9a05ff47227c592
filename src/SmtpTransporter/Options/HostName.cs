using System.Globalization;
using System.Text;

namespace SmtpTransport;

/// <summary>Checks whether a text is the name of a host or an IP address.</summary>
internal static class HostName
{
    private const int MaxLength = 253;

    public static bool IsValid(string? host) =>
        host is { Length: <= MaxLength } && !string.IsNullOrWhiteSpace(host) && !host.StartsWith('[')
        && Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6
        && (host.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or ':' or '%') || IsInternational(host));

    // The Uri class accepts characters that no name has, such as a line separator or half of a surrogate pair.
    private static bool IsInternational(string host)
    {
        try
        {
            return host.EnumerateRunes().All(r => r.IsAscii || Rune.IsLetterOrDigit(r) || IsMark(r))
                && new IdnMapping().GetAscii(host).Length <= MaxLength;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static bool IsMark(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;
}
