using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Address lists as people write them: what is parsed, and the position of an error.</summary>
public sealed class AddressParserTests
{
    private static string[] Read(string text) => [.. EmailAddresses.Parse(text).Select(a => $"{a.Name}|{a.Email}")];

    private static string Problem(string text) => Assert.Throws<FormatException>(() => EmailAddresses.Parse(text)).Message;

    [Theory]
    [InlineData("Ann \t  Lee <a@x>", "Ann Lee|a@x")]
    [InlineData("\t Ann Lee\t<a@x>\t", "Ann Lee|a@x")]
    [InlineData("Ann(the first)Lee <a@x>", "Ann Lee|a@x")]
    [InlineData("A Bc <a@x>", "A Bc|a@x")]
    [InlineData("Ann \"B C\" Lee<a@x>", "Ann B C Lee|a@x")]
    [InlineData("\"A\"\"B\" <a@x>", "AB|a@x")]
    [InlineData("\"A\tB\" <a@x>", "A\tB|a@x")]
    [InlineData("\"A\\\\B\\\"C\" <a@x>", "A\\B\"C|a@x")]
    [InlineData("A\\B <a@x>", "A\\B|a@x")]
    [InlineData("\"\" <a@x>", "|a@x")]
    [InlineData("A [\"\\] <a@x>", "A []|a@x")]
    [InlineData("A [B, C] D <a@x>", "A [B, C] D|a@x")]
    [InlineData("\"[\" <a@x>, \"]\" <b@y>", "[|a@x", "]|b@y")]
    [InlineData("a@x <b@y>", "a@x|b@y")]
    [InlineData("Ann <a@x>, Bob Lee <b@y>", "Ann|a@x", "Bob Lee|b@y")]
    public void A_name_is_its_words_with_single_spaces_between(string text, params string[] expected) => Assert.Equal(expected, Read(text));

    [Fact]
    public void An_address_without_words_has_no_name()
    {
        Assert.Null(EmailAddress.Parse("a@x").Name);
        Assert.Null(EmailAddress.Parse("(Ann) <a@x>").Name);
    }

    [Theory]
    [InlineData("< a@x\t>", "|a@x")]
    [InlineData("<\"a>b\"@x>", "|\"a>b\"@x")]
    [InlineData("<\"<\"@x>", "|\"<\"@x")]
    [InlineData("<a@x(c>d)>", "|a@x")]
    [InlineData("<(c)a@x>", "|a@x")]
    [InlineData("<@r.example:a@x>", "|a@x")]
    [InlineData("Ann <@r.example,@s.example:a@x>", "Ann|a@x")]
    [InlineData("<a@[IPv6:::1]>", "|a@[IPv6:::1]")]
    public void Angle_brackets_hold_one_address_and_what_the_standard_allows_around_it(string text, string expected) =>
        Assert.Equal([expected], Read(text));

    [Theory]
    [InlineData("a@x (one \\) two)", "|a@x")]
    [InlineData("a@x (one \\( two)", "|a@x")]
    [InlineData("(c) (d) a@x", "|a@x")]
    [InlineData("(a@x) b@y (c@z)", "|b@y")]
    [InlineData("(a (b) c, d) a@x", "|a@x")]
    public void Comments_are_ignored(string text, string expected) => Assert.Equal([expected], Read(text));

    [Fact]
    public void Comments_may_be_nested_a_hundred_levels_deep()
    {
        Assert.Equal(["|a@x"], Read($"a@x {new string('(', 100)}{new string(')', 100)}"));
        Assert.Equal("at position 4: comments are nested deeper than 100", Problem($"a@x {new string('(', 101)}{new string(')', 101)}"));
        Assert.Equal(["|a@x"], Read($"a@x {string.Concat(Enumerable.Repeat("(c)", 200))}"));
    }

    [Theory]
    [InlineData("Team: a@x, b@y;", "|a@x", "|b@y")]
    [InlineData("Team: a@x; Others: Bob <b@y>;", "|a@x", "Bob|b@y")]
    [InlineData("Team:;Others:b@y;c@z", "|b@y", "|c@z")]
    [InlineData("Team: <a@x>, <b@y>;", "|a@x", "|b@y")]
    [InlineData(",;, a@x ;,", "|a@x")]
    public void The_members_of_groups_are_read_and_their_names_ignored(string text, params string[] expected) =>
        Assert.Equal(expected, Read(text));

