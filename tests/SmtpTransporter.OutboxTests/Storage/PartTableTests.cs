using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>Parts of messages that are stored separately.</summary>
public sealed class PartTableTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_large_attachment_of_several_emails_is_stored_separately_and_once()
    {
        await using var host = await OutboxHost.StartAsync();
        var content = new byte[300_000];
        new Random(1).NextBytes(content);
        var emails = Enumerable.Range(0, 5).Select(i =>
        {
            var email = TestEmail.To($"u{i}");
            email.Attachments.Add(MailAttachment.FromBytes(content, "big.bin"));
            email.Attachments.Add(MailAttachment.FromBytes("small"u8.ToArray(), "small.txt"));
            return new OutboxEmail(email);
        });

        var ids = await host.EnqueueManyAsync(emails);
        foreach (var id in ids)
            await host.UntilAsync(id, OutboxState.Sent);

        Assert.All(host.Server.Messages, m => Assert.Equal(content, Email.FromMime(m.Raw.ToArray()).Attachments[0].GetContent()));
        Assert.Equal(1, await host.Tables.CountPartsAsync());
        Assert.InRange(await host.Tables.GetLargestRowAsync(), 500, 3000);
        Assert.Equal(host.Server.Messages[0].Raw.Length, (await host.Outbox.GetMessageAsync(ids[0], Cancellation))!.Message.Length);
        var received = host.Server.Messages.Single(m => m.Recipients[0] == "u0@example.org");
        Assert.Equal(received.Raw.ToArray(), (await host.Outbox.GetMessageAsync(ids[0], Cancellation))!.Message.ToArray());
    }
}
