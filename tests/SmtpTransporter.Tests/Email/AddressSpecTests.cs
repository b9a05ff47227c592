using Xunit;

namespace SmtpTransport.Tests;

/// <summary>The rules of one address, as a check or a send applies them to addresses that were not parsed.</summary>
public sealed class AddressSpecTests
{
    public static TheoryData<string> Right =>
    [
        "a@x", "a.b.c@x.example", "!#$%&'*+-/=?^_`{|}~09azAZ@x", "jörg@x", "😀@x", "\"a b\"@x", "\"a\\\"b\"@x", "\"a\\\\\"@x",
        "\".\"@x", "\"@\"@x", "a@x-y.z_1.example", "a@müller.example", "a@日本.example",
        "a@[127.0.0.1]", "a@[255.255.255.255]", "a@[IPv6:::1]",
        "a@[ipv6:2001:DB8::1]",
        $"a@{new string('d', 63)}.example", $"{new string('a', 250)}@x.y", $"{new string('é', 125)}@x.y",
    ];

    [Theory]
    [MemberData(nameof(Right))]
    public void A_valid_address_has_no_problem(string address)
    {
        Assert.Null(AddressSpec.Check(address));
        Assert.Equal(address, EmailAddress.Parse(address).Email);
    }

    public static TheoryData<string, int, string> Wrong => new()
    {
        { "", 0, "the address is empty" },
        { "bob", 0, "this is not a valid address: it has no \"@\"" },
        { "@x", 0, "there is nothing before \"@\"" },
        { "\"\"@x", 0, "there is nothing before \"@\"" },
        { "a@", 2, "there is nothing after \"@\"" },
        { "\"a\"@", 4, "there is nothing after \"@\"" },
        { "a\r@x", 1, "there is a control character" },
        { "a@x\u009b", 3, "there is a control character" },
        { "a\ud83c@x", 1, "there is half a surrogate pair" },
        { "a\udf89@x", 1, "there is half a surrogate pair" },
        { "😀\ud83c\ud83c@x", 2, "there is half a surrogate pair" },
        { "a@x\ud83c", 3, "there is half a surrogate pair" },
        { ".a@x", 0, "a dot must be between other characters" },
        { "a.@x", 1, "a dot must be between other characters" },
        { "a..b@x", 2, "a dot must be between other characters" },
        { "a b@x", 1, "there is a space in the address" },
        { "a\u3000b@x", 1, "there is a space in the address" },
        { "a b.@x", 1, "there is a space in the address" },
        { "a@x y", 3, "there is a space in the address" },
        { "a@x\u3000y", 3, "there is a space in the address" },
        { "a(b@x", 1, "\"(\" is not allowed there without quotes" },
        { "a,b@x", 1, "\",\" is not allowed there without quotes" },
        { "a\"b@x", 1, "\"\"\" is not allowed there without quotes" },
        { "a\\b@x", 1, "\"\\\" is not allowed there without quotes" },
        { "[ab@x", 0, "\"[\" is not allowed there without quotes" },
        { "\"a@x", 0, "the quote is not closed" },
        { "\"a\\\"@x", 0, "the quote is not closed" },
        { "\"a\\", 0, "the quote is not closed" },
        { "\"a\"", 3, "\"@\" is missing after the quoted local part" },
        { "\"a\"b@x", 3, "\"@\" is missing after the quoted local part" },
        { "a@b@x", 3, "there is a second \"@\"" },
        { "a@x,y", 3, "\",\" is not allowed in a domain" },
        { "a@x/y", 3, "\"/\" is not allowed in a domain" },
        { "a@x[1]", 3, "\"[\" is not allowed in a domain" },
        { "a@.x", 2, "a label of the domain is empty" },
        { "a@x.", 2, "a label of the domain is empty" },
        { "a@x..y", 2, "a label of the domain is empty" },
        { "a@ü..y", 2, "a label of the domain is empty" },
        { $"a@{new string('d', 64)}.example", 2, "a label of the domain is longer than 63 bytes" },
        { $"a@{new string('ü', 63)}.example", 2, "this is not a valid domain" },
        { $"{new string('a', 251)}@x.y", 0, "the address is longer than 254 bytes" },
        { $"{new string('é', 125)}a@x.y", 0, "the address is longer than 254 bytes" },
        { "a@[", 2, "this is not a valid address literal" },
        { "a@[]", 2, "this is not a valid address literal" },
        { "a@[127.0.0.1", 2, "this is not a valid address literal" },
        { "a@[127.0.0.1].", 2, "this is not a valid address literal" },
        { "a@[127.1]", 2, "this is not a valid address literal" },
        { "a@[1.2.3.256]", 2, "this is not a valid address literal" },
        { "a@[1.2.3.4.5]", 2, "this is not a valid address literal" },
        { "a@[0x7f.0.0.1]", 2, "this is not a valid address literal" },
        { "a@[010.0.0.1]", 2, "this is not a valid address literal" },
        { "a@[x]", 2, "this is not a valid address literal" },
        { "a@[::1]", 2, "this is not a valid address literal" },
        { "a@[IPv6:1]", 2, "this is not a valid address literal" },
        { "a@[IPv6:127.0.0.1]", 2, "this is not a valid address literal" },
        { "a@[IPv6:fe80::1%1]", 2, "this is not a valid address literal" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void An_invalid_address_has_a_problem_with_its_position(string address, int position, string message) =>
        Assert.Equal(new AddressProblem(position, message), AddressSpec.Check(address));

    [Theory]
    [InlineData("a@x", false)]
    [InlineData("a@ü.example", false)]
    [InlineData("ä@x", true)]
    [InlineData("\"a@ä\"@x", true)]
    public void Only_a_local_part_that_is_not_ascii_needs_smtputf8(string address, bool expected) =>
        Assert.Equal(expected, AddressSpec.NeedsSmtpUtf8(address));

    [Theory]
    [InlineData("a@x.example", "a@x.example")]
    [InlineData("ä@x.example", "ä@x.example")]
    [InlineData("ä@ü.example", "ä@xn--tda.example")]
    [InlineData("\"a@ü\"@ü.example", "\"a@ü\"@xn--tda.example")]
    public void A_domain_is_sent_in_punycode_and_the_local_part_unchanged(string address, string expected) =>
        Assert.Equal(expected, AddressSpec.WithAsciiDomain(address));

    [Theory]
    [InlineData("a@x.example", "x.example")]
    [InlineData("a@ü.example", "ü.example")]
    [InlineData("\"a@b\"@x", "x")]
    [InlineData("a@", "")]
    [InlineData("bob", "")]
    [InlineData("", "")]
    public void The_domain_is_what_follows_the_last_at_sign(string address, string expected) =>
        Assert.Equal(expected, new EmailAddress(address).Domain);
}
