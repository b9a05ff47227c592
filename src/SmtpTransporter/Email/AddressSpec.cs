using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SmtpTransport;

/// <summary>The rules of one address, <c>local@domain</c> (RFC 5321, section 4.1.2; RFC 6531 for what is not ASCII).</summary>
internal static class AddressSpec
{
    private const string AtomSpecials = "!#$%&'*+-/=?^_`{|}~";

    // RFC 5321, section 4.5.3.1.3: a path has at most 256 octets, including its angle brackets.
    private const int MaxAddressBytes = 254;

    /// <summary>Finds the first problem of the address; null if it can be sent.</summary>
    public static AddressProblem? Check(string address)
    {
        for (var i = 0; i < address.Length; i++)
        {
            if (char.IsControl(address[i]))
                return new(i, "there is a control character");
            if (char.IsSurrogate(address[i]) && !IsPair(address, ref i))
                return new(i, "there is half a surrogate pair");
        }
        var at = EndOfLocalPart(address, out var problem);
        if (problem is not null)
            return problem;
        if (Encoding.UTF8.GetByteCount(address) > MaxAddressBytes)
            return new(0, $"the address is longer than {MaxAddressBytes} bytes");
        return CheckDomain(address, at + 1) ?? CheckPunycode(address, at + 1);
    }

    /// <summary>True if the local part is not ASCII: the address then needs SMTPUTF8 (RFC 6531).</summary>
    public static bool NeedsSmtpUtf8(string address) => !Ascii.IsValid(address.AsSpan(0, address.LastIndexOf('@')));

    /// <summary>What follows the last <c>@</c>; the whole text if there is none.</summary>
    public static string DomainOf(string address) => address[(address.LastIndexOf('@') + 1)..];

    /// <summary>The address with its domain in ASCII (punycode, RFC 5890). Only for an address that <see cref="Check"/> accepts.</summary>
    public static string WithAsciiDomain(string address)
    {
        var domain = address.LastIndexOf('@') + 1;
        return Ascii.IsValid(address.AsSpan(domain)) ? address : address[..domain] + ToAscii(address[domain..]);
    }

    /// <summary>The address in one spelling, to be compared. Only for an address that <see cref="Check"/> accepts.</summary>
#pragma warning disable CA1308 // Compared with itself; domains are written in lower case.
    public static string Normal(string address) => WithAsciiDomain(address.Normalize()).ToLowerInvariant();
#pragma warning restore CA1308

    private static int EndOfLocalPart(string address, out AddressProblem? problem)
    {
        problem = null;
        if (address.Length > 0 && address[0] == '"')
            return EndOfQuotedLocalPart(address, ref problem);

        var at = address.IndexOf('@', StringComparison.Ordinal);
        if (at <= 0)
        {
            problem = at < 0
                ? new(0, address.Length == 0 ? "the address is empty" : "this is not a valid address: it has no \"@\"")
                : new(0, "there is nothing before \"@\"");
            return at;
        }
        for (var i = 0; i < at; i++)
        {
            var c = address[i];
            if (c == '.' && (i == 0 || i == at - 1 || address[i - 1] == '.'))
                problem = new(i, "a dot must be between other characters");
            else if (char.IsWhiteSpace(c))
                problem = new(i, "there is a space in the address");
            else if (c != '.' && c < 128 && !char.IsAsciiLetterOrDigit(c) && !AtomSpecials.Contains(c, StringComparison.Ordinal))
                problem = new(i, $"\"{c}\" is not allowed there without quotes");
            if (problem is not null)
                break;
        }
        return at;
    }

    private static int EndOfQuotedLocalPart(string address, ref AddressProblem? problem)
    {
        var end = 1;
        while (end < address.Length && address[end] != '"')
            end += address[end] == '\\' ? 2 : 1;
        if (end >= address.Length)
            problem = new(0, "the quote is not closed");
        else if (end + 1 >= address.Length || address[end + 1] != '@')
            problem = new(end + 1, "\"@\" is missing after the quoted local part");
        else if (end == 1)
            problem = new(0, "there is nothing before \"@\"");
        return end + 1;
    }

    private static AddressProblem? CheckDomain(string address, int start)
    {
        if (start == address.Length)
            return new(start, "there is nothing after \"@\"");
        if (address[start] == '[')
            return IsLiteral(address[start..]) ? null : new(start, "this is not a valid address literal");
        var domain = address.AsSpan(start);
        for (var i = 0; i < domain.Length; i++)
        {
            var c = domain[i];
            if (c == '@')
                return new(start + i, "there is a second \"@\"");
            if (char.IsWhiteSpace(c))
                return new(start + i, "there is a space in the address");
            if (c < 128 && !char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-' or '_'))
                return new(start + i, $"\"{c}\" is not allowed in a domain");
        }
        if (Label(domain).Shortest == 0)
            return new(start, "a label of the domain is empty");
        try
        {
            var ascii = Ascii.IsValid(domain) ? domain : ToAscii(address[start..]);
            return Label(ascii).Longest > 63 ? new(start, "a label of the domain is longer than 63 bytes") : null;
        }
        catch (ArgumentException)
        {
            return new(start, "this is not a valid domain");
        }
    }

    private static (int Shortest, int Longest) Label(ReadOnlySpan<char> domain)
    {
        var (shortest, longest) = (int.MaxValue, 0);
        for (var end = 0; end >= 0;)
        {
            end = domain.IndexOf('.');
            var length = end < 0 ? domain.Length : end;
            (shortest, longest) = (Math.Min(shortest, length), Math.Max(longest, length));
            domain = domain[(end + 1)..];
        }
        return (shortest, longest);
    }

    /// <summary>
    /// Punycode replaces Unicode variants, of dots and at signs among others, with the plain character. That form is sent, so it must be
    /// valid.
    /// </summary>
    private static AddressProblem? CheckPunycode(string address, int start) =>
        Ascii.IsValid(address.AsSpan(start)) || Check(WithAsciiDomain(address)) is not { } problem ? null : new(start, problem.Message);

    /// <summary>Whether the text is an address literal (RFC 5321, section 4.1.3), such as <c>[192.0.2.1]</c>.</summary>
    public static bool IsLiteral(string domain)
    {
        if (domain is not ['[', .., ']'])
            return false;
        var inner = domain[1..^1];
        // IPAddress accepts scope ids, octal numbers and more, which are not allowed in a path.
        if (inner.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not (':' or '.')))
            return false;
        return inner.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase)
            ? IPAddress.TryParse(inner[5..], out var v6) && v6.AddressFamily == AddressFamily.InterNetworkV6
            : IPAddress.TryParse(inner, out var v4) && v4.AddressFamily == AddressFamily.InterNetwork && v4.ToString() == inner;
    }

    // Underscores are in use although host names must not have them; IdnMapping would refuse them in its strict mode, off by default.
    private static string ToAscii(string domain) => Ascii.IsValid(domain) ? domain : new IdnMapping().GetAscii(domain);

    private static bool IsPair(string text, ref int index)
    {
        if (!char.IsHighSurrogate(text[index]) || index + 1 == text.Length || !char.IsLowSurrogate(text[index + 1]))
            return false;
        index++;
        return true;
    }
}
