using System.Text;
using MimeKit;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests which multipart a part is written in, and what the entities around it declare.</summary>
public sealed class MimeTreeBuilderTests
{
    private const string Alternative = """
        From: me@example.com
        Content-Type: multipart/alternative; boundary=b

        --b
        Content-Type: text/plain

        text
        --b
        Content-Type: text/html

        <p>html</p>
        --b--
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static MimeMessage Written(Email email) =>
        MimeMessage.Load(new MemoryStream(Encoding.UTF8.GetBytes(email.ToMime())), Cancellation);

    /// <summary>The tree in short: <c>mixed(alternative(plain, html), png)</c>.</summary>
    private static string Tree(MimeEntity? entity) => entity is Multipart multipart
        ? $"{multipart.ContentType.MediaSubtype}({string.Join(", ", multipart.Select(Tree))})"
        : entity!.ContentType.MediaSubtype;

    private static string Tree(Email email) => Tree(Written(email).Body);

    private static MailAttachment Image(string? disposition = null) =>
        MailAttachment.FromBytes([1], "a.png", "a+b@x", disposition: disposition);

    [Theory]
    [InlineData(null, "<p>none</p>", "related(html, png)")]
    [InlineData("attachment", "<p>none</p>", "mixed(html, png)")]
    [InlineData("ATTACHMENT", "<p>cid:a+b@x</p>", "mixed(html, png)")]
    [InlineData("attachment", "<img src='cid:a%2Bb@x'>", "related(html, png)")]
    [InlineData("attachment", "<p style=\"background:url(cid:a+b@x)\">", "related(html, png)")]
    [InlineData("inline", "<p>none</p>", "related(html, png)")]
    public void A_file_with_a_cid_that_the_html_does_not_show_is_no_part_of_the_html(string? disposition, string html, string expected)
    {
        var email = new Email { From = "me@example.com", HtmlBody = html, Attachments = { Image(disposition) } };

        Assert.Equal(expected, Tree(email));
    }

    [Fact]
    public void An_image_added_to_an_email_that_was_read_is_related_to_the_html_in_its_place()
    {
        var email = Email.FromMime(Alternative);
        email.HtmlBody = "<p><img src='cid:a+b@x'></p>";
        email.Attachments.Add(Image());
        email.Attachments.Add(MailAttachment.FromBytes([1], "a.pdf"));

        Assert.Equal("mixed(alternative(plain, related(html, png)), pdf)", Tree(email));
    }

    [Fact]
    public void Embedded_images_of_an_email_that_was_read_are_related_to_the_html_in_its_place()
    {
        var email = Email.FromMime(Alternative);
        email.HtmlBody = "<img src=\"data:image/png;base64,AQ==\">";

        Assert.Equal(1, email.EmbedImages());
        Assert.Equal("alternative(plain, related(html, png))", Tree(email));
        var read = Email.FromMime(email.ToMime());
        Assert.Contains($"cid:{read.Attachments[0].Cid}", read.HtmlBody, StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_added_to_an_email_that_was_read_as_html_alone_makes_it_related()
    {
        var email = Email.FromMime("From: me@example.com\nContent-Type: text/html\n\n<p>html</p>\n");
        email.Attachments.Add(Image());

        Assert.Equal("related(html, png)", Tree(email));
        Assert.Equal("text/html", Written(email).Body!.ContentType.Parameters["type"]);
    }

    [Theory]
    [InlineData("related")]
    [InlineData("mixed")]
    public void A_second_image_joins_the_multipart_related_that_was_read(string outer)
    {
        var inner = Alternative.Replace("From: me@example.com\n", "", StringComparison.Ordinal);
        var email = Email.FromMime(
            $"From: me@example.com\nContent-Type: multipart/{outer}; boundary=o\n\n--o\n{inner}\n--o\nContent-Type: image/gif\n"
            + "Content-ID: <old@x>\n\nx\n--o--\n");
        email.Attachments.Add(Image());

        Assert.Equal(
            outer == "related" ? "related(alternative(plain, html), gif, png)" : "mixed(alternative(plain, related(html, png)), gif)",
            Tree(email));
    }

    [Fact]
    public void An_image_is_added_around_a_signed_part_that_was_read()
    {
        var email = Email.FromMime("""
            From: me@example.com
            Content-Type: multipart/signed; boundary=s; protocol="application/pgp-signature"

