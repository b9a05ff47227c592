using System.Text;
using MimeKit;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests that a caller's own MIME message is the same after a send, in all the ways to send it.</summary>
public sealed class UnchangedMessageTests : SocketTest
{
    public static TheoryData<string> Ways => ["plain", "7bit", "signed", "stored", "client"];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task The_header_fields_and_parts_of_a_MIME_message_are_the_same_after_a_send(string way)
    {
        await using var server = SmtpTestServer.Start(new() { EightBitMime = way != "7bit", Chunking = way != "7bit" });
        var message = NewMessage();
        var before = Describe(message);
        var parts = message.BodyParts.ToList();

        var result = await SendAsync(way, server, message);

        AssertAccepted(result);
        Assert.Equal(before, Describe(message));
        Assert.Equal(parts, message.BodyParts);
        Assert.Contains("MIME-Version", server.Messages[0].Message.Headers.Select(h => h.Field));
        if (way == "7bit")
            Assert.True(Ascii.IsValid(server.Messages[0].Raw.Span));
    }

    [Fact]
    public async Task A_MIME_message_can_be_sent_again_with_the_same_bytes()
    {
        await using var seven = SmtpTestServer.Start(new() { EightBitMime = false, Chunking = false });
        await using var eight = SmtpTestServer.Start();
        using var message = NewMessage();

        AssertAccepted(await SendAsync("plain", eight, message));
        AssertAccepted(await SendAsync("7bit", seven, message));
        AssertAccepted(await SendAsync("plain", eight, message));

        Assert.Equal(eight.Messages[0].Raw.ToArray(), eight.Messages[1].Raw.ToArray());
    }

    [Fact]
    public async Task A_MIME_message_is_the_same_after_a_send_that_failed()
    {
        await using var server = SmtpTestServer.Start();
        server.Script.On(SmtpStep.EndOfData).Reply(554, "5.7.1 No");
        var message = NewMessage();
        var before = Describe(message);

        Assert.Equal(Outcome.Refused, (await SendAsync("plain", server, message)).Outcome);

        Assert.Equal(before, Describe(message));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_MIME_message_can_be_sent_by_several_at_the_same_time(string way)
    {
        await using var eight = SmtpTestServer.Start();
        await using var seven = SmtpTestServer.Start(new() { EightBitMime = false, Chunking = false });
        using var message = NewMessage();
        var before = Describe(message);

        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(
            i => Task.Run(() => SendAsync(i % 2 == 0 ? way : "plain", i % 3 == 0 ? seven : eight, message))));

        Assert.All(results, AssertAccepted);
        Assert.Equal(before, Describe(message));
        Assert.All(seven.Messages, received => Assert.True(Ascii.IsValid(received.Raw.Span)));
        Assert.Equal(20, seven.Messages.Count + eight.Messages.Count);
    }

    [Fact]
    public async Task A_send_waits_for_a_MIME_message_that_another_uses_as_long_as_its_own_time_limit()
    {
        await using var server = SmtpTestServer.Start();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var held = server.Script.On(SmtpStep.EndOfData).Times(1).WaitFor(gate.Task);
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        await using var brief = new SmtpTransporter(server.ToServerOptions() with { SendTimeout = Brief });
        using var message = NewMessage();

        var first = transporter.SendAsync(message, Cancellation);
        await held.Reached;
        AssertNotSent(await brief.SendAsync(message, Cancellation), SmtpErrorCodes.ReplyTimeout, "smtp");
        gate.SetResult();

        AssertAccepted(await first);
        AssertAccepted(await brief.SendAsync(message, Cancellation));
        Assert.Equal(2, server.Messages.Count);
    }

    private static async Task<SendResult> SendAsync(string way, SmtpTestServer server, MimeMessage message)
    {
        var options = server.ToServerOptions();
        if (way == "signed")
        {
            using var key = System.Security.Cryptography.RSA.Create(1024);
            var dkim = new DkimOptions { Domain = "example.com", Selector = "mail", PrivateKey = key.ExportPkcs8PrivateKeyPem() };
            options = options with { Dkim = dkim };
        }
        await using var transporter = way == "client"
            ? new SmtpTransporter(options, () => new MailKit.Net.Smtp.SmtpClient())
            : new SmtpTransporter(options);
        return way == "stored"
            ? await transporter.SendAsync(StoredMessage.FromMimeMessage(message), Cancellation)
            : await transporter.SendAsync(message, Cancellation);
    }

    private static MimeMessage NewMessage()
    {
        var inner = new MimeMessage { Subject = "Inner", Body = new TextPart("plain") { Text = "Grüße\r\n" } };
        inner.Headers.Remove(HeaderId.MimeVersion);
        var message = new MimeMessage
        {
            Subject = "Hello",
            Body = new Multipart("mixed")
            {
                new TextPart("plain") { Text = "Grüße\r\n" },
                new TextPart("html") { Text = "<p>Grüße</p>\r\n", ContentTransferEncoding = ContentEncoding.EightBit },
                new MimePart("application", "octet-stream") { Content = new MimeContent(new MemoryStream([0, 1, 2, 250, 251])) },
                new MessagePart("rfc822") { Message = inner },
            },
        };
        message.From.Add(new MailboxAddress("Me", "me@example.com"));
        message.To.Add(new MailboxAddress("Ann", "ann@example.org"));
        message.Bcc.Add(new MailboxAddress("Bob", "bob@example.org"));
        message.Headers.Remove(HeaderId.MimeVersion);
        return message;
    }

    /// <summary>Returns every header field of every part, without writing the message, which would change it.</summary>
    private static string Describe(MimeMessage message)
    {
        var text = new StringBuilder();
        Add(message.Headers);
        foreach (var part in new[] { message.Body! }.Concat((Multipart)message.Body!))
        {
            Add(part.Headers);
            if (part is MimePart leaf)
                text.Append(leaf.ContentTransferEncoding).Append('\n');
            if (part is MessagePart { Message: { } inner })
                text.Append(Describe(inner.Headers)).Append(Describe(inner.Body!.Headers));
        }
        return text.ToString();

        void Add(HeaderList headers) => text.Append(Describe(headers));
    }

    private static string Describe(HeaderList headers) =>
        string.Concat(headers.Select(h => $"{h.Field}:{Encoding.UTF8.GetString(h.RawValue)}")) + "\n";
}
