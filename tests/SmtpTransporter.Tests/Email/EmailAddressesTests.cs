using Xunit;

namespace SmtpTransport.Tests;

public sealed class EmailAddressesTests
{
    [Theory]
    [InlineData("a@x", "|a@x")]
    [InlineData(" a@x , b@y ", "|a@x", "|b@y")]
    [InlineData("a@x; b@y;", "|a@x", "|b@y")]
    [InlineData("Ann <a@x>; Bob <b@y>, c@z", "Ann|a@x", "Bob|b@y", "|c@z")]
    [InlineData("\"Miller, Bob; Jr.\" <b@y>, c@z", "Miller, Bob; Jr.|b@y", "|c@z")]
    [InlineData("\"a \\\"quoted\\\" name\" <b@y>", "a \"quoted\" name|b@y")]
    [InlineData("a@x (one, two; three), b@y", "|a@x", "|b@y")]
    [InlineData("\"a;b,c\"@x; d@y", "|\"a;b,c\"@x", "|d@y")]
    [InlineData("\"a@b\"@x", "|\"a@b\"@x")]
    [InlineData("\"a b\"@x", "|\"a b\"@x")]
    [InlineData("Team: a@x, Bob <b@y>;, c@z", "|a@x", "Bob|b@y", "|c@z")]
    [InlineData("undisclosed-recipients:;")]
    [InlineData("a@[127.0.0.1], b@[IPv6:::1]", "|a@[127.0.0.1]", "|b@[IPv6:::1]")]
    [InlineData("Jörg Müller <jörg@müller.example>", "Jörg Müller|jörg@müller.example")]
    [InlineData("  ")]
    public void Text_holds_one_or_several_addresses(string text, params string[] expected)
    {
        var addresses = EmailAddresses.Parse(text);

        Assert.Equal(expected, addresses.Select(a => $"{a.Name}|{a.Email}"));
    }