            --s
            Content-Type: text/html

            <p>html</p>
            --s
            Content-Type: application/pgp-signature

            x
            --s--
            """);
        email.Attachments.Add(Image());

        Assert.Equal("mixed(signed(html, pgp-signature), png)", Tree(email));
    }

    private static Email Grüße(string type, string name) => new()
    {
        From = "me@example.com",
        To = "you@example.com",
        TextBody = "Grüße",
        HtmlBody = "<p>x</p>",
        Attachments =
        {
            MailAttachment.FromBytes(
                Encoding.UTF8.GetBytes("Subject: inner\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nGrüße\r\n"), name, type: type),
        },
    };

    private static string Written(Email email, bool sevenBit)
    {
        using var message = MessageBuilder.Build(email, new MimeWriteOptions(MailMode.Iso88591, MailMode.Iso88591), TimeProvider.System);
        using var stream = new MemoryStream();
        var held = message.SerializeAsync(async: false, sevenBit, measure: false, Cancellation).GetCompletedResult();
        foreach (var block in held.Blocks)
            stream.Write(block.Span);
        return Encoding.Latin1.GetString(stream.ToArray());
    }

    private static List<string> Encodings(string message)
    {
        using var read = MimeMessage.Load(new MemoryStream(Encoding.Latin1.GetBytes(message)), Cancellation);
        var found = new List<string>();
        var open = new Stack<MimeEntity>([read.Body!]);
        while (open.TryPop(out var entity))
        {
            found.Add($"{entity.ContentType.MediaSubtype} {entity.Headers[HeaderId.ContentTransferEncoding] ?? "none"}");
            foreach (var part in (entity as Multipart ?? []).Reverse())
                open.Push(part);
        }
        return found;
    }

    [Fact]
    public void Each_entity_around_8bit_content_declares_it()
    {
        Assert.Equal(
            ["mixed 8bit", "alternative 8bit", "plain 8bit", "html 8bit", "rfc822 8bit"],
            Encodings(Written(Grüße("message/rfc822", "a.eml"), sevenBit: false)));
    }

    [Fact]
    public void No_entity_declares_8bit_for_a_server_without_8BITMIME()
    {
        var written = Written(Grüße("message/rfc822", "a.eml"), sevenBit: true);

        Assert.Equal(["mixed 7bit", "alternative 7bit", "plain quoted-printable", "html quoted-printable", "rfc822 7bit"], Encodings(written));
        Assert.True(Ascii.IsValid(written));
    }

    [Fact]
    public void Entities_around_7bit_content_declare_nothing()
    {
        var email = Grüße("application/pdf", "a.pdf");
        email.TextBody = "text";

        Assert.Equal(
            ["mixed none", "alternative none", "plain 7bit", "html 7bit", "pdf base64"],
            Encodings(email.ToMime()));
    }

    [Fact]
    public void A_signed_message_is_7bit_all_the_way()
    {
        using var message = MessageBuilder.Build(
            Grüße("message/rfc822", "a.eml"), new MimeWriteOptions(MailMode.Iso88591, MailMode.Iso88591), TimeProvider.System);
        var mime = message.Message;

        Smime.Prepare(mime);

        using var stream = new MemoryStream();
        mime.WriteTo(stream, Cancellation);
        var written = Encoding.Latin1.GetString(stream.ToArray());
        Assert.Equal(["mixed 7bit", "alternative 7bit", "plain quoted-printable", "html quoted-printable", "rfc822 7bit"], Encodings(written));
        Assert.True(Ascii.IsValid(written));
    }
}
