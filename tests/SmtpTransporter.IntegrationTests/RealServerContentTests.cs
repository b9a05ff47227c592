using System.Globalization;
using SmtpTransport.IntegrationTests.RealServer;

namespace SmtpTransport.IntegrationTests;

public sealed class RealServerContentTests(PostfixServer server) : RealServerTest(server)
{
    [Fact]
    public async Task Lines_of_dots_arrive_unchanged() =>
        await AssertTextArrivesAsync("before\n.\n..\n...\n.dot first\n.\nQUIT\n.\n");

    [Fact]
    public async Task A_body_of_200_KB_arrives_complete() =>
        await AssertTextArrivesAsync(string.Concat(Enumerable.Range(0, 4000).Select(i =>
            string.Create(CultureInfo.InvariantCulture, $"Line {i:D6} of a long mail, with some more words.\n"))));

    [Fact]
    public async Task Japanese_in_subject_and_body_arrives_unchanged() =>
        await AssertTextArrivesAsync("お世話になっております。\n月次報告書をお送りします。\n", "月次報告書と売上の数字についてのお知らせ、および今後の予定 №1");

    [Fact]
    public async Task Each_recipient_receives_the_message_and_nobody_sees_the_Bcc()
    {
        await using var transporter = new SmtpTransporter(Options);
        var email = NewEmail();
        email.Cc = "alice@example.test";
        email.Bcc = "carol@example.test";

        var result = await transporter.SendAsync(email, Cancellation);

        AssertAccepted(result);
        foreach (var mailbox in (string[])["alice", "bob", "carol"])
        {
            var delivered = await WaitForDeliveryAsync(mailbox, result);
            Assert.Equal($"{mailbox}@example.test", delivered.Headers["Delivered-To"]);
            Assert.Empty(delivered.Bcc);
        }
    }

    private async Task AssertTextArrivesAsync(string text, string subject = "Monthly report")
    {
        await using var transporter = new SmtpTransporter(Options);

        var result = await transporter.SendAsync(NewEmail(subject, text), Cancellation);

        AssertAccepted(result);
        var delivered = await WaitForDeliveryAsync("bob", result);
        Assert.Equal(subject, delivered.Subject);
        Assert.Equal(text, delivered.TextBody?.ReplaceLineEndings("\n"));
    }
}
