using System.Security.Cryptography;
using MimeKit;

namespace SmtpTransport.Lab;

public abstract partial class ServerTests
{
    public static TheoryData<string, string> Texts => new()
    {
        { "dots", ".\n..\n...\n.a\n\n.\nFrom me\n.\n" },
        { "long lines", string.Join('\n', new[] { 998, 999, 2000, 5000 }.Select(n => new string('a', n))) },
        { "no line end", "The last line has no end" },
        { "blanks and a lone CR", "trailing  \t\n  \nlone\rcr\n" },
        { "a NUL", "x\0y\n" },
        { "not ASCII", $"ünïcode ©\n.ü\n{new string('é', 1500)}\n" },
    };

    private static byte[] EveryOctet =>
    [
        .. "a\nb\rc\r\n.\r\n.\n..\n\0\0 end"u8,
        .. Enumerable.Range(0, 256).Select(i => (byte)i),
        .. "\r\n.\r\nMAIL FROM:<evil@client.test>\r\n"u8,
    ];

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task Text_and_attachment_arrive_unchanged(string name, string text)
    {
        await using var transporter = new SmtpTransporter(Options);
        var email = NewEmail(name, "u1@ok.test");
        email.TextBody = text;
        email.Attachments.Add(MailAttachment.FromBytes(EveryOctet, "octets.bin"));

        var result = await SendAsync(transporter, email);

        AssertAccepted(result);
        await _ledger.CloseAsync();
        var message = await LoadCopyAsync(result);
        if (!Server.KeepsContents)
            return;
        Assert.Equal(Lines(text), Lines(message.TextBody));
        var content = new MemoryStream();
        await ((MimePart)Assert.Single(message.Attachments)).Content!.DecodeToAsync(content, Cancellation);
        Assert.Equal(EveryOctet, content.ToArray());
    }

    [Fact]
    public async Task A_body_in_latin_1_arrives_unchanged()
    {
        await using var transporter = new SmtpTransporter(Options with { BodyCharset = MailMode.Iso88591 });
        var email = NewEmail("Latin 1", "u1@ok.test");
        email.TextBody = $"äöü in 8 bits\n.ä\n{new string('ä', 900)}\n";

        var result = await SendAsync(transporter, email);

        AssertAccepted(result);
        await _ledger.CloseAsync();
        var message = await LoadCopyAsync(result);
        if (Server.KeepsContents)
            Assert.Equal(Lines(email.TextBody), Lines(message.TextBody));
    }

    [Fact]
    public async Task A_message_that_is_too_large_is_not_taken()
    {
        await using var transporter = new SmtpTransporter(Options);
        var email = NewEmail("Three megabytes", "u1@ok.test", Refused(1));
        email.Attachments.Add(MailAttachment.FromBytes(RandomNumberGenerator.GetBytes(2_200_000), "large.bin"));

        var result = await SendAsync(transporter, email);

        if (Server.LimitsSize)
            Assert.True(result.Outcome is Outcome.Refused or Outcome.NotSent && !result.IsTransient, Describe(result));
        else
            AssertOutcome(RefusedOutcome(Outcome.PartiallyAccepted), result);
        await SendOneMoreAsync(transporter);
    }

    [Fact]
    public async Task A_message_of_a_megabyte_is_taken()
    {
        await using var transporter = new SmtpTransporter(Options);
        var email = NewEmail("A megabyte", "u1@ok.test");
        email.Attachments.Add(MailAttachment.FromBytes(RandomNumberGenerator.GetBytes(730_000), "large.bin"));

        AssertAccepted(await SendAsync(transporter, email));
    }

    [Fact]
    public async Task A_message_refused_at_its_end_is_refused_for_all()
    {
        for (var i = 0; i < 2; i++)
        {
            // A server may end a session with 421 in place of its third refusal.
            await using var transporter = new SmtpTransporter(Options);
            var email = NewEmail("CONTENT-REFUSED", "u1@ok.test", i == 0 ? "u2@ok.test" : Refused(1));
            // One server can refuse at the end only by what came before.
            email.ReturnPath = "spam@client.test";

            var result = await SendAsync(transporter, email);

            var taken = i == 0 ? Outcome.Accepted : RefusedOutcome(Outcome.PartiallyAccepted);
            AssertOutcome(Server.RefusesContent ? Outcome.Refused : taken, result);
            await SendOneMoreAsync(transporter);
        }
    }

    [Fact]
    public async Task A_message_put_off_at_its_end_is_deferred()
    {
        await using var transporter = new SmtpTransporter(Options);

        AssertOutcome(
            Server.DefersContent ? Outcome.Deferred : Outcome.Accepted, await SendAsync(transporter, "CONTENT-LATER", "u1@ok.test"));
        await SendOneMoreAsync(transporter);
    }

    private async Task<MimeMessage> LoadCopyAsync(SendResult result) => await MimeMessage.LoadAsync(
        new MemoryStream(Assert.Single(await _ledger.CopiesOfAsync(result)).Message.ToArray()), Cancellation);

    // Servers may write line ends and the end of the last line in their own way.
    private static string[] Lines(string? text) => (text ?? "").ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
}
