using System.Text;

namespace SmtpTransport.Fuzz.Targets;

/// <summary>What every message must be that is written for a server.</summary>
internal static class Wire
{
    /// <param name="mime">The message.</param>
    /// <param name="inUtf8">Whether an address is for SMTPUTF8, and stands in the headers as it is.</param>
    public static void RequireClean(ReadOnlySpan<byte> mime, bool inUtf8 = false)
    {
        var rest = mime;
        var inHeaders = true;
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf("\r\n"u8);
            var line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? [] : rest[(end + 2)..];
            inHeaders &= line.Length > 0;
            Require(!line.ContainsAny((byte)'\r', (byte)'\n', (byte)0), "no bare CR or LF and no NUL");
            Require(line.Length <= 998, "no line of more than 998 octets");
            Require(!inHeaders || IsHeader(line, inUtf8), "only printable ASCII, blanks and tabs in the headers");
        }
    }

    public static bool IsForSmtpUtf8(IEnumerable<EmailAddress> addresses) => addresses.Any(a => AddressSpec.NeedsSmtpUtf8(a.Email));

    /// <summary>Whether mail goes to the same mailboxes: a domain may be in punycode or not.</summary>
    public static bool Same(EmailAddresses some, EmailAddresses others) =>
        some.Select(a => AddressSpec.WithAsciiDomain(a.Email)).SequenceEqual(others.Select(a => AddressSpec.WithAsciiDomain(a.Email)), StringComparer.OrdinalIgnoreCase);

    /// <summary>Text as it is compared: with one kind of line end, and none at its end.</summary>
    public static string Lines(string? text) =>
        (text ?? "").Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').TrimEnd('\n');

    public static string Of(byte[] mime) => Encoding.Latin1.GetString(mime);

    private static bool IsHeader(ReadOnlySpan<byte> line, bool inUtf8)
    {
        foreach (var b in line)
        {
            if (b is (< (byte)' ' and not (byte)'\t') or 127 || (b > 127 && !inUtf8))
                return false;
        }
        return true;
    }

    private static void Require(bool holds, string what)
    {
        if (!holds)
            throw new BrokenPromiseException($"A message that is written has {what}.");
    }
}
