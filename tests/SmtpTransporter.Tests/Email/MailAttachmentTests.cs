using System.Text;
using MimeKit;
using Xunit;

namespace SmtpTransport.Tests;

public sealed class MailAttachmentTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("smtp-attachment-");

    public void Dispose() => _folder.Delete(recursive: true);

    private string PathOf(string name, byte[]? content = null)
    {
        var path = Path.Combine(_folder.FullName, name);
        if (content is not null)
            File.WriteAllBytes(path, content);
        return path;
    }

    private static MimePart Sent(MailAttachment attachment)
    {
        var email = new Email { From = "me@example.com", Attachments = { attachment } };
        return (MimePart)MimeMessage.Load(new MemoryStream(Encoding.ASCII.GetBytes(email.ToMime()))).Attachments.Single();
    }

    private static byte[] Content(MimePart part)
    {
        using var stream = new MemoryStream();
        part.Content!.DecodeTo(stream);
        return stream.ToArray();
    }

    [Theory]
    [InlineData("report.pdf", "application/pdf")]
    [InlineData("logo.PNG", "image/png")]
    [InlineData("data.unknown-thing", "application/octet-stream")]
    [InlineData("README", "application/octet-stream")]
    public void The_type_follows_from_the_extension(string name, string type) =>
        Assert.Equal(type, MailAttachment.FromBytes([], name).Type);

    [Fact]
    public void The_disposition_follows_from_the_cid()
    {
        Assert.Equal("attachment", MailAttachment.FromBytes([], "a").Disposition);
        Assert.Equal("inline", MailAttachment.FromBytes([], "a", "cid").Disposition);
        Assert.Equal("attachment", MailAttachment.FromBytes([], "a", "cid", disposition: "attachment").Disposition);
    }

    [Theory]
    [InlineData("/tmp/a/report.pdf", "report.pdf")]
    [InlineData(@"C:\secret\report.pdf", "report.pdf")]
    [InlineData("../../report.pdf", "report.pdf")]
    public void A_name_never_has_a_path(string given, string name)
    {
        Assert.Equal(name, MailAttachment.FromBytes([], given).Name);
        Assert.Equal(name, MailAttachment.FromFile(given).Name);
        Assert.Equal(given, MailAttachment.FromFile(given).Path);
    }

    [Fact]
    public void A_file_is_read_when_the_email_is_written()
    {
        var path = PathOf("late.txt");
        var attachment = MailAttachment.FromFile(path);
        var email = new Email { From = "me@example.com", Attachments = { attachment } };
        Assert.Contains(path, Assert.Throws<InvalidOperationException>(() => email.ToMime()).Message, StringComparison.Ordinal);

        PathOf("late.txt", [1, 2, 3]);

        Assert.Equal([1, 2, 3], Content(Sent(attachment)));
        Assert.Equal([1, 2, 3], attachment.GetContent());
        File.Delete(path);
    }

    [Fact]
    public void A_folder_cannot_be_attached()
    {
        var email = new Email { From = "me@example.com", Attachments = { MailAttachment.FromFile(_folder.FullName) } };

        var exception = Assert.Throws<InvalidOperationException>(() => email.ToMime());
        Assert.StartsWith("Attachments[", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(57)]
    [InlineData(76)]
    [InlineData(4096)]
    [InlineData(100_001)]
    [InlineData(2_000_000)]
    public void Contents_arrive_byte_for_byte(int length)
    {
        var bytes = Enumerable.Range(0, length).Select(i => (byte)(i * 7)).ToArray();

        Assert.Equal(bytes, Content(Sent(MailAttachment.FromBytes(bytes, "a.bin"))));
        Assert.Equal(bytes, Content(Sent(MailAttachment.FromFile(PathOf("a.bin", bytes)))));
        Assert.Equal(bytes, Content(Sent(MailAttachment.FromStream(new MemoryStream(bytes), "a.bin"))));
        Assert.Equal(bytes, Content(Sent(MailAttachment.FromStream(new Forward(bytes), "a.bin"))));
    }

    [Fact]
    public void A_stream_is_read_from_its_first_position_each_time_and_remains_open()
    {
        using var stream = new MemoryStream([1, 2, 3, 4]) { Position = 2 };
        var attachment = MailAttachment.FromStream(stream, "a.bin");

        Assert.Equal([3, 4], Content(Sent(attachment)));
        Assert.Equal([3, 4], Content(Sent(attachment)));
        Assert.True(stream.CanRead);
    }

    [Fact]
    public void The_error_of_an_unreadable_stream_has_its_name()
    {
        var closed = new MemoryStream([1]);
        var attachment = MailAttachment.FromStream(closed, "closed.bin");
        closed.Dispose();

        var email = new Email { From = "me@example.com", Attachments = { attachment } };

        Assert.Contains("closed.bin", Assert.Throws<InvalidOperationException>(() => email.ToMime()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shrinking_attachment_fails_and_a_growing_one_is_truncated()
    {
        using var stream = new MemoryStream();
        stream.Write(new byte[1000]);
        stream.Position = 0;
        using var content = new AttachmentContent(stream, new Email(), MailAttachment.FromStream(stream, "a.bin"));

        stream.SetLength(2000);
        Assert.Equal(1000, content.Read(new byte[3000]));
        Assert.Equal(0, content.Read(new byte[3000]));
        stream.SetLength(10);
        content.Position = 0;
        Assert.Equal(10, content.Read(new byte[3000]));
        var exception = Assert.Throws<EmailContentException>(() => content.Read(new byte[3000]));
        Assert.Contains("shorter", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("text/")]
    [InlineData("text/plain; charset=\"")]
    [InlineData("multipart/mixed")]
    [InlineData("tëxt/plain")]
    public void An_invalid_media_type_is_an_error(string type)
    {
        var email = new Email { From = "me@example.com", Attachments = { MailAttachment.FromBytes([1], "a", type: type) } };

        var exception = Assert.Throws<InvalidOperationException>(() => email.ToMime());
        Assert.StartsWith("Attachments[", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/octet-stream", "attachment.bin")]
    [InlineData("application/pdf", "attachment.pdf")]
    [InlineData("text/plain; charset=utf-8", "attachment.txt")]
    [InlineData("message/rfc822", "attachment.eml")]
    [InlineData("IMAGE/PNG", "attachment.png")]
    [InlineData("application/x-unheard-of", "attachment")]
    [InlineData("application/x-msdownload", "attachment")]
    [InlineData("text/javascript", "attachment")]
    public void An_attachment_without_a_name_always_has_the_same_one_by_its_type(string type, string expected)
    {
        Assert.Equal(expected, MailAttachment.FromBytes([1], type: type).Name);
        Assert.Equal(expected, MailAttachment.FromBytes([1], "folder/", type: type).Name);
        Assert.Equal(expected, MailAttachment.FromStream(Stream.Null, type: type).Name);
        Assert.Equal(type, MailAttachment.FromBytes([1], type: type).Type);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("", "")]
    [InlineData("folder/", null)]
    public void Content_without_a_name_and_a_type_has_a_random_name_without_an_extension(string? name, string? type)
    {
        List<MailAttachment> attachments = [];
        for (var i = 0; i < 50; i++)
        {
            attachments.Add(MailAttachment.FromBytes([1], name, type: type));
            attachments.Add(MailAttachment.FromStream(Stream.Null, name, type: type));
        }

        Assert.All(attachments, a => Assert.Matches("^[a-z0-9]{8,}$", a.Name));
        Assert.All(attachments, a => Assert.Equal("application/octet-stream", a.Type));
        Assert.Equal(attachments.Count, attachments.Select(a => a.Name).Distinct().Count());
    }

    [Fact]
    public void An_empty_name_cid_type_or_disposition_means_that_it_is_not_given()
    {
        var file = MailAttachment.FromFile("folder/report.pdf", "", "", "", "");
        var json = Email.FromJson("""{"attachments": [{"name": "a.png", "cid": "", "type": "", "disposition": "", "content": "AAEC"}]}""");

        Assert.Equal(
            ("report.pdf", null, "application/pdf", "attachment"), (file.Name, file.Cid, file.Type, file.Disposition));
        Assert.Equal("report.pdf", MailAttachment.FromFile("folder/report.pdf", "folder\\").Name);
        Assert.Equal("inline", MailAttachment.FromBytes([1], "a", "logo", disposition: "").Disposition);
        var attachment = Assert.Single(json.Attachments);
        Assert.Equal((null, "image/png", "attachment"), (attachment.Cid, attachment.Type, attachment.Disposition));
    }

    [Fact]
    public void The_platform_path_has_the_separators_of_the_system()
    {
        Assert.Equal($"a{Path.DirectorySeparatorChar}b.pdf", MailAttachment.FromFile("a/b.pdf").PlatformPath);
        Assert.Equal("a/b.pdf", MailAttachment.FromFile("a/b.pdf").Path);
        Assert.Null(MailAttachment.FromBytes([1], "b.pdf").PlatformPath);
    }

    [Fact]
    public void An_error_says_which_attachment_and_what_of_it_is_wrong()
    {
        var missing = Path.Combine(Path.GetTempPath(), "no such folder", "late.pdf");

        Assert.Equal("Attachments[1].Name: there is a control character (U+000A) at position 1.", Error("a\nb"));
        Assert.Equal("Attachments[1].Type (\"b.pdf\"): \"pdf\" is not a valid media type.", Error("b.pdf", type: "pdf"));
        Assert.StartsWith(
            "Attachments[1].Cid (\"b.pdf\"): \"a b\" is not a valid Content-ID", Error("b.pdf", cid: "a b"), StringComparison.Ordinal);
        Assert.Equal(
            "Attachments[1].Disposition (\"b.pdf\"): \"shown\" must be \"attachment\" or \"inline\".",
            Error("b.pdf", disposition: "shown"));
        Assert.StartsWith(
            $"Attachments[1] (\"{missing}\"): the content cannot be read: ",
            ErrorOf(MailAttachment.FromFile(missing)),
            StringComparison.Ordinal);
        Assert.Equal("Attachments[1]: it is null.", ErrorOf(null!));

        static string Error(string name, string? cid = null, string? type = null, string? disposition = null) =>
            ErrorOf(MailAttachment.FromBytes([1], name, cid, type, disposition));

        static string ErrorOf(MailAttachment attachment)
        {
            var email = new Email { From = "me@example.com", Attachments = { MailAttachment.FromBytes([1], "a.pdf"), attachment } };
            return Assert.Throws<InvalidOperationException>(() => email.ToMime()).Message;
        }
    }

    [Fact]
    public void A_message_is_attached_unchanged()
    {
        var inner = new Email { From = "me@example.com", Subject = "inner", TextBody = "é" };
        var attachment = MailAttachment.FromBytes(Encoding.ASCII.GetBytes(inner.ToMime()), "inner.eml");
        var email = new Email { From = "me@example.com", Attachments = { attachment } };

        var read = MimeMessage.Load(new MemoryStream(Encoding.ASCII.GetBytes(email.ToMime())), TestContext.Current.CancellationToken);

        var part = Assert.IsType<MessagePart>(((Multipart)read.Body!)[0]);
        Assert.Equal("inner", part.Message!.Subject);
        Assert.Null(part.Headers[HeaderId.ContentTransferEncoding]);
    }

    private sealed class Forward(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }
    }
}
