using System.Text;
using MimeKit;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests further forms of the body: AMP, Markdown and other texts.</summary>
public sealed class AlternativesTests : SocketTest
{
    private const string AmpText = "<!doctype html><html ⚡4email><head></head><body>Grüße</body></html>";

    private static Email NewEmail(params MailAlternative[] alternatives) => new()
    {
        From = "me@example.com",
        To = "ann@example.org",
        Subject = "Hello",
        TextBody = "text",
        HtmlBody = "<p>html</p>",
        Alternatives = alternatives,
    };

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Alternatives_stand_between_the_text_and_the_HTML(bool async)
    {
        await using var server = SmtpTestServer.Start();
        using var transporter = new SmtpTransporter(server.ToServerOptions());
        var email = NewEmail(new("# Grüße", MailAlternative.Markdown), new(AmpText, MailAlternative.Amp));
        email.Attachments.Add(MailAttachment.FromBytes([1], "a.bin"));

        AssertAccepted(await SendAsync(transporter, async, email));

        var body = Assert.IsType<MultipartAlternative>(Assert.IsType<Multipart>(server.Messages[0].Message.Body)[0]);
        Assert.Equal(
            ["text/plain", "text/markdown", "text/x-amp-html", "text/html"], body.Select(part => part.ContentType.MimeType));
        Assert.Equal("# Grüße", ((TextPart)body[1]).Text.TrimEnd());
        Assert.Equal(AmpText, ((TextPart)body[2]).Text.TrimEnd());
        Assert.Equal("utf-8", body[2].ContentType.Charset);
    }

    [Fact]
    public void A_received_email_has_its_alternatives()
    {
        var alternatives = new MailAlternative[] { new("# Grüße", MailAlternative.Markdown), new(AmpText, MailAlternative.Amp) };

        var received = Email.FromMime(NewEmail(alternatives).ToMime());

        Assert.Equal(alternatives, received.Alternatives);
        Assert.Equal(("text", "<p>html</p>"), (received.TextBody, received.HtmlBody));
        Assert.Equal(2, received.Attachments.Count);
        Assert.Equal(received.ToMime(), Email.FromMime(received.ToMime()).ToMime());
    }

    [Fact]
    public void The_alternatives_of_a_received_email_can_be_replaced_and_removed()
    {
        var received = Email.FromMime(NewEmail(new MailAlternative(AmpText, MailAlternative.Amp)).ToMime());

        received.Alternatives = [new("# New", MailAlternative.Markdown)];
        var changed = Email.FromMime(received.ToMime());
        received.Alternatives = [];
        var removed = Email.FromMime(received.ToMime());

        Assert.Equal([new("# New", MailAlternative.Markdown)], changed.Alternatives);
        Assert.Equal("alternative(plain, markdown, html)", Tree(changed));
        Assert.Empty(removed.Alternatives);
        Assert.Empty(removed.Attachments);
        Assert.Equal("alternative(plain, html)", Tree(removed));
    }

    [Fact]
    public void An_alternative_can_be_added_to_a_received_email_of_one_body()
    {
        var received = Email.FromMime("From: me@example.com\r\nContent-Type: text/html\r\n\r\n<p>html</p>\r\n");

        received.Alternatives = [new(AmpText, MailAlternative.Amp)];

        Assert.Equal("alternative(x-amp-html, html)", Tree(received));
        Assert.Equal([new(AmpText, MailAlternative.Amp)], received.Alternatives);
    }

    [Fact]
    public void JSON_has_the_alternatives()
    {
        var email = NewEmail(new MailAlternative("# Hi", MailAlternative.Markdown));

        var json = email.ToJson();

        using var read = System.Text.Json.JsonDocument.Parse(json);
        var alternative = Assert.Single(read.RootElement.GetProperty("alternatives").EnumerateArray());
        Assert.Equal("# Hi", alternative.GetProperty("content").GetString());
        Assert.Equal("text/markdown", alternative.GetProperty("type").GetString());
        Assert.Equal(email.Alternatives, Email.FromJson(json).Alternatives);
        Assert.Empty(Email.FromJson("{\"subject\": \"x\"}").Alternatives);
        Assert.Throws<FormatException>(() => Email.FromJson("{\"alternatives\": [null]}"));
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("TEXT/plain")]
    [InlineData("text/calendar")]
    [InlineData("text/markdown; variant=GFM")]
    [InlineData("image/png")]
    [InlineData("text/")]
    [InlineData("text/a b")]
    [InlineData("")]
    public async Task A_type_that_no_alternative_can_have_is_an_error(string type)
    {
        using var transporter = new SmtpTransporter(new ServerOptions { Host = "nowhere.invalid" });

        var result = await transporter.SendAsync(NewEmail(new MailAlternative("x", type)), Cancellation);

        AssertNotSent(result, SmtpErrorCodes.InvalidContent, "mail");
        Assert.StartsWith("Alternatives: ", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void The_emails_of_a_merge_and_later_changes_keep_the_alternatives_apart()
    {
        var template = NewEmail(new MailAlternative("# Hi", MailAlternative.Markdown));

        var emails = template.Merge(["a@example.org", "b@example.org"], (email, to) =>
        {
            email.To = to;
            if (to[0] == 'b')
                email.Alternatives = [new("# Bob", MailAlternative.Markdown)];
        }).ToList();

        Assert.Equal(["# Hi", "# Bob"], emails.Select(e => Email.FromMime(e.ToMime()).Alternatives[0].Content));
    }

    private static string Tree(Email email)
    {
        return Of(MimeMessage.Load(new MemoryStream(Encoding.UTF8.GetBytes(email.ToMime()))).Body!);

        static string Of(MimeEntity entity) => entity is Multipart multipart
            ? $"{multipart.ContentType.MediaSubtype}({string.Join(", ", multipart.Select(Of))})"
            : entity.ContentType.MediaSubtype;
    }
}