    [Theory]
    [InlineData("bob", 0, "this is not a valid address: it has no \"@\"")]
    [InlineData("a@x, bob lee", 5, "this is not a valid address: it has no \"@\"")]
    [InlineData(" a@x y", 1, "there is a space in the address")]
    [InlineData("a@@x y", 0, "there is a space in the address")]
    [InlineData("a @x", 0, "there is a space in the address")]
    [InlineData("a(c)@x", 0, "there is a space in the address")]
    [InlineData("a@x, a@x y", 5, "there is a space in the address")]
    [InlineData("a@x, b c", 5, "this is not a valid address: it has no \"@\"")]
    [InlineData("Ann <a@x> y", 10, "there is text after the address")]
    [InlineData("Ann <a@x>: y", 9, "there is text after the address")]
    [InlineData("Ann <a@x> <b@y>", 10, "there is a second address")]
    [InlineData("a@x>", 3, "\">\" closes nothing")]
    [InlineData("a@x)", 3, "\")\" closes nothing")]
    [InlineData("a]@x", 1, "\"]\" closes nothing")]
    [InlineData("a\u0007@x", 1, "there is a control character")]
    [InlineData("a@x\r\nb", 3, "there is a control character")]
    [InlineData("Ann \"B\u0007\" <a@x>", 6, "there is a control character")]
    [InlineData("Ann \"B\\\nC\" <a@x>", 7, "there is a control character")]
    [InlineData("<a\u0007@x>", 2, "there is a control character")]
    [InlineData(" \"Ann <a@x>", 1, "the quote is not closed")]
    [InlineData(" \"Ann\\\"", 1, "the quote is not closed")]
    [InlineData(" \"Ann\\", 1, "the quote is not closed")]
    [InlineData("Ann \"B", 4, "the quote is not closed")]
    [InlineData("<\"a", 1, "the quote is not closed")]
    [InlineData("  a@[127.0.0.1", 4, "the bracket is not closed")]
    [InlineData("a@x (c", 4, "the comment is not closed")]
    [InlineData("a@x (c (d)", 4, "the comment is not closed")]
    [InlineData("a@x (c\\)", 4, "the comment is not closed")]
    [InlineData("a@x (c\\", 4, "the comment is not closed")]
    [InlineData("Ann <a@x", 4, "the angle bracket is not closed")]
    [InlineData("Ann <", 4, "the angle bracket is not closed")]
    [InlineData("Ann <a<@x>", 6, "there is \"<\" inside angle brackets")]
    [InlineData("Team: a@x", 4, "the group is not closed with \";\"")]
    [InlineData(":", 0, "the group is not closed with \";\"")]
    [InlineData("Team: a@x; Others: b@y", 17, "the group is not closed with \";\"")]
    [InlineData(":B: a@x;", 1, "there is a space in the address")]
    [InlineData("A: B: a@x;;", 3, "there is a space in the address")]
    [InlineData("a@x:b", 3, "\":\" is not allowed in a domain")]
    [InlineData("Ann <a@@x>", 7, "there is a second \"@\"")]
    [InlineData("Ann <>", 5, "the address is empty")]
    [InlineData("Ann <  >", 6, "the address is empty")]
    [InlineData("Ann <@x>", 5, "there is nothing before \"@\"")]
    [InlineData("Ann <a b@x>", 6, "there is a space in the address")]
    [InlineData("Ann < a b@x>", 7, "there is a space in the address")]
    [InlineData("Ann <(c) a b@x>", 10, "there is a space in the address")]
    [InlineData("<@r.example:a b@x>", 13, "there is a space in the address")]
    [InlineData("<a:b@x>", 2, "\":\" is not allowed there without quotes")]
    [InlineData("<:a@x>", 1, "\":\" is not allowed there without quotes")]
    public void Invalid_text_is_an_error_with_its_position(string text, int position, string message)
    {
        Assert.Equal($"at position {position}: {message}", Problem(text));
        Assert.False(EmailAddresses.TryParse(text, out _));
    }
}
