using System.Text;
using MimeKit;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests how texts and attachments are encoded.</summary>
public sealed class MimePartFactoryTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static MimeEntity Written(MailAttachment attachment) => ((Multipart)MimeMessage.Load(
        new MemoryStream(Encoding.UTF8.GetBytes(
            new Email { From = "me@example.com", TextBody = "x", Attachments = { attachment } }.ToMime())), Cancellation).Body!)[1];

    public static TheoryData<string, string> NotSendable => new()
    {
        { "message/rfc822", "Subject: inner\r\n\r\n" + new string('x', 999) },
        { "message/rfc822", "Subject: inner\r\n\r\na\rb\r\n" },
        { "message/rfc822", "Subject: inner\r\n\r\na\0b\r\n" },
        { "message/rfc822; charset=utf-8", "\0" },
        { "message/delivery-status", "Reporting-MTA: dns; bücher.test\r\n" },
        { "message/disposition-notification", "Final-Recipient: rfc822; a@a.test\r\n" + new string('x', 999) },
        { "MESSAGE/RFC822", "Subject: inner\r\n\r\na\rb\r\n" },
    };

    [Theory]
    [MemberData(nameof(NotSendable))]
    public void A_message_that_cannot_be_sent_unencoded_is_a_file(string type, string content)
    {
        var bytes = Encoding.UTF8.GetBytes(content);

        var part = Assert.IsType<MimePart>(Written(MailAttachment.FromBytes(bytes, "a.eml", type: type)));

        Assert.Equal("application/octet-stream", part.ContentType.MimeType);
        Assert.Equal(ContentEncoding.Base64, part.ContentTransferEncoding);
        Assert.Equal("a.eml", part.FileName);
        Assert.Null(part.ContentType.Charset);
        using var read = new MemoryStream();
        part.Content!.DecodeTo(read, Cancellation);
        Assert.Equal(bytes, read.ToArray());
    }

    [Theory]
    [InlineData("Forwarded message", "Forwarded message.eml")]
    [InlineData("a.txt", "a.txt")]
    [InlineData(null, "attachment.eml")]
    public void A_message_that_is_sent_as_a_file_has_a_name_that_readers_open(string? name, string expected)
    {
        var part = Written(MailAttachment.FromBytes("Subject: inner\r\n\r\na\rb"u8.ToArray(), name, type: "message/rfc822"));

        Assert.Equal(expected, part.ContentDisposition?.FileName);
        Assert.Equal(expected, part.ContentType.Name);
    }

    [Fact]
    public void A_part_with_a_message_that_cannot_be_sent_unencoded_is_a_file()
    {
        var message = MailAttachment.FromBytes("Subject: inner\r\n\r\na\rb"u8.ToArray(), type: "message/rfc822");
        var email = new Email
        {
            From = "me@example.com",
            Attachments = { message },
            BodyStructure = new MailPart
            {
                Type = "message/rfc822",
                Attachment = message,
                Disposition = "attachment",
                Parameters = { ["x"] = "y" },
            },
            BodyValues = new Dictionary<string, MailBodyValue>(),
        };

        var part = MimeMessage.Load(new MemoryStream(Encoding.UTF8.GetBytes(email.ToMime())), Cancellation).Body!;

        Assert.Equal("application/octet-stream", part.ContentType.MimeType);
        Assert.Equal("attachment.eml", part.ContentDisposition?.FileName);
        Assert.Null(part.ContentType.Parameters["x"]);
        Assert.Equal("message/rfc822", email.BodyStructure.Type);
    }

    [Fact]
    public void A_message_with_internationalized_headers_may_be_encoded()
    {
        var part = Written(MailAttachment.FromBytes("Subject: Grüße\r\n\r\nx\r\n"u8.ToArray(), "a.u8msg", type: "message/global"));

        Assert.Equal("message/global", part.ContentType.MimeType);
        Assert.Equal("base64", part.Headers[HeaderId.ContentTransferEncoding]);
    }

    [Theory]
    [InlineData("From here: ü", "=46rom here: =C3=BC")]
    [InlineData("ü\nFrom here\nFrom there\nFromage", "=C3=BC\r\n=46rom here\r\n=46rom there\r\nFromage")]
    [InlineData("ü From here", "=C3=BC From here")]
    [InlineData("From here", "=46rom here")]
    [InlineData("a\n>From here", "a\r\n>From here")]
    public void A_line_never_begins_as_the_next_message_of_an_mbox_file_does(string text, string expected)
    {
        var written = new Email { From = "me@example.com", TextBody = text + "\n" }.ToMime();

        Assert.EndsWith($"\r\n\r\n{expected}\r\n", written, StringComparison.Ordinal);
        Assert.Equal(text, Email.FromMime(written).TextBody?.TrimEnd().ReplaceLineEndings("\n"));
    }

    [Fact]
    public void A_line_that_a_soft_break_makes_begin_with_From_is_encoded_too()
    {
        for (var length = 60; length < 80; length++)
        {
            var text = new string('x', length) + "From here ü " + new string('y', 60);

            var lines = new Email { From = "me@example.com", TextBody = text }.ToMime().Split("\r\n\r\n", 2)[1].Split("\r\n");

            Assert.All(lines, line => Assert.False(line.StartsWith("From ", StringComparison.Ordinal)));
            Assert.All(lines, line => Assert.InRange(line.Length, 0, 76));
        }
    }
}
