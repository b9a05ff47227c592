using Xunit;

namespace SmtpTransport.Tests;

/// <summary>File names and other parameters as they are written in the headers of a part.</summary>
public sealed class ParameterTextTests
{
    private static string X(int length) => new('x', length);

    private static string[] Lines(
        string name, string value, MailMode? mode = null, AttachmentNameEncoding names = AttachmentNameEncoding.Rfc2231) =>
        Lines([KeyValuePair.Create(name, value)], mode, names);

    private static string[] Lines(
        KeyValuePair<string, string>[] parameters, MailMode? mode = null, AttachmentNameEncoding names = AttachmentNameEncoding.Rfc2231)
    {
        var options = new MimeWriteOptions(mode ?? MailMode.Utf8, MailMode.Utf8, names);
        return $"Field: {ParameterText.Write("Field", "a/b", parameters, options)}".Split("\r\n");
    }

    [Theory]
    [InlineData("a.pdf", "a.pdf")]
    [InlineData("09azAZ!#$&+-.^_`{|}~", "09azAZ!#$&+-.^_`{|}~")]
    [InlineData("", "\"\"")]
    [InlineData("a b", "\"a b\"")]
    [InlineData(" ~", "\" ~\"")]
    [InlineData("a;b", "\"a;b\"")]
    [InlineData("a%b", "\"a%b\"")]
    public void Short_ASCII_is_a_token_or_quoted(string value, string written)
    {
        Assert.Equal([$"Field: a/b; name={written}"], Lines("name", value));
        Assert.Equal([$"Field: a/b; name={written}"], Lines("name", value, names: AttachmentNameEncoding.Rfc2047));
    }

    [Theory]
    [InlineData("=?x", "us-ascii''%3D%3Fx")]
    [InlineData("a\"b\\c", "us-ascii''a%22b%5Cc")]
    [InlineData("a\tb", "utf-8''a%09b")]
    [InlineData("a\u007fb", "utf-8''a%7Fb")]
    [InlineData("é b'*%.pdf", "utf-8''%C3%A9%20b%27%2A%25.pdf")]
    public void Other_text_has_its_charset_and_percent_signs(string value, string written) =>
        Assert.Equal([$"Field: a/b; name*={written}"], Lines("name", value));

    [Theory]
    [InlineData("=?x", "=?utf-8?Q?=3D=3Fx?=")]
    [InlineData("a\"b", "=?utf-8?Q?a=22b?=")]
    [InlineData("é.pdf", "=?utf-8?Q?=C3=A9=2Epdf?=")]
    public void Names_for_old_readers_are_encoded_words_in_quotes(string value, string written) =>
        Assert.Equal([$"Field: a/b; name=\"{written}\""], Lines("name", value, names: AttachmentNameEncoding.Rfc2047));

    [Fact]
    public void The_charset_is_that_of_the_mode()
    {
        Assert.Equal(["Field: a/b; name*=iso-8859-1''%E9"], Lines("name", "é", MailMode.Iso88591));
        Assert.Equal(["Field: a/b; name*=utf-8''%E2%82%AC"], Lines("name", "€", MailMode.Iso88591));
        Assert.Equal(["Field: a/b; name=\"=?iso-8859-1?Q?=E9?=\""], Lines("name", "é", MailMode.Iso88591, AttachmentNameEncoding.Rfc2047));
    }

    [Fact]
    public void A_parameter_has_a_line_of_its_own_if_it_does_not_fit_on_the_first()
    {
        // "Field: a/b; name=" has 17 characters; the semicolon must fit even if the next parameter begins another line.
        Assert.Equal([$"Field: a/b; name={X(60)}"], Lines("name", X(60)));
        Assert.Equal(["Field: a/b;", $" name={X(61)}"], Lines("name", X(61)));
        Assert.Equal(["Field: a/b;", $" name={X(70)}"], Lines("name", X(70)));
        Assert.Equal(["Field: a/b;", $" name*0*=us-ascii''{X(57)};", $" name*1*={X(14)}"], Lines("name", X(71)));
    }

