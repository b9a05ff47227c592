namespace SmtpTransport.Fuzz.Targets;

/// <summary>
/// <see cref="EmailAddresses.Parse"/> and its kin: text is addresses that can be sent and written back, or a <see cref="FormatException"/>.
/// </summary>
internal sealed class AddressesTarget() : Target(
    "addresses",
    "@", "<", ">", "\"", "\\", "\\\"", "(", ")", ",", ";", ":", ":;", "[", "]", " ", "\t", ".", "..", "\r\n", "\r\n ", "\0", "\\\r", "\\\n", "\\\0", "\u0085", "\u2028",
    "a@x", "<a@x>", "Ann <a@x>", "\"a b\"@x", "\"a@b\"@x", "\"\"@x", "@a:b@c", "<@a,@b:c@d>", "Team: a@x, b@y;", "undisclosed-recipients:;", "(comment)", "((", "))",
    "[127.0.0.1]", "[IPv6:::1]", "[IPv6:fe80::1%eth0]", "@xn--bcher-kva.example", "@xn--", "@ü.example", "@日本.jp", "@。x", "@a_b", "@-a-", "ß", "\u00AD", "\u200D", "\u202E", "é", "e\u0301",
    "=?utf-8?Q?=41?=", "=?", "\uFFFE", "\uFFFF", "\uFFFE\uFFFF", "İ", "K", "ａ", "．")
{
    public override string Run(byte[] input)
    {
        var text = Text(input);
        EmailAddresses converted = text;
        var one = EmailAddress.TryParse(text, out _);
        if (!EmailAddresses.TryParse(text, out var addresses))
        {
            Require(!one, "What is no list is no address either.");
            return Refused(text, converted);
        }

        Require(one == (addresses.Count == 1), "A list of one is an address.");
        foreach (var address in addresses)
            Check(address);
        CheckReadBack(addresses);
        return $"{Math.Min(addresses.Count, 3)} {Written(addresses)}";
    }

    private static string Refused(string text, EmailAddresses converted)
    {
        try
        {
            EmailAddresses.Parse(text);
        }
        catch (FormatException exception)
        {
            Require(converted.Problem is { } problem && problem.Position >= 0 && problem.Position <= text.Length, "A problem has a position in the text.");
            return Shape(exception)[..15] + converted.Problem!.Message[..Math.Min(converted.Problem.Message.Length, 40)];
        }
        throw new BrokenPromiseException("Parse takes what TryParse refuses.");
    }

    private static void Check(EmailAddress address)
    {
        Require(AddressSpec.Check(address.Email) is null, "What was read is an address.");
        Require(!address.Email.Any(char.IsControl), "An address has no control character.");
        Require(address.Name?.AsSpan().ContainsAny("\r\n\0") != true, "A name has no line break and no NUL.");
        var ascii = AddressSpec.WithAsciiDomain(address.Email);
        Require(AddressSpec.Check(ascii) is null, "An address in punycode is an address.");
        Require(AddressSpec.WithAsciiDomain(ascii) == ascii, "Punycode stays as it is.");
        Require(AddressSpec.NeedsSmtpUtf8(address.Email) == AddressSpec.NeedsSmtpUtf8(ascii), "Only the local part needs SMTPUTF8.");
        // MimeKit turns punycode back into Unicode, and forth again where it writes a command.
        var mailbox = new Envelope(ascii, [ascii]).SenderMailbox;
        Require(mailbox.GetAddress(idnEncode: true).Equals(ascii, StringComparison.OrdinalIgnoreCase), "The envelope has the address as it is.");
    }

    private static void CheckReadBack(EmailAddresses addresses)
    {
        Require(EmailAddresses.TryParse(addresses.ToString(), out var again), "What is printed can be read.");
        Require(again!.Select(a => (a.Email, a.Name ?? "")).SequenceEqual(addresses.Select(a => (a.Email, a.Name ?? ""))), "What is printed is read as the same.");
    }

    /// <summary>What is read can be written into a header, and what is read from there is the same.</summary>
    private static string Written(EmailAddresses addresses)
    {
        var email = new Email { From = "me@example.com", To = addresses };
        using var stream = new MemoryStream();
        try
        {
            email.ToMime(stream);
        }
        catch (InvalidOperationException exception)
        {
            // Half a surrogate pair in a name; in an address it would not have been read.
            Require(addresses.Any(a => a.Name?.Any(char.IsSurrogate) == true), "Addresses that are read can be written.");
            return Shape(exception);
        }
        Wire.RequireClean(stream.ToArray(), Wire.IsForSmtpUtf8(addresses));
        var read = Email.FromMime(stream.ToArray()).To;
        Require(Wire.Same(read, addresses), "What is written is read as the same.");
        return "written";
    }
}
