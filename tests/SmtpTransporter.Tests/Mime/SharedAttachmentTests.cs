using MimeKit;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests attachments from one stream in several emails that are sent at the same time.</summary>
public sealed class SharedAttachmentTests : SocketTest
{
    private const int Count = 12;

    private static byte[] Bytes { get; } = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 31 / 7))];

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Each_of_several_concurrent_emails_has_the_right_bytes_of_one_stream(bool async, bool seek)
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { MaxConnections = 4 });
        var attachment = MailAttachment.FromStream(new TurnStream(Bytes, seek), "data.bin");

        var results = await Task.WhenAll(Enumerable.Range(0, Count).Select(i => SendAsync(transporter, async, NewMail(i, attachment))));

        Assert.All(results, AssertAccepted);
        AssertReceived(server);
    }

    [Fact]
    public async Task The_emails_of_one_SendManyAsync_have_the_right_bytes_of_one_stream()
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { MaxConnections = 4 });
        var attachment = MailAttachment.FromStream(new TurnStream(Bytes, canSeek: true), "data.bin");

        var results = new List<SendResult>();
        await foreach (var item in transporter.SendManyAsync(
            Enumerable.Range(0, Count).Select(i => NewMail(i, attachment)), cancellationToken: Cancellation))
            results.Add(item.Result);

        Assert.All(results, AssertAccepted);
        AssertReceived(server);
    }

    [Fact]
    public async Task Several_attachments_may_have_one_stream()
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { MaxConnections = 4 });
        var stream = new TurnStream(Bytes, canSeek: true);
        var emails = Enumerable.Range(0, Count).Select(i => NewMail(i, MailAttachment.FromStream(stream, "data.bin"))).ToList();
        emails[0].Attachments.Add(MailAttachment.FromStream(stream, "again.bin"));

        var results = await Task.WhenAll(emails.Select(email => transporter.SendAsync(email, Cancellation)));

        Assert.All(results, AssertAccepted);
        AssertReceived(server);
        Assert.Equal(Bytes, emails[0].Attachments[1].GetContent());
        Assert.True(stream.CanRead);
    }

    private static Email NewMail(int number, MailAttachment attachment) => new()
    {
        From = "me@example.com",
        To = "ann@example.org",
        Subject = $"{number}",
        TextBody = "Hello",
        Attachments = { attachment },
    };

    private static void AssertReceived(SmtpTestServer server)
    {
        Assert.Equal(Count, server.Messages.Count);
        foreach (var message in server.Messages)
        {
            foreach (var part in message.Message.Attachments.Cast<MimePart>())
            {
                using var content = new MemoryStream();
                part.Content!.DecodeTo(content);
                Assert.True(Bytes.AsSpan().SequenceEqual(content.ToArray()), $"The attachment of {message.Message.Subject} is damaged.");
            }
        }
    }

    /// <summary>Gives few bytes at a time and lets other tasks run between, so that reads of several sends alternate.</summary>
    private sealed class TurnStream(byte[] bytes, bool canSeek) : MemoryStream(bytes)
    {
        private const int Most = 9973;

        public override bool CanSeek => canSeek;

        public override int Read(byte[] buffer, int offset, int count)
        {
            Thread.Yield();
            return base.Read(buffer, offset, Math.Min(count, Most));
        }

        public override int Read(Span<byte> buffer)
        {
            var part = new byte[Math.Min(buffer.Length, Most)];
            var read = Read(part, 0, part.Length);
            part.AsSpan(0, read).CopyTo(buffer);
            return read;
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            return Read(buffer.Span);
        }
    }
}
