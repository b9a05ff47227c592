using System.Net;
using System.Net.Sockets;

namespace SmtpTransport.Testing;

/// <summary>The argument of MAIL or RCPT: a path in angle brackets, and parameters (RFC 5321, section 4.1.2). Immutable.</summary>
/// <remarks>
/// It repeats the grammar of addresses that the library itself has, on purpose: the test server is an oracle for what the library sends,
/// and an oracle that shares the code under test would share its mistakes.
/// </remarks>
internal sealed record MailPath(string Address, IReadOnlyDictionary<string, string?> Parameters)
{
    private const string AtomSymbols = "!#$%&'*+-/=?^_`{|}~";

    // The decoder replaces bytes that are not valid UTF-8 with it.
    private const char InvalidUtf8 = '\uFFFD';

    public bool IsAscii => System.Text.Ascii.IsValid(Address);

    /// <summary>Parses strictly: as in the RFC's grammar, no space may follow the colon.</summary>
    /// <returns>Null if the syntax is wrong.</returns>
    public static MailPath? Parse(string arguments, string keyword, bool allowEmpty)
    {
        if (!arguments.StartsWith(keyword, StringComparison.OrdinalIgnoreCase) || arguments.Length < keyword.Length + 2
            || arguments[keyword.Length] != '<' || arguments.Contains(InvalidUtf8, StringComparison.Ordinal))
            return null;
        var begin = keyword.Length + 1;
        var end = FindEnd(arguments, begin);
        if (end < 0)
            return null;
        var address = RemoveRoute(arguments[begin..end]);
        var valid = address.Length == 0
            ? allowEmpty
            : IsMailbox(address) || (!allowEmpty && address.Equals("postmaster", StringComparison.OrdinalIgnoreCase));
        var parameters = ParseParameters(arguments[(end + 1)..]);
        return valid && parameters is not null ? new(address, parameters) : null;
    }

    private static int FindEnd(string text, int begin)
    {
        var quoted = false;
        for (var i = begin; i < text.Length; i++)
        {
            if (quoted && text[i] == '\\')
                i++;
            else if (text[i] == '"')
                quoted = !quoted;
            else if (text[i] == '>' && !quoted)
                return i;
        }
        return -1;
    }

    // Source routes are accepted and ignored (RFC 5321, appendix C).
    private static string RemoveRoute(string path) =>
        path.StartsWith('@') && path.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon ? path[(colon + 1)..] : path;

    private static bool IsMailbox(string address)
    {
        var at = GetLocalPartLength(address);
        return at > 0 && at < address.Length && address[at] == '@' && IsDomain(address[(at + 1)..]);
    }

    private static int GetLocalPartLength(string address)
    {
        if (address[0] != '"')
        {
            var at = address.IndexOf('@', StringComparison.Ordinal);
            return at > 0 && address[..at].Split('.').All(atom => atom.Length > 0 && atom.All(IsAtomCharacter)) ? at : -1;
        }
        for (var i = 1; i < address.Length; i++)
        {
            if (address[i] == '\\')
                i++;
            else if (address[i] == '"')
                return i + 1;
        }
        return -1;
    }

    private static bool IsDomain(string domain)
    {
        if (domain.StartsWith('[') && domain.EndsWith(']'))
            return IsAddressLiteral(domain[1..^1]);
        return domain.Split('.').All(label => label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-'
            && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' || c > 127));
    }

    private static bool IsAddressLiteral(string literal)
    {
        var isV6 = literal.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase);
        return IPAddress.TryParse(isV6 ? literal["IPv6:".Length..] : literal, out var address)
            && address.AddressFamily == (isV6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork);
    }

    private static bool IsAtomCharacter(char c) =>
        char.IsAsciiLetterOrDigit(c) || c > 127 || AtomSymbols.Contains(c, StringComparison.Ordinal);

    private static Dictionary<string, string?>? ParseParameters(string text)
    {
        var parameters = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        if (text.Length == 0)
            return parameters;
        if (text[0] != ' ')
            return null;
        foreach (var parameter in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = parameter.IndexOf('=', StringComparison.Ordinal);
            var key = equals < 0 ? parameter : parameter[..equals];
            var value = equals < 0 ? null : parameter[(equals + 1)..];
            if (key.Length == 0 || !key.All(c => char.IsAsciiLetterOrDigit(c) || c == '-')
                || value is "" || (value?.Contains('=', StringComparison.Ordinal) ?? false)
                || !parameters.TryAdd(key.ToUpperInvariant(), value))
                return null;
        }
        return parameters;
    }
}
