using System.Text;
using SmtpTransport.Feedback;
using Xunit;

namespace SmtpTransport.FeedbackTests;

public sealed class BoundTests
{
    private static readonly FeedbackReader Reader = new();

    [Fact]
    public void Ten_thousand_recipients_are_all_there()
    {
        var groups = new StringBuilder();
        var words = new StringBuilder();
        for (var i = 0; i < 10_000; i++)
        {
            words.Append("<user").Append(i).Append("@example.org>: user unknown\n");
            groups.Append("\nFinal-Recipient: rfc822; user").Append(i).Append("@example.org\nAction: failed\nStatus: 5.0.0\n");
        }

        var feedback = Read(Report(words.ToString(), groups.ToString()));

        Assert.Equal(10_000, feedback!.Recipients.Count);
        Assert.Equal(10_000, feedback.Recipients.DistinctBy(r => r.Address).Count());
        Assert.All(feedback.Recipients, r => Assert.Equal(FeedbackCategory.Hard, r.Category));
        Assert.False(feedback.IsTruncated);
    }

    [Fact]
    public void Ten_thousand_recipients_in_words_are_all_there()
    {
        var text = new StringBuilder("This is the Postfix program at host mail.shop.example.\n\n");
        for (var i = 0; i < 10_000; i++)
            text.Append("<user").Append(i).Append("@example.org>: host mx.example.org[192.0.2.25] said: 550 5.1.1\n    user unknown\n\n");

        var feedback = Read($"Return-Path: <>\nFrom: MAILER-DAEMON@mail.shop.example\nSubject: Undelivered\n\n{text}");

        Assert.Equal(10_000, feedback!.Recipients.Count);
        Assert.All(feedback.Recipients, r => Assert.Equal(FeedbackCategory.Hard, r.Category));
    }

    [Fact]
    public void More_recipients_than_the_limit_are_cut_and_said_to_be()
    {
        var groups = new StringBuilder();
        for (var i = 0; i <= FeedbackReader.MaxRecipients; i++)
            groups.Append("\nFinal-Recipient: rfc822; user").Append(i).Append("@example.org\nAction: failed\nStatus: 5.1.1\n");

        var feedback = Read(Report("", groups.ToString()));

        Assert.Equal(FeedbackReader.MaxRecipients, feedback!.Recipients.Count);
        Assert.True(feedback.IsTruncated);
    }

    [Fact]
    public void More_recipients_in_words_than_the_limit_are_cut_and_said_to_be()
    {
        var text = new StringBuilder("This is the Postfix program at host mail.shop.example.\n\n");
        for (var i = 0; i <= FeedbackReader.MaxRecipients; i++)
            text.Append("<user").Append(i).Append("@example.org>: user unknown\n\n");

        var feedback = Read($"Return-Path: <>\nFrom: MAILER-DAEMON@mail.shop.example\nSubject: Undelivered\n\n{text}");

        Assert.Equal(FeedbackReader.MaxRecipients, feedback!.Recipients.Count);
        Assert.True(feedback.IsTruncated);
    }

    [Fact]
    public void Words_of_which_not_all_are_read_are_said_to_be_cut()
    {
        var text = "This is the Postfix program at host mail.shop.example.\n\n<ann@example.org>: user unknown\n\n";
        var message = $"Return-Path: <>\nFrom: MAILER-DAEMON@mail.shop.example\nSubject: Undelivered\n\n{text}";
        const int MaxText = 4 << 20;

        var whole = Read(message + new string('x', MaxText - text.Length));
        var cut = Read(message + new string('x', MaxText - text.Length + 1));

        Assert.False(whole!.IsTruncated);
        Assert.True(cut!.IsTruncated);
        Assert.Equal("ann@example.org", Assert.Single(cut.Recipients).Address);
    }

    [Fact]
    public void A_report_of_50_megabytes_is_read_as_far_as_the_limit()
    {
        var report = Report("It failed.", "\nFinal-Recipient: rfc822; ann@example.org\nAction: failed\nStatus: 5.1.1\n");
        var head = Encoding.ASCII.GetBytes(report[..^"\n--=_b--\n".Length]);
        using var stream = new EndlessStream([.. head, .. "\n\n"u8], 50_000_000);

        var feedback = Reader.Read(stream);

        Assert.Equal("ann@example.org", Assert.Single(feedback!.Recipients).Address);
        Assert.Equal("order-1@shop.example", feedback.Original.MessageId);
        Assert.True(feedback.IsTruncated);
        Assert.InRange(stream.Position, FeedbackReader.MaxOctets, FeedbackReader.MaxOctets + 100_000);
    }

    [Theory]
    [InlineData("multipart/mixed")]
    [InlineData("multipart/report; report-type=delivery-status")]
    [InlineData("message/rfc822")]
    [InlineData("message/delivery-status")]
    public void Deep_nesting_ends_without_a_failure(string type)
    {
        var text = new StringBuilder("From: MAILER-DAEMON@example.org\nReturn-Path: <>\nSubject: Undelivered Mail\n");
        for (var i = 0; i < 20_000; i++)
            text.Append("Content-Type: ").Append(type).Append("; boundary=b").Append(i).Append("\n\n--b").Append(i).Append('\n');

        var feedback = Read(text.ToString());

        Assert.True(feedback is null || feedback.Recipients.Count == 0);
    }

