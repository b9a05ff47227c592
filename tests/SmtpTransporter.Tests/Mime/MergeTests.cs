using MimeKit;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>A merge: every email is separate, and the content that they share is encoded once.</summary>
public sealed class MergeTests : SocketTest
{
    private static readonly string[] People = ["ann@example.org", "bob@example.org", "eve@example.org"];

    private static byte[] Content(ReceivedMessage message)
    {
        using var content = new MemoryStream();
        ((MimePart)message.Message.Attachments.Single()).Content!.DecodeTo(content, Cancellation);
        return content.ToArray();
    }

    private static Email Template(MailAttachment attachment) => new()
    {
        From = "me@example.com",
        Subject = "News",
        TextBody = "Grüße\nan alle",
        HtmlBody = "<p>Grüße</p>",
        MessageId = "template@example.com",
        Attachments = { attachment },
    };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Every_email_has_its_own_and_the_shared_content(bool large)
    {
        var bytes = new byte[large ? 3_000_000 : 1000];
        new Random(7).NextBytes(bytes);
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var emails = Template(MailAttachment.FromBytes(bytes, "a.bin")).Merge(People, (email, address) =>
        {
            email.To = address;
            email.Subject = $"News for {address}";
            if (address == People[1])
                email.TextBody = "for Bob alone";
        });

        await foreach (var item in transporter.SendManyAsync(emails, null, Cancellation))
            Assert.Equal(Outcome.Accepted, item.Result.Outcome);

        var received = server.Messages.OrderBy(m => m.Recipients[0], StringComparer.Ordinal).ToList();
        Assert.Equal(People, received.Select(m => m.Recipients.Single()));
        Assert.Equal(People.Select(p => $"News for {p}"), received.Select(m => m.Message.Subject));
        Assert.Equal(
            ["Grüße\nan alle", "for Bob alone", "Grüße\nan alle"],
            received.Select(m => m.Message.TextBody!.ReplaceLineEndings("\n").TrimEnd()));
        Assert.All(received, m => Assert.Equal("<p>Grüße</p>", m.Message.HtmlBody?.TrimEnd()));
        Assert.All(received, m => Assert.Equal(bytes, Content(m)));
        Assert.Equal(3, received.Select(m => m.Message.MessageId).Distinct().Count());
        Assert.DoesNotContain("template@example.com", received.Select(m => m.Message.MessageId));
    }

    [Fact]
    public async Task A_shared_attachment_is_read_once_even_from_a_stream()
    {
        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, "first", Cancellation);
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var emails = Template(MailAttachment.FromFile(path, "a.bin")).Merge(People, (email, address) => email.To = address).ToList();

        Assert.True((await transporter.SendAsync(emails[0], Cancellation)).Success);
        File.Delete(path);
        Assert.All(await Task.WhenAll(emails.Select(m => transporter.SendAsync(m, Cancellation))), r => Assert.True(r.Success));

        Assert.Equal(4, server.Messages.Count);
        Assert.All(server.Messages, m => Assert.Equal("first"u8.ToArray(), Content(m)));
    }

    [Fact]
    public async Task A_missing_file_fails_every_email_until_it_exists()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var emails = Template(MailAttachment.FromFile(path, "a.bin")).Merge(People, (email, address) => email.To = address).ToList();

        Assert.Equal(Outcome.NotSent, (await transporter.SendAsync(emails[0], Cancellation)).Outcome);
        await File.WriteAllTextAsync(path, "there", Cancellation);
        Assert.True((await transporter.SendAsync(emails[0], Cancellation)).Success);
        File.Delete(path);
    }

    [Fact]
    public async Task A_merge_is_lazy_and_uses_the_template_as_it_was_at_the_call()
    {
        var template = Template(MailAttachment.FromBytes([1], "a.bin"));
        var filled = 0;
        var items = new List<string>();

        var emails = template.Merge(Addresses(), (email, address) => (filled, email.To) = (filled + 1, address));
        await foreach (var email in emails.WithCancellation(Cancellation))
        {
            template.Subject = "changed";
            template.Attachments.Clear();
            Assert.Equal(items.Count + 1, filled);
            Assert.Equal("News", email.Subject);
            Assert.Single(email.Attachments);
            email.Attachments.Clear();
            items.Add(email.To.ToString());
        }

        Assert.Equal(People, items);

        static async IAsyncEnumerable<string> Addresses()
        {
            foreach (var person in People)
            {
                await Task.Yield();
                yield return person;
            }
        }
    }

    [Fact]
    public void A_null_argument_throws_immediately()
    {
        Assert.Throws<ArgumentNullException>("items", () => new Email().Merge<int>((IEnumerable<int>)null!, (_, _) => { }));
        Assert.Throws<ArgumentNullException>("items", () => new Email().Merge<int>((IAsyncEnumerable<int>)null!, (_, _) => { }));
        Assert.Throws<ArgumentNullException>("fill", () => new Email().Merge([1], null!));
    }
}
