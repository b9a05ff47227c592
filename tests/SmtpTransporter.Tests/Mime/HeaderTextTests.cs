using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Where header lines are folded, and which text becomes encoded words.</summary>
public sealed class HeaderTextTests
{
    private static string X(int length) => new('x', length);

    private static string[] Text(string field, string value, MailMode? mode = null) =>
        $"{field}: {HeaderText.Unstructured(field, value, mode ?? MailMode.Utf8)}".Split("\r\n");

    private static string[] To(params EmailAddress[] addresses) =>
        $"To: {HeaderText.Addresses("To", addresses, MailMode.Utf8)}".Split("\r\n");

    [Fact]
    public void A_line_has_at_most_78_characters_and_is_folded_before_spaces()
    {
        Assert.Equal([$"Subject: {X(60)} {X(8)}"], Text("Subject", $"{X(60)} {X(8)}"));
        Assert.Equal([$"Subject: {X(60)}", $" {X(9)}"], Text("Subject", $"{X(60)} {X(9)}"));
        Assert.Equal([$"Subject: {X(60)}", $"   {X(9)}"], Text("Subject", $"{X(60)}   {X(9)}"));
        Assert.Equal([$"Subject: {X(60)}", $" {X(70)} {X(6)}", " x"], Text("Subject", $"{X(60)} {X(70)} {X(6)} x"));
        Assert.Equal([$"Subject: {X(60)}", $" {X(70)}", $" {X(7)}"], Text("Subject", $"{X(60)} {X(70)} {X(7)}"));
        Assert.Equal([$"Subject: {X(200)}", " x"], Text("Subject", $"{X(200)} x"));
    }

    [Theory]
    [InlineData(" x")]
    [InlineData("x ")]
    [InlineData("x =?y")]
    [InlineData("x\ty")]
    [InlineData("x\u007fy")]
    [InlineData("é")]
    public void Text_that_would_be_changed_in_transit_becomes_an_encoded_word(string text) =>
        Assert.Matches(@"^Subject: =\?utf-8\?Q\?[^?]+\?=$", Assert.Single(Text("Subject", text)));

    [Theory]
    [InlineData("")]
    [InlineData("x  y")]
    [InlineData("~ !")]
    [InlineData("=x? =y")]
    public void Printable_ASCII_is_not_encoded(string text) => Assert.Equal([$"Subject: {text}"], Text("Subject", text));

    [Fact]
    public void A_word_that_does_not_fit_on_a_line_becomes_encoded_words()
    {
        Assert.Equal($"Subject: {X(819)}", Assert.Single(Text("Subject", X(819))));
        Assert.All(Text("Subject", X(820)), line => Assert.InRange(line.Length, 1, 78));
        Assert.All(Text("Subject", $"x {X(820)}"), line => Assert.InRange(line.Length, 1, 78));
    }

