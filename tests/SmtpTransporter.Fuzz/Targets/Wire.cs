using System.Text;

namespace SmtpTransport.Fuzz.Targets;

/// <summary>Checks the messages that are written for a server.</summary>
internal static class Wire
{
    /// <summary>Writes an email as it would be sent. It needs no sender and no recipient.</summary>
    public static byte[] Send(Email email)
    {
        var options = new MimeWriteOptions(MailMode.Utf8, MailMode.Utf8) { IsSent = true };
        var open = new List<IDisposable>();
        using var stream = new MemoryStream();
        var (message, _) = MessageBuilder.WriteAsync(
            async: false, EmailValidator.Checked(email), options, TimeProvider.System, open, CancellationToken.None).GetCompletedResult();
        MimeWriter.WriteAsync(async: false, message, stream, sevenBit: false, CancellationToken.None).GetCompletedResult();
        open.ForEach(content => content.Dispose());
        return stream.ToArray();
    }

    /// <param name="mime">The message.</param>
    /// <param name="inUtf8">Whether an address needs SMTPUTF8, so that the headers contain it in UTF-8.</param>
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
            Require(line.Length <= 998, "no line of more than 998 bytes");
            Require(!inHeaders || IsHeader(line, inUtf8), "only printable ASCII, spaces and tabs in the headers");
        }
    }

    public static bool IsForSmtpUtf8(IEnumerable<EmailAddress> addresses) => addresses.Any(a => AddressSpec.NeedsSmtpUtf8(a.Email));

    /// <summary>Whether both lists have the same mailboxes, with domains in Punycode or not.</summary>
    public static bool Same(EmailAddresses some, EmailAddresses others) =>
        some.Select(a => AddressSpec.WithAsciiDomain(a.Email))
            .SequenceEqual(others.Select(a => AddressSpec.WithAsciiDomain(a.Email)), StringComparer.OrdinalIgnoreCase);

    /// <summary>Normalizes text for a comparison: LF as line ends, and none at the end.</summary>
    public static string Lines(string? text) =>
        (text ?? "").Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').TrimEnd('\n');

    public static string Decode(byte[] mime) => Encoding.Latin1.GetString(mime);

    private static bool IsHeader(ReadOnlySpan<byte> line, bool inUtf8)
    {
        foreach (var b in line)
        {
            if (b is (< (byte)' ' and not (byte)'\t') or 127 || (b > 127 && !inUtf8))
                return false;
        }
        return true;
    }

    private static void Require(bool holds, string requirement)
    {
        if (!holds)
            throw new BrokenPromiseException($"A written message has {requirement}.");
    }
}