    [Fact]
    public void Several_parameters_with_their_semicolons_fill_lines_of_78_characters()
    {
        Assert.Equal([$"Field: a/b; a={X(30)}; b={X(29)};", " c=1"], Lines([New("a", X(30)), New("b", X(29)), New("c", "1")]));
        Assert.Equal([$"Field: a/b; a={X(30)};", $" b={X(30)}; c=1"], Lines([New("a", X(30)), New("b", X(30)), New("c", "1")]));
        Assert.Equal([$"Field: a/b; a={X(30)};", $" b={X(69)}; c=1"], Lines([New("a", X(30)), New("b", X(69)), New("c", "1")]));
        Assert.Equal([$"Field: a/b; a={X(30)};", $" b={X(70)};", " c=1"], Lines([New("a", X(30)), New("b", X(70)), New("c", "1")]));

        static KeyValuePair<string, string> New(string name, string value) => new(name, value);
    }

    [Fact]
    public void A_long_value_is_written_in_numbered_pieces_of_whole_characters()
    {
        Assert.Equal(["Field: a/b;", $" name*0*=us-ascii''{X(57)};", $" name*1*={X(43)}"], Lines("name", X(100)));
        Assert.Equal(
            ["Field: a/b;", $" name*0*=utf-8''{P(10)};", $" name*1*={P(11)};", $" name*2*={P(4)}"], Lines("name", new string('é', 25)));
        Assert.Equal(["Field: a/b;", $" name*=utf-8''{P(10)}ab"], Lines("name", $"{new string('é', 10)}ab"));

        static string P(int count) => string.Concat(Enumerable.Repeat("%C3%A9", count));
    }

    [Fact]
    public void A_long_value_has_one_encoded_word_per_line_with_room_for_what_follows()
    {
        var lines = Lines(
            [new("name", new string('é', 20)), new("size", "1")], names: AttachmentNameEncoding.Rfc2047);

        Assert.Equal(
            ["Field: a/b;", $" name=\"=?utf-8?Q?{Q(9)}?=", $" =?utf-8?Q?{Q(10)}?=", $" =?utf-8?Q?{Q(1)}?=\"; size=1"], lines);
        Assert.Equal(
            ["Field: a/b;", $" name=\"=?utf-8?Q?{Q(9)}a?=", $" =?utf-8?Q?bc{Q(9)}abcde?=\""],
            Lines("name", $"{new string('é', 9)}abc{new string('é', 9)}abcde", names: AttachmentNameEncoding.Rfc2047));

        static string Q(int count) => string.Concat(Enumerable.Repeat("=C3=A9", count));
    }

    [Fact]
    public void A_long_Japanese_name_is_in_utf8_because_pieces_of_a_charset_with_shifts_do_not_join()
    {
        Assert.Equal(["Field: a/b; name*=iso-2022-jp''%1B$BF|K%5C%1B%28B.pdf"], Lines("name", "日本.pdf", MailMode.Iso2022Jp));

        var lines = Lines("filename", $"{string.Concat(Enumerable.Repeat("日本語", 20))}.pdf", MailMode.Iso2022Jp);

        Assert.StartsWith(" filename*0*=utf-8''%E6%97%A5", lines[1], StringComparison.Ordinal);
        Assert.DoesNotContain(lines, line => line.Contains("%1B", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(AttachmentNameEncoding.Rfc2231)]
    [InlineData(AttachmentNameEncoding.Rfc2047)]
    public void Values_of_any_length_have_short_lines_and_are_read_back(AttachmentNameEncoding names)
    {
        foreach (var unit in (string[])["x", "é", "🎉", "\"", "=?"])
        {
            for (var count = 1; count < 90; count++)
            {
                var value = string.Concat(Enumerable.Repeat(unit, count));

                var lines = Lines([new("filename", value), new("size", X(count % 60))], names: names);

                Assert.All(lines, line => Assert.InRange(line.Length, 1, line.Contains("=?", StringComparison.Ordinal) ? 76 : 78));
                var read = MimeKit.ContentDisposition.Parse($"attachment{string.Join("\r\n", lines)[10..]}");
                Assert.Equal(value, read.FileName);
                Assert.Equal(X(count % 60), read.Parameters["size"]);
            }
        }
    }
}
