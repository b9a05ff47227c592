namespace SmtpTransport.Fuzz.Targets;

/// <summary>
/// <see cref="EmailAddresses.Parse"/> and related methods: text is either addresses that can be sent and written back, or a
/// <see cref="FormatException"/>.
/// </summary>
internal sealed class AddressesTarget() : Target(
    "addresses",
    "@", "<", ">", "\"", "\\", "\\\"", "(", ")", ",", ";", ":", ":;", "[", "]", " ", "\t", ".", "..", "\r\n", "\r\n ", "\0", "\\\r",
    "\\\n", "\\\0", "\u0085", "\u2028",
    "a@x", "<a@x>", "Ann <a@x>", "\"a b\"@x", "\"a@b\"@x", "\"\"@x", "@a:b@c", "<@a,@b:c@d>", "Team: a@x, b@y;",
    "undisclosed-recipients:;", "(comment)", "((", "))",
    "[127.0.0.1]", "[IPv6:::1]", "[IPv6:fe80::1%eth0]", "@xn--bcher-kva.example", "@xn--", "@ü.example", "@日本.jp", "@。x", "@a_b", "@-a-",
    "ß", "\u00AD", "\u200D", "\u202E", "é", "e\u0301",
    "=?utf-8?Q?=41?=", "=?", "\uFFFE", "\uFFFF", "\uFFFE\uFFFF", "İ", "K", "ａ", "．")
{
    public override string Run(byte[] input)
    {
        var text = Text(input);
        EmailAddresses converted = text;
        var one = EmailAddress.TryParse(text, out _);
        if (!EmailAddresses.TryParse(text, out var addresses))
        {
            Require(!one, "Text that is not a valid list is not a valid address.");
            return DescribeRefusal(text, converted);
        }

        Require(one == (addresses.Count == 1), "A list with one address is a valid address.");
        foreach (var address in addresses)
            Check(address);
        CheckReadBack(addresses);
        return $"{Math.Min(addresses.Count, 3)} {Write(addresses)}";
    }

    private static string DescribeRefusal(string text, EmailAddresses converted)
    {
        try
        {
            EmailAddresses.Parse(text);
        }
        catch (FormatException exception)
        {
            var isInText = converted.Problem is { } problem && problem.Position >= 0 && problem.Position <= text.Length;
            Require(isInText, "The position of a problem is in the text.");
            return Shape(exception)[..15] + converted.Problem!.Message[..Math.Min(converted.Problem.Message.Length, 40)];
        }
        throw new BrokenPromiseException("Parse must not accept text that TryParse refuses.");
    }

    private static void Check(EmailAddress address)
    {
        Require(AddressSpec.Check(address.Email) is null, "A parsed address is valid.");
        Require(!address.Email.Any(char.IsControl), "An address has no control character.");
        Require(address.Name?.AsSpan().ContainsAny("\r\n\0") != true, "A name has no line break and no NUL.");
        var ascii = AddressSpec.WithAsciiDomain(address.Email);
        Require(AddressSpec.Check(ascii) is null, "An address in Punycode is valid.");
        Require(AddressSpec.WithAsciiDomain(ascii) == ascii, "Punycode is not changed.");
        Require(AddressSpec.NeedsSmtpUtf8(address.Email) == AddressSpec.NeedsSmtpUtf8(ascii), "Only the local part needs SMTPUTF8.");
        // MimeKit converts Punycode to Unicode, and back when it writes a command.
        var mailbox = new Envelope(ascii, [ascii]).SenderMailbox;
        var inEnvelope = mailbox.GetAddress(idnEncode: true);
        Require(inEnvelope.Equals(ascii, StringComparison.OrdinalIgnoreCase), "The envelope has the address unchanged.");
    }

    private static void CheckReadBack(EmailAddresses addresses)
    {
        Require(EmailAddresses.TryParse(addresses.ToString(), out var again), "Printed addresses can be parsed.");
        var isSame = again!.Select(a => (a.Email, a.Name ?? "")).SequenceEqual(addresses.Select(a => (a.Email, a.Name ?? "")));
        Require(isSame, "Printed addresses are parsed as the same addresses.");
    }

    /// <summary>Writes the addresses into a header, from which the same addresses are read.</summary>
    private static string Write(EmailAddresses addresses)
    {
        var email = new Email { From = "me@example.com", To = addresses };
        using var stream = new MemoryStream();
        try
        {
            email.ToMime(stream);
        }
        catch (InvalidOperationException exception)
        {
            // Only a name can have half a surrogate pair; in an address the parser refuses it.
            Require(addresses.Any(a => a.Name?.Any(char.IsSurrogate) == true), "Parsed addresses can be written.");
            return Shape(exception);
        }
        Wire.RequireClean(stream.ToArray(), Wire.IsForSmtpUtf8(addresses));
        var read = Email.FromMime(stream.ToArray()).To;
        Require(Wire.Same(read, addresses), "Written addresses are read as the same addresses.");
        return "written";
    }
}
