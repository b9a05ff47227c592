using System.Text;
using MimeKit;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests that a caller's own message is encoded as far as a server needs it, and refused if a signature forbids that.</summary>
public sealed class MimeKitEncodingsTests : SocketTest
{
    public static TheoryData<string, ContentEncoding, string> Unsafe
    {
        get
        {
            var data = new TheoryData<string, ContentEncoding, string>();
            foreach (var encoding in (ContentEncoding[])
                [ContentEncoding.Default, ContentEncoding.SevenBit, ContentEncoding.EightBit, ContentEncoding.Binary])
            {
                foreach (var content in (string[])["a\rb\r\n", "a\0b\r\n", "a\r", $"{new string('x', 999)}\r\n"])
                {
                    data.Add("text/plain", encoding, content);
                    data.Add("application/x", encoding, content);
                }
            }
            data.Add("application/x", ContentEncoding.Binary, "a\nb\n");
            data.Add("text/plain", ContentEncoding.EightBit, "ü\rb\r\n");
            return data;
        }
    }

    private static MimePart Part(string type, ContentEncoding encoding, string content) => new(ContentType.Parse(type))
    {
        Content = new MimeContent(new MemoryStream(Encoding.UTF8.GetBytes(content))),
        ContentTransferEncoding = encoding,
    };

    private static MimeMessage New(MimeEntity body)
    {
        var message = new MimeMessage { Body = body };
        message.From.Add(new MailboxAddress(null, "me@example.com"));
        message.To.Add(new MailboxAddress(null, "you@example.com"));
        return message;
    }

    private static byte[] Content(MimeEntity part)
    {
        using var content = new MemoryStream();
        ((MimePart)part).Content!.DecodeTo(content, Cancellation);
        return content.ToArray();
    }

    [Theory]
    [MemberData(nameof(Unsafe))]
    public async Task A_part_that_a_server_could_misread_is_encoded(string type, ContentEncoding encoding, string content)
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        using var message = New(new Multipart("mixed") { Part(type, encoding, content), new TextPart("plain") { Text = "x" } });

        var result = await transporter.SendAsync(message, Cancellation);

        Assert.Equal(Outcome.Accepted, result.Outcome);
        var raw = Assert.Single(server.Messages).Raw;
        var guard = new LineEndGuard();
        guard.Check(raw.Span);
        guard.End();
        using var read = MimeMessage.Load(new MemoryStream(raw.ToArray()), Cancellation);
        Assert.Equal(Encoding.UTF8.GetBytes(content), Content(((Multipart)read.Body!)[0]));
    }

    [Theory]
    [InlineData("a\rb", "bare CR")]
    [InlineData("a\nb", "bare LF")]
    [InlineData("a\0b", "NUL")]
    [InlineData("a\r\nb\n", "bare LF")]
    public async Task A_binary_part_of_a_message_that_carries_a_signature_is_refused(string content, string what)
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        using var message = New(Part("application/x", ContentEncoding.Binary, content));
        message.Headers.Add(HeaderId.DkimSignature, "v=1");

        var result = await transporter.SendAsync(message, Cancellation);

        Assert.Equal(Outcome.NotSent, result.Outcome);
        Assert.False(result.IsTransient);
        Assert.Contains(result.Errors, e => e.ErrCode == SmtpErrorCodes.InvalidMessage
            && e.Message.Contains($"there is a {what} at byte ", StringComparison.Ordinal));
        Assert.Empty(server.Messages);
    }

    [Fact]
    public async Task A_signed_part_that_a_server_could_misread_is_refused()
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        using var message = New(new Multipart("signed")
        {
            Part("text/plain", ContentEncoding.Default, "a\rb\r\n"),
            Part("application/pgp-signature", ContentEncoding.Default, "x\r\n"),
        });

        var result = await transporter.SendAsync(message, Cancellation);

        Assert.Equal(Outcome.NotSent, result.Outcome);
        Assert.Contains(result.Errors, e => e.ErrCode == SmtpErrorCodes.InvalidMessage);
        Assert.Empty(server.Messages);
    }

    [Fact]
    public async Task Each_entity_around_an_8bit_part_of_a_message_of_the_caller_declares_it()
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var inner = New(new Multipart("alternative") { Part("text/plain; charset=utf-8", ContentEncoding.EightBit, "ü\r\n") });
        using var message = New(new Multipart("mixed") { new MessagePart { Message = inner }, new TextPart("plain") { Text = "x" } });

        Assert.Equal(Outcome.Accepted, (await transporter.SendAsync(message, Cancellation)).Outcome);

        using var read = MimeMessage.Load(new MemoryStream(Assert.Single(server.Messages).Raw.ToArray()), Cancellation);
        var mixed = (Multipart)read.Body!;
        var attached = (MessagePart)mixed[0];
        Assert.Equal("8bit", mixed.Headers[HeaderId.ContentTransferEncoding]);
        Assert.Equal("8bit", attached.Headers[HeaderId.ContentTransferEncoding]);
        Assert.Equal("8bit", attached.Message!.Body!.Headers[HeaderId.ContentTransferEncoding]);
    }

    [Fact]
    public void No_line_of_a_part_that_is_to_be_signed_begins_with_From()
    {
        const string text = "From here to there\r\nü\r\nFrom there\r\n";
        using var message = New(new Multipart("mixed")
        {
            Part("text/plain; charset=utf-8", ContentEncoding.QuotedPrintable, text),
            Part("text/plain; charset=utf-8", ContentEncoding.EightBit, text),
            Part("text/plain", ContentEncoding.SevenBit, text.Replace('ü', 'u')),
        });

        Smime.Prepare(message);

        using var written = new MemoryStream();
        message.WriteTo(MessageContent.Ascii, written, Cancellation);
        Assert.DoesNotContain("\nFrom ", Encoding.ASCII.GetString(written.ToArray()), StringComparison.Ordinal);
        written.Position = 0;
        var parts = (Multipart)MimeMessage.Load(written, Cancellation).Body!;
        Assert.Equal(text, Encoding.UTF8.GetString(Content(parts[0])));
        Assert.Equal(text, Encoding.UTF8.GetString(Content(parts[1])));
        Assert.Equal(text.Replace('ü', 'u'), Encoding.UTF8.GetString(Content(parts[2])));
    }

    [Theory]
    [InlineData("a\r\nb\r\n", null)]
    [InlineData("\r\n\r\n", null)]
    [InlineData("", null)]
    [InlineData("a\r", "bare CR at byte 1.")]
    [InlineData("\r\r\n", "bare CR at byte 0.")]
    [InlineData("a\n", "bare LF at byte 1.")]
    [InlineData("a\r\n\n", "bare LF at byte 3.")]
    [InlineData("a\r\nb\0", "NUL at byte 4.")]
    public void Line_ends_are_checked_across_writes_of_any_size(string text, string? problem)
    {
        for (var size = 1; size <= text.Length + 1; size++)
        {
            var guard = new LineEndGuard();
            var exception = Record.Exception(() =>
            {
                foreach (var chunk in Encoding.ASCII.GetBytes(text).Chunk(size))
                    guard.Check(chunk);
                guard.End();
            });

            if (problem is null)
                Assert.Null(exception);
            else
                Assert.Contains(problem, Assert.IsType<EmailContentException>(exception).Message, StringComparison.Ordinal);
        }
    }
}
