using System.Text;
using MimeKit;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>The writer of a mail's octets against MimeKit's: the same message, octet for octet, in every mode, into every target.</summary>
public sealed class WriterTests
{
    public static TheoryData<string> Modes { get; } = [.. new[] { MailMode.Utf8, MailMode.Utf8Base64, MailMode.Iso88591, MailMode.Iso2022Jp }.Select(m => m.Value)];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static Email Rich() => new()
    {
        From = "Me <me@example.com>",
        To = "Jürgen <you@example.org>, ann@bücher.example",
        Subject = "Grüße, 日本語",
        TextBody = "Grüße\n.\nFrom here\r\r\nend",
        HtmlBody = "<p>Grüße <img src=\"cid:logo@x\"></p>\n",
        Headers = { { "X-Any", "ü" } },
        Calendar = new MailCalendar("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"),
        Attachments =
        {
            MailAttachment.FromBytes([1, 2, 3], "logo.png", "logo@x"),
            MailAttachment.FromBytes(new byte[200_000], "Größe.pdf"),
            MailAttachment.FromBytes([], "empty.bin"),
            MailAttachment.FromBytes("Subject: inner\n\nText"u8.ToArray(), "a.eml", type: "message/rfc822"),
            MailAttachment.FromBytes("Subject: inner\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nGrüße"u8.ToArray(), "b.eml", type: "message/rfc822"),
            MailAttachment.FromBytes("Subject: inner"u8.ToArray(), "h.txt", type: "text/rfc822-headers"),
            MailAttachment.FromBytes([0], "none.eml", type: "message/rfc822"),
            MailAttachment.FromBytes(Enumerable.Range(0, 57).Select(i => (byte)i).ToArray(), "line.bin"),
        },
    };

    private static async Task<byte[]> WrittenAsync(OutgoingMessage message, bool async)
    {
        using var stream = new MemoryStream();
        _ = await message.SerializeAsync(async, sevenBit: false, measure: false, Cancellation);
        await message.WriteAsync(async, stream, Cancellation);
        return stream.ToArray();
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task The_octets_are_those_that_MimeKit_writes_of_the_same_message(string value)
    {
        var mode = MailMode.Parse(value);
        using var message = MessageBuilder.Build(Rich(), new MimeWriteOptions(mode, mode), TimeProvider.System);
        using var expected = new MemoryStream();
        await message.Message.WriteToAsync(message.Format, expected, Cancellation);

        Assert.Equal(Encoding.UTF8.GetString(expected.ToArray()), Encoding.UTF8.GetString(await WrittenAsync(message, async: false)));
        Assert.Equal(expected.ToArray(), await WrittenAsync(message, async: true));
        var held = await message.SerializeAsync(async: true, sevenBit: false, measure: true, Cancellation);
        Assert.Equal(expected.ToArray(), held.Blocks.SelectMany(b => b.ToArray()).ToArray());
        Assert.Equal(expected.Length, held.Size);
    }

    [Fact]
    public async Task A_server_without_8BITMIME_gets_seven_bits_in_messages_inside_it_too()
    {
        using var message = MessageBuilder.Build(Rich(), new MimeWriteOptions(MailMode.Iso88591, MailMode.Iso88591), TimeProvider.System);

        Assert.True((await message.SerializeAsync(async: true, sevenBit: false, measure: false, Cancellation)).IsEightBit);
        var bytes = await message.SerializeAsync(async: true, sevenBit: true, measure: false, Cancellation);
        using var read = MimeMessage.Load(new MemoryStream(bytes.Blocks.SelectMany(b => b.ToArray()).ToArray()), Cancellation);

        Assert.False(bytes.IsEightBit);
        Assert.Equal("Grüße", read.BodyParts.OfType<MessagePart>().Single(p => p.ContentType.Name == "b.eml").Message!.TextBody?.TrimEnd());
        Assert.StartsWith("Grüße\n.\nFrom here", read.TextBody?.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_too_large_to_be_held_is_measured_without_being_read()
    {
        using var contents = new ThrowingStream(3_000_000);
        var email = new Email { From = "me@example.com", To = "you@example.com", TextBody = "x", Attachments = { MailAttachment.FromStream(contents, "a.bin") } };
        using var outgoing = MessageBuilder.Build(email, new MimeWriteOptions(MailMode.Utf8, MailMode.Utf8), TimeProvider.System);
        var size = outgoing.SerializeAsync(async: false, sevenBit: false, measure: true, Cancellation).GetCompletedResult();
        contents.Throws = false;
        using var written = new MemoryStream();
        outgoing.WriteAsync(async: false, written, Cancellation).GetCompletedResult();

        Assert.False(size.IsHeld);
        Assert.False(size.IsEightBit);
        Assert.Equal(written.Length, size.Size);
    }

    [Fact]
    public async Task The_message_that_MimeKit_has_shows_its_bodies()
    {
        using var message = Rich().ToMimeMessage();

        Assert.StartsWith("Grüße", message.TextBody, StringComparison.Ordinal);
        Assert.StartsWith("<p>Grüße", message.HtmlBody, StringComparison.Ordinal);
        Assert.Equal(7, message.Attachments.Count());
        await message.WriteToAsync(Stream.Null, Cancellation);
    }

    /// <summary>Zeros, but only when it may be read.</summary>
    private sealed class ThrowingStream(long length) : MemoryStream
    {
        private long _position;

        public bool Throws { get; set; } = true;

        public override long Length => length;

        public override long Position
        {
            get => _position;
            set => _position = value;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            if (Throws)
                throw new IOException("read");
            var read = (int)Math.Min(buffer.Length, length - _position);
            buffer[..read].Clear();
            _position += read;
            return read;
        }
    }
}
