using System.Text;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Malicious and broken messages that are read and written again.</summary>
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
    public void Text_in_an_unknown_charset_keeps_its_bytes(string charset, string content)
    {
        var email = Email.FromMime($"Content-Type: text/plain; charset={charset}\r\n\r\n{content}");

        Assert.Equal(content, Encoding.ASCII.GetString(Assert.Single(email.Attachments).GetContent()));
        Assert.Contains(Convert.ToBase64String(Encoding.ASCII.GetBytes(content)), Written(email), StringComparison.Ordinal);
    }

    [Fact]
    public void Text_in_a_disabled_charset_is_written_in_the_charset_of_the_mode()
    {
        var email = Json("""{"bodyStructure":{"partId":"1","type":"text/plain","charset":"utf-7"},"bodyValues":{"1":{"value":"é"}}}""");

        Assert.Contains("charset=utf-8", Written(email), StringComparison.Ordinal);
    }

    [Fact]
    public void Text_in_UTF_16_is_the_same_text_when_it_is_forwarded()
    {
        // In 7bit, the line end after it would have become a character.
        var email = Email.FromMime("Content-Type: text/plain; charset=utf-16le\r\n\r\n/A==");
        var text = email.TextBody;

        Assert.NotNull(text);
        Assert.Equal(text, Email.FromMime(Written(email)).TextBody);
    }

    [Theory]
    [InlineData("Subject: a\rb\r\n\r\nc")]
    [InlineData("Subject: a\r\n\r\nb\0c")]
    [InlineData("Subject: a\r\n\r\nb\r")]
    public void An_attached_message_that_servers_could_misread_is_an_intact_file(string inner)
    {
        var attachment = MailAttachment.FromBytes(Encoding.ASCII.GetBytes(inner), "a.eml", type: "message/rfc822");
        var email = new Email { Attachments = { attachment } };

        var again = Assert.Single(Email.FromMime(Written(email)).Attachments);

        Assert.Equal("application/octet-stream", again.Type);
        Assert.Equal("a.eml", again.Name);
        Assert.Equal(inner, Encoding.ASCII.GetString(again.GetContent()));
    }

    [Fact]
    public void An_empty_attached_message_stays_an_attachment()
    {
        var email = Email.FromMime("Content-Type: multipart/digest; boundary=e\n\n--e\n");

        Assert.Equal("message/rfc822", Assert.Single(Email.FromMime(Written(email)).Attachments).Type);
    }

    [Theory]
    [InlineData("Content-Type: message/rfc822\n\nContent-Type: message/rfc822\n\nthis is no field")]
    [InlineData("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/x\n\n\r")]
    public void A_bare_CR_or_LF_is_never_written(string mime) => Assert.NotEmpty(Written(Email.FromMime(mime)));

    [Theory]
    [InlineData("multipart/é")]
    [InlineData("multipart/\"")]
    public void A_multipart_with_an_invalid_type_becomes_mixed(string type)
    {
        var email = Email.FromMime($"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: {type}; boundary=b\r\n\r\n"
            + $"--b\r\n\r\nx\r\n--b--\r\n--a--\r\n");

        Assert.NotEmpty(Written(email));
    }

    [Fact]
    public void A_multipart_with_a_very_long_type_becomes_mixed()
    {
        var email = Email.FromMime($"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n"
            + $"Content-Type: multipart/{new string('x', 128)}; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n--a--\r\n");

        Assert.Equal("multipart/mixed", Assert.Single(email.BodyStructure!.SubParts).Type);
        Assert.NotEmpty(Written(email));
    }

    [Fact]
    public void A_type_of_more_than_127_characters_is_an_error_that_names_its_property()
    {
        var email = new Email { Attachments = { MailAttachment.FromBytes([1], "a", type: $"x/{new string('y', 128)}") } };

        Assert.StartsWith("Attachments", Assert.Throws<InvalidOperationException>(() => email.ToMime()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_parameter_without_a_value_does_not_hide_the_boundary()
    {
        var email = Email.FromMime("Content-Type: multipart/mixed; e=; t=; boundary=b\r\n\r\n--b\r\nContent-Type: image/png\r\n\r\nx\r\n"
            + "--b--\r\n");

        Assert.Equal("image/png", Assert.Single(Email.FromMime(Written(email)).Attachments).Type);
    }

    [Theory]
    [InlineData("(")]
    [InlineData("@,")]
    [InlineData("logo(1).png@x")]
    public void A_Content_ID_is_written_unchanged(string cid)
    {
        var read = Email.FromMime($"Content-Type: image/png\r\nContent-ID: <{cid}>\r\n\r\nx");
        var made = new Email { HtmlBody = $"<img src=\"cid:{cid}\">", Attachments = { MailAttachment.FromBytes([1], "a.png", cid) } };

        Assert.NotEmpty(Written(read));
        Assert.Contains($"\r\nContent-ID: <{cid}>\r\n", Written(made), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_thousand_spaces_before_a_word_are_kept_and_no_line_is_too_long()
    {
        var email = new Email { Subject = $"a{new string(' ', 1000)}b" };

        Assert.Equal(email.Subject, Email.FromMime(Written(email)).Subject);
    }

    [Fact]
    public void A_tree_without_content_is_omitted_from_JSON()
    {
        var email = Json("""{"bodyStructure":{"type":"multipart/mixed"},"bodyValues":{}}""");

        Assert.Equal("{}", email.ToJson());
    }

    [Fact]
    public void Parts_that_are_not_written_leave_no_text_in_JSON()
    {
        var email = Email.FromMime("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=x-unknown\n\na\n"
            + "--b\n\nb\n--b--\n");
        email.Attachments.Clear();

        Assert.Equal(email.ToJson(), Email.FromJson(email.ToJson()).ToJson());
        Assert.Equal("b", email.TextBody);
    }

    [Fact]
    public void Thousands_of_parts_are_written_in_linear_time()
    {
        var email = Email.FromMime("Content-Type: multipart/mixed; boundary=b\n\n" + string.Concat(Enumerable.Repeat("--b\n"
            + "Content-Type: image/png\n\nx\n", 20_000)) + "--b--\n");

        Assert.Equal(20_000, email.Attachments.Count);
        Assert.Equal(20_000, Email.FromJson(email.ToJson()).Attachments.Count);
    }
}