    [Theory]
    [InlineData("bob", 0)]
    [InlineData("a@x, bob", 5)]
    [InlineData("a@@x")]
    [InlineData("a@b@x")]
    [InlineData("@x")]
    [InlineData("a@")]
    [InlineData("a@x y")]
    [InlineData("a@-x-.\u0007")]
    [InlineData("\"Ann <a@x>")]
    [InlineData("Ann <a@x")]
    [InlineData("a@x (comment")]
    [InlineData("a@x\r\nBcc: eve@evil.example")]
    [InlineData("Ann\r\n <a@x>")]
    [InlineData("a\0@x")]
    [InlineData("a\u0085@x")]
    [InlineData("a@x\ud800")]
    [InlineData("a@[300.1.1.1]")]
    [InlineData("\"a\\\r\nb\" <a@x>", 3)]
    [InlineData("[\u0012]<a@x>", 1)]
    [InlineData("a@b。", 2)]
    [InlineData("a@b。。c", 2)]
    public void Text_that_is_not_an_address_is_an_error_with_a_position(string text, int? position = null)
    {
        Assert.False(EmailAddresses.TryParse(text, out _));
        var exception = Assert.Throws<FormatException>(() => EmailAddresses.Parse(text));
        if (position is not null)
            Assert.Contains($"position {position}", exception.Message, StringComparison.Ordinal);
        var email = new Email { From = "me@example.com", To = text };

        Assert.StartsWith("To: ", Assert.Throws<InvalidOperationException>(() => email.ToMime()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData('(')]
    [InlineData('<')]
    [InlineData('"')]
    [InlineData(',')]
    [InlineData(':')]
    [InlineData('\\')]
    [InlineData('@')]
    [InlineData('[')]
    public void Hostile_text_is_parsed_in_linear_time(char c)
    {
        var text = new string(c, 100_000);

        // Separators alone are an empty list; anything else is an error.
        Assert.Equal(c == ',', EmailAddresses.TryParse(text, out var addresses) && addresses.Count == 0);
        Assert.False(EmailAddresses.TryParse($"a@x {text} b@y", out _) && c != ',');
    }

    [Fact]
    public void Comments_may_be_nested_but_not_without_limit()
    {
        Assert.Equal("a@x", Assert.Single(EmailAddresses.Parse("a@x (one (two (three)))")).Email);
        Assert.False(EmailAddresses.TryParse("a@x " + new string('(', 1000) + new string(')', 1001), out _));
    }

    [Fact]
    public void The_properties_accept_text_and_one_address_and_several()
    {
        var ann = new EmailAddress("a@x", "Ann");
        var email = new Email { From = ann, To = new[] { ann, new EmailAddress("b@y") }, Cc = "c@z; d@w" };
        email.Bcc.Add("Eve <e@v>");
        email.Bcc.Add(ann);

        Assert.Equal("Ann <a@x>", email.From.ToString());
        Assert.Equal(2, email.To.Count);
        Assert.Equal(["c@z", "d@w"], email.Cc.Select(a => a.Email));
        Assert.Equal(["e@v", "a@x"], email.Bcc.Select(a => a.Email));
    }

    [Theory]
    [InlineData("Ann <a@x>")]
    [InlineData("\"Miller, Bob\" <b@y>")]
    [InlineData("a@x")]
    [InlineData("Ann-Mary O'Neil_2 Jörg <a@x>")]
    [InlineData("\"A. \\\"B\\\\C\\\"\" <a@x>")]
    [InlineData("\" Ann\" <a@x>")]
    [InlineData("\"two  blanks\" <a@x>")]
    public void An_address_parses_its_own_text(string text)
    {
        Assert.Equal(text, EmailAddress.Parse(text).ToString());
        Assert.Equal(text, new EmailAddresses([EmailAddress.Parse(text)]).ToString());
        Assert.False(EmailAddress.TryParse(text + ", z@z", out _));
    }

    [Theory]
    [InlineData("a@x, b@y")]
    [InlineData("")]
    public void Text_with_no_address_or_two_is_not_one_address(string text)
    {
        Assert.Contains("exactly one", Assert.Throws<FormatException>(() => EmailAddress.Parse(text)).Message, StringComparison.Ordinal);
        Assert.False(EmailAddress.TryParse(text, out var address));
        Assert.Null(address);
    }

    [Fact]
    public void The_text_of_a_list_separates_addresses_with_commas() =>
        Assert.Equal("Ann <a@x>, b@y", EmailAddresses.Parse("Ann <a@x>; <b@y>").ToString());

    [Fact]
    public void Null_is_an_empty_list_when_assigned_and_an_error_when_parsed()
    {
        EmailAddresses[] empty = [(string?)null, (EmailAddress?)null, (EmailAddress[]?)null];

        Assert.All(empty, Assert.Empty);
        Assert.False(EmailAddresses.TryParse(null, out _));
        Assert.False(EmailAddress.TryParse(null, out _));
        Assert.Throws<ArgumentNullException>("text", () => EmailAddresses.Parse(null!));
        Assert.Throws<ArgumentNullException>("email", () => new EmailAddress(null!));
        Assert.Throws<ArgumentNullException>("value", () => new EmailAddress("a@x") with { Email = null! });
        Assert.Throws<ArgumentNullException>("address", () => new EmailAddresses().Add((EmailAddress)null!));
        Assert.Throws<ArgumentNullException>("address", () => new EmailAddresses().Add((string)null!));
        Assert.Throws<ArgumentNullException>("addresses", () => EmailAddresses.Create([null!]));
        Assert.Throws<ArgumentNullException>("addresses", () => new EmailAddresses((IEnumerable<EmailAddress>)null!));
    }

    [Fact]
    public void Collection_expressions_and_initializers_accept_addresses_and_texts()
    {
        var email = new Email { Cc = { new("c@z", "Cid"), "Dan <d@w>" } };
        email.To = [new("a@x", "Ann"), "\"Miller, Bob\" <b@y>", .. email.Cc];
        email.Bcc.Add(new("e@v"));
        email.From = [];

        Assert.Equal("Ann <a@x>, \"Miller, Bob\" <b@y>, Cid <c@z>, Dan <d@w>", email.To.ToString());
        Assert.Equal("e@v", email.Bcc.ToString());
        Assert.Empty(email.From);
    }

    [Theory]
    [InlineData("victim@a.test, evil@b.test")]
    [InlineData("victim@a.test;evil@b.test")]
    [InlineData("Victim <victim@a.test>, evil@b.test")]
    [InlineData("group: victim@a.test, evil@b.test;")]
    [InlineData("victim@a.test evil@b.test")]
    [InlineData("victim@a.test\r\nBcc: evil@b.test")]
    [InlineData("")]
    public void An_element_of_a_list_is_one_address_so_that_a_form_cannot_add_a_recipient(string text)
    {
        Email[] emails =
        [
            new() { From = "me@example.com", To = [text] },
            new() { From = "me@example.com", To = { text } },
            new() { From = "me@example.com", To = new EmailAddress(text) },
            new() { From = "me@example.com", To = [text, "ann@example.org"] },
        ];

        Assert.All(emails, email =>
            Assert.StartsWith(
                "To: at position", Assert.Throws<InvalidOperationException>(() => email.ToMime()).Message, StringComparison.Ordinal));
    }

    [Fact]
    public void The_first_invalid_address_is_the_error_of_the_email()
    {
        var email = new Email { From = "me@example.com" };
        email.To.Add("bob");
        email.To.Add("a@x");
        email.To.Add("b c");

        Assert.Equal(
            "To: at position 0: this is not a valid address: it has no \"@\": \"bob\"",
            Assert.Throws<InvalidOperationException>(() => email.ToMime()).Message.TrimEnd('.'));
    }

    [Fact]
    public void Addresses_can_be_parsed_by_generic_code()
    {
        Assert.Equal("a@x", Parse<EmailAddress>("a@x").Email);
        Assert.Equal(2, Parse<EmailAddresses>("a@x, b@y").Count);
        Assert.Same(MailMode.Utf8, Parse<MailMode>("us-ascii_utf8_qp"));
        Assert.Equal(new EnhancedStatus(5, 1, 1), Parse<EnhancedStatus>("5.1.1"));
        Assert.Throws<FormatException>(() => Parse<EmailAddress>("bob"));
        Assert.Throws<FormatException>(() => Parse<EmailAddresses>("bob"));
        Assert.Throws<FormatException>(() => Parse<MailMode>("utf-9"));
        Assert.Throws<FormatException>(() => Parse<EnhancedStatus>("550"));
        Assert.False(TryParse<EmailAddress>("bob"));
        Assert.False(TryParse<EmailAddresses>("bob"));
        Assert.False(TryParse<MailMode>(null));
        Assert.True(TryParse<EnhancedStatus>("2.0.0"));

        static T Parse<T>(string text)
            where T : IParsable<T> => T.Parse(text, null);

        static bool TryParse<T>(string? text)
            where T : IParsable<T> => T.TryParse(text, null, out _);
    }
}