    [Fact]
    public void An_encoded_word_has_at_most_75_characters_and_its_line_76()
    {
        Assert.Equal(
            [
                $"Subject: =?utf-8?Q?{Q(9)}a?=",
                $" =?utf-8?Q?bc{Q(10)}a?=",
                " =?utf-8?Q?bcd?=",
            ],
            Text("Subject", $"{E(9)}abc{E(10)}abcd"));
        Assert.Equal([$"Subject: =?utf-8?Q?{Q(9)}a?=", $" =?utf-8?Q?b{Q(2)}?="], Text("Subject", $"{E(9)}ab{E(2)}"));
        Assert.Equal(
            [$"Subject: =?utf-8?B?{B(19)}?=", $" =?utf-8?B?{B(22)}?=", $" =?utf-8?B?{B(3)}?="],
            Text("Subject", E(44), MailMode.Utf8Base64));

        static string E(int count) => new('é', count);
        static string Q(int count) => string.Concat(Enumerable.Repeat("=C3=A9", count));
        static string B(int count) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(E(count)));
    }

    [Fact]
    public void A_word_begins_on_the_next_line_if_the_name_of_the_field_leaves_no_room_for_a_character()
    {
        Assert.Equal([$"X-{X(48)}: =?utf-8?Q?=F0=9F=8E=89?="], Text($"X-{X(48)}", "🎉"));
        Assert.Equal([$"X-{X(49)}: ", " =?utf-8?Q?=F0=9F=8E=89?="], Text($"X-{X(49)}", "🎉"));
        Assert.Equal([$"X-{X(74)}: ", " =?utf-8?Q?ab=C3=A9cdefg?="], Text($"X-{X(74)}", "abécdefg"));
    }

    [Theory]
    [InlineData("US-ASCII_UTF8_QP")]
    [InlineData("US-ASCII_UTF8_B64")]
    [InlineData("ISO-8859-1")]
    [InlineData("US-ASCII_ISO-2022-JP_UTF8_QP")]
    public void Every_line_with_an_encoded_word_has_at_most_76_characters(string value)
    {
        var mode = MailMode.Parse(value);
        foreach (var unit in (string[])["é", "🎉", "日", "日a", "a日 ", "x é"])
        {
            for (var length = 1; length < 90; length++)
            {
                var text = string.Concat(Enumerable.Repeat(unit, length));
                EmailAddress[] addresses = [new("a@x.example", text), new($"{X(length % 60)}b@x", "é"), new("c@x"), new("d@x", text)];

                Check(Text($"X-{X(length % 74)}", text, mode));
                Check(To(addresses));
                Check($"Keywords: {HeaderText.Phrases("Keywords", [text, "plain", $"é {text}", X(length)], mode)}".Split("\r\n"));
                Check($"X: {HeaderText.Structured(3, $"from {X(length)} ({text}) by x", mode)}".Split("\r\n"));
                Check($"List-Id: {HeaderText.NameAndId(9, $"{text} <{X(length)}.x>", mode)}".Split("\r\n"));
            }
        }

        static void Check(string[] lines) => Assert.All(
            lines.Where(line => line.Contains("=?", StringComparison.Ordinal)),
            line =>
            {
                Assert.InRange(line.Length, 1, 76);
                Assert.All(line.Split(' ').Where(w => w.StartsWith("=?", StringComparison.Ordinal)), word => Assert.InRange(word.Length, 1, 75));
            });
    }

    [Fact]
    public void Only_characters_that_a_phrase_may_contain_are_literal_in_an_encoded_word() =>
        Assert.Equal(
            ["Subject: =?utf-8?Q?azAZ09!*+-/_=C3=A9=5F=3D=3F=2E=22=28=29=2C=3B=3A=40=5B?="],
            Text("Subject", "azAZ09!*+-/ é_=?.\"(),;:@["));

    [Theory]
    [InlineData("Ann Lee-O'Neil_2", "Ann Lee-O'Neil_2")]
    [InlineData("Lee, Ann", "\"Lee, Ann\"")]
    [InlineData("A. \"B\\C\"", "\"A. \\\"B\\\\C\\\"\"")]
    [InlineData(" Ann", "=?utf-8?Q?_Ann?=")]
    [InlineData("Jörg", "=?utf-8?Q?J=C3=B6rg?=")]
    public void A_name_is_written_as_atoms_or_quoted_or_encoded(string name, string written) =>
        Assert.Equal([$"To: {written} <a@x.example>"], To(new EmailAddress("a@x.example", name)));

    [Fact]
    public void Names_are_optional_and_domains_are_in_punycode() =>
        Assert.Equal(
            ["To: a@x, b@y, Cid <c@xn--tda.example>"],
            To(new EmailAddress("a@x"), new EmailAddress("b@y", ""), new EmailAddress("c@ü.example", "Cid")));

    [Fact]
    public void A_name_that_does_not_fit_on_a_line_becomes_encoded_words()
    {
        Assert.Equal([$"To: {X(76)}", " <a@x>"], To(new EmailAddress("a@x", X(76))));
        Assert.Equal([$"To: =?utf-8?Q?{X(60)}?=", $" =?utf-8?Q?{X(17)}?= <a@x>"], To(new EmailAddress("a@x", X(77))));
    }

    [Fact]
    public void Addresses_with_their_commas_fill_lines_of_78_characters()
    {
        // "To: " and ", " are six characters; the comma must fit even if the next address begins another line.
        Assert.Equal([$"To: {X(33)}@x, {X(34)}@x"], To(Named(33), Named(34)));
        Assert.Equal([$"To: {X(33)}@x,", $" {X(35)}@x"], To(Named(33), Named(35)));
        Assert.Equal([$"To: {X(33)}@x, {X(34)}@x,", " a@x, b@x"], To(Named(33), Named(34), new("a@x"), new("b@x")));
        Assert.Equal([$"To: {X(33)}@x,", $" {X(35)}@x, {X(35)}@x,", " a@x"], To(Named(33), Named(35), Named(35), new("a@x")));
        Assert.Equal([$"To: {X(33)}@x,", $" {X(35)}@x,", $" {X(36)}@x"], To(Named(33), Named(35), Named(36)));

        static EmailAddress Named(int length) => new($"{X(length)}@x");
    }

    [Fact]
    public void A_line_is_folded_between_name_and_address_if_both_do_not_fit()
    {
        Assert.Equal([$"To: Ann <{X(65)}@x>"], To(new EmailAddress($"{X(65)}@x", "Ann")));
        Assert.Equal(["To: Ann", $" <{X(66)}@x>"], To(new EmailAddress($"{X(66)}@x", "Ann")));
        Assert.Equal(["To: a@x, Ann", $" <{X(68)}@x>"], To(new("a@x"), new($"{X(68)}@x", "Ann")));
        Assert.Equal(["To: a@x, =?utf-8?Q?J=C3=B6rg?= <b@x>, c@x"], To(new("a@x"), new("b@x", "Jörg"), new("c@x")));
        Assert.Equal(
            [$"To: {X(53)}@x,", " =?utf-8?Q?J=C3=B6rg?= <b@x>, c@x"], To(new($"{X(53)}@x"), new("b@x", "Jörg"), new("c@x")));
    }

    [Fact]
    public void Lists_of_any_length_have_short_lines_and_complete_addresses()
    {
        for (var length = 1; length < 80; length++)
        {
            EmailAddress[] addresses =
            [
                new($"{X(length)}@x"),
                new("a@x.example", X(length)),
                new("b@x.example", $"{X(length)} é"),
                new($"{X(length)}@x", "\"é\""),
                new("c@x"),
            ];

            var lines = To(addresses);

            Assert.All(lines, line => Assert.InRange(line.Length, 3, length < 72 ? 78 : 90));
            Assert.All(lines.Skip(1), line => Assert.Matches("^ [^ ]", line));
            var read = MimeKit.InternetAddressList.Parse(string.Concat(lines)[4..]).Mailboxes;
            Assert.Equal(addresses.Select(a => (a.Name ?? "", a.Email)), read.Select(m => (m.Name ?? "", m.Address)));
        }
    }
}
