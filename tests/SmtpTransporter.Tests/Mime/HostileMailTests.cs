using System.Text;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Mails that nobody means well with, read and written again.</summary>
public sealed class HostileMailTests
{
    private static string Written(Email email)
    {
        using var stream = new MemoryStream();
        email.ToMime(stream);
        var text = Encoding.Latin1.GetString(stream.ToArray());
        var bare = text.Replace("\r\n", "", StringComparison.Ordinal);
        Assert.DoesNotContain('\r', bare);
        Assert.DoesNotContain('\n', bare);
        Assert.All(text.Split("\r\n"), line => Assert.InRange(line.Length, 0, 998));
        return text;
    }

    private static Email Json(string json) => Email.FromJson(json);

    [Theory]
    [InlineData("utf-7", "Zdr+AOk-")]
    [InlineData("x-unknown", "text")]
    public void A_charset_that_cannot_be_read_keeps_its_bytes(string charset, string content)
    {
        var email = Email.FromMime($"Content-Type: text/plain; charset={charset}\r\n\r\n{content}");

        Assert.Equal(content, Encoding.ASCII.GetString(Assert.Single(email.Attachments).GetContent()));
        Assert.Contains(Convert.ToBase64String(Encoding.ASCII.GetBytes(content)), Written(email), StringComparison.Ordinal);
    }

    [Fact]
    public void A_charset_that_is_switched_off_gives_way_to_the_mode()
    {
        var email = Json("""{"bodyStructure":{"partId":"1","type":"text/plain","charset":"utf-7"},"bodyValues":{"1":{"value":"é"}}}""");

        Assert.Contains("charset=utf-8", Written(email), StringComparison.Ordinal);
    }

    [Fact]
    public void Text_in_utf_16_is_the_same_text_when_it_goes_on()
    {
        // In 7bit the line end behind it would have become a character.
        var email = Email.FromMime("Content-Type: text/plain; charset=utf-16le\r\n\r\n/A==");
        var text = email.TextBody;

        Assert.NotNull(text);
        Assert.Equal(text, Email.FromMime(Written(email)).TextBody);
    }

    [Theory]
    [InlineData("Subject: a\rb\r\n\r\nc")]
    [InlineData("Subject: a\r\n\r\nb\0c")]
    [InlineData("Subject: a\r\n\r\nb\r")]
    public void A_message_inside_that_no_server_may_see_is_encoded_and_intact(string inner)
    {
        var email = new Email { Attachments = { MailAttachment.FromBytes(Encoding.ASCII.GetBytes(inner), "a.eml", type: "message/rfc822") } };

        var again = Assert.Single(Email.FromMime(Written(email)).Attachments);

        Assert.Equal("message/rfc822", again.Type);
        Assert.Equal(inner, Encoding.ASCII.GetString(again.GetContent()));
    }

    [Fact]
    public void An_empty_message_inside_stays_an_attachment()
    {
        var email = Email.FromMime("Content-Type: multipart/digest; boundary=e\n\n--e\n");

        Assert.Equal("message/rfc822", Assert.Single(Email.FromMime(Written(email)).Attachments).Type);
    }

    [Theory]
    [InlineData("Content-Type: message/rfc822\n\nContent-Type: message/rfc822\n\nthis is no field")]
    [InlineData("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/x\n\n\r")]
    public void A_lone_line_end_never_goes_out(string mime) => Assert.NotEmpty(Written(Email.FromMime(mime)));

    [Theory]
    [InlineData("multipart/é")]
    [InlineData("multipart/\"")]
    public void A_multipart_of_a_type_that_is_none_is_mixed(string type)
    {
        var email = Email.FromMime($"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: {type}; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n--a--\r\n");

        Assert.NotEmpty(Written(email));
    }

    [Fact]
    public void A_multipart_of_a_very_long_type_is_mixed()
    {
        var email = Email.FromMime($"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/{new string('x', 128)}; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n--a--\r\n");

        Assert.Equal("multipart/mixed", Assert.Single(email.BodyStructure!.SubParts).Type);
        Assert.NotEmpty(Written(email));
    }

    [Fact]
    public void A_type_of_more_than_127_characters_is_refused_by_its_property()
    {
        var email = new Email { Attachments = { MailAttachment.FromBytes([1], "a", type: $"x/{new string('y', 128)}") } };

        Assert.StartsWith("Attachments", Assert.Throws<InvalidOperationException>(() => email.ToMime()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_parameter_without_a_value_does_not_hide_the_boundary()
    {
        var email = Email.FromMime("Content-Type: multipart/mixed; e=; t=; boundary=b\r\n\r\n--b\r\nContent-Type: image/png\r\n\r\nx\r\n--b--\r\n");

        Assert.Equal("image/png", Assert.Single(Email.FromMime(Written(email)).Attachments).Type);
    }

    [Theory]
    [InlineData("(")]
    [InlineData("@,")]
    [InlineData("logo(1).png@x")]
    public void A_content_id_is_written_as_it_is(string cid)
    {
        var read = Email.FromMime($"Content-Type: image/png\r\nContent-ID: <{cid}>\r\n\r\nx");
        var made = new Email { HtmlBody = $"<img src=\"cid:{cid}\">", Attachments = { MailAttachment.FromBytes([1], "a.png", cid) } };

        Assert.NotEmpty(Written(read));
        Assert.Contains($"\r\nContent-ID: <{cid}>\r\n", Written(made), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_thousand_blanks_before_a_word_are_kept_within_the_length_of_a_line()
    {
        var email = new Email { Subject = $"a{new string(' ', 1000)}b" };

        Assert.Equal(email.Subject, Email.FromMime(Written(email)).Subject);
    }

    [Fact]
    public void A_tree_with_nothing_to_write_is_no_tree_in_json()
    {
        var email = Json("""{"bodyStructure":{"type":"multipart/mixed"},"bodyValues":{}}""");

        Assert.Equal("{}", email.ToJson());
    }

    [Fact]
    public void What_is_not_written_of_a_tree_leaves_no_text_in_json()
    {
        var email = Email.FromMime("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=x-unknown\n\na\n--b\n\nb\n--b--\n");
        email.Attachments.Clear();

        Assert.Equal(email.ToJson(), Email.FromJson(email.ToJson()).ToJson());
        Assert.Equal("b", email.TextBody);
    }

    [Fact]
    public void Thousands_of_parts_are_written_in_linear_time()
    {
        var email = Email.FromMime("Content-Type: multipart/mixed; boundary=b\n\n" + string.Concat(Enumerable.Repeat("--b\nContent-Type: image/png\n\nx\n", 20_000)) + "--b--\n");

        Assert.Equal(20_000, email.Attachments.Count);
        Assert.Equal(20_000, Email.FromJson(email.ToJson()).Attachments.Count);
    }
}