    [Fact]
    public void Many_parts_end_without_a_failure()
    {
        var text = new StringBuilder("From: MAILER-DAEMON@example.org\nReturn-Path: <>\nContent-Type: multipart/report; boundary=b\n\n");
        const string Part = "\n\nReporting-MTA: dns; a\n\nFinal-Recipient: rfc822; u@a.example\nAction: failed\n";
        for (var i = 0; i < 50_000; i++)
            text.Append("--b\nContent-Type: message/delivery-status").Append(Part);

        var feedback = Read(text.ToString());

        Assert.InRange(feedback!.Recipients.Count, 1, FeedbackReader.MaxRecipients);
    }

    [Theory]
    [InlineData("", "a:\n")]
    [InlineData("Content-Type: multipart/report; boundary=b\n\n", "--b\n\n")]
    [InlineData("Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n", "a:\n\n")]
    public void Many_short_lines_take_no_more_memory_than_the_limits_allow(string head, string line)
    {
        var content = new MemoryStream();
        content.Write(Encoding.ASCII.GetBytes("From: MAILER-DAEMON@example.org\nReturn-Path: <>\n" + head));
        var repeated = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(line, 10_000)));
        while (content.Length < FeedbackReader.MaxOctets - repeated.Length)
            content.Write(repeated);
        content.Position = 0;
        var before = GC.GetAllocatedBytesForCurrentThread();

        var feedback = Reader.Read(content);

        Assert.Empty(feedback?.Recipients ?? []);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 500_000_000);
    }

    [Fact]
    public void Many_short_lines_in_base64_take_no_more_memory_than_the_limits_allow()
    {
        var lines = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("a:\n\n", 2_000_000)));
        var report = "From: MAILER-DAEMON@example.org\nReturn-Path: <>\nContent-Type: multipart/report; boundary=b\n\n--b\n"
            + "Content-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n"
            + Convert.ToBase64String(lines, Base64FormattingOptions.InsertLineBreaks) + "\n--b--\n";
        using var content = new MemoryStream(Encoding.ASCII.GetBytes(report));
        var before = GC.GetAllocatedBytesForCurrentThread();

        var feedback = Reader.Read(content);

        Assert.Empty(feedback?.Recipients ?? []);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 500_000_000);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("\0\0\0\0")]
    [InlineData("no email at all")]
    [InlineData("From nobody\n")]
    [InlineData("Content-Type: multipart/report; boundary=\"\"\n\n--\n")]
    [InlineData("Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n::::\n--b--\n")]
    [InlineData("Return-Path: <>\nContent-Type: text/plain; charset=unicode-1-1-utf-7\n\n+////-+A-+\n")]
    [InlineData("Return-Path: <>\nSubject: Undeliverable\nX-Failed-Recipients: ,,,@,a@,@b\n\n")]
    public void Rubbish_says_nothing_of_a_recipient(string text) => Assert.Empty(Read(text)?.Recipients ?? []);

    [Fact]
    public void A_cut_or_changed_report_never_throws()
    {
        var random = new Random(17);
        foreach (var name in FormFile.Names)
        {
            var content = FormFile.Read(name);
            for (var i = 0; i < 40; i++)
            {
                var changed = content[..random.Next(content.Length)].ToArray();
                for (var j = 0; j < changed.Length / 50; j++)
                    changed[random.Next(changed.Length)] = (byte)random.Next(256);
                var feedback = Reader.Read(new MemoryStream(changed));
                Assert.InRange(feedback?.Recipients.Count ?? 0, 0, 10);
            }
        }
    }

    [Fact]
    public void Words_that_repeat_what_rules_look_for_take_linear_time()
    {
        // Would never end if the rules went back and forth in it.
        var line = string.Concat(Enumerable.Repeat("user mailbox account address quota failed not (", 20_000));
        var feedback = Read($"Return-Path: <>\nFrom: MAILER-DAEMON@example.org\nSubject: Undelivered\n\n<ann@example.org>: {line}\n");

        Assert.Equal("ann@example.org", Assert.Single(feedback!.Recipients).Address);
        Assert.InRange(feedback.Recipients[0].Diagnostic.Length, 1, 1000);
    }

    [Fact]
    public void Control_characters_do_not_get_through()
    {
        var feedback = Read(Report(
            "It failed.",
            "\nFinal-Recipient: rfc822; ann\u0007@example.org\nAction: failed\nStatus: 5.1.1\n"
            + "Diagnostic-Code: smtp; 550 5.1.1 \u001b[31mred\u0007\n"));

        Assert.DoesNotContain(feedback!.ToString(), char.IsControl);
        Assert.DoesNotContain(feedback.Recipients[0].Diagnostic, char.IsControl);
    }

    private static EmailFeedback? Read(string text) => Reader.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)));

    private static string Report(string words, string groups) =>
        "Return-Path: <>\nFrom: MAILER-DAEMON@example.org\nSubject: Undelivered Mail\nMIME-Version: 1.0\n"
        + "Content-Type: multipart/report; report-type=delivery-status; boundary=\"=_b\"\n\n"
        + $"--=_b\nContent-Type: text/plain\n\n{words}\n"
        + $"--=_b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mail.example.org\n{groups}"
        + "--=_b\nContent-Type: message/rfc822\n\nMessage-ID: <order-1@shop.example>\nSubject: Your order\n\n--=_b--\n";
}
