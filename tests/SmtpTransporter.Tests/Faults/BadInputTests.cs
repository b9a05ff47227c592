using System.Globalization;
using System.Text;
using MimeKit;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>
/// Tests unusual inputs: either an error names the property before a connection is opened, or the email arrives as intended. The numbers
/// are those of the published table.
/// </summary>
public sealed class BadInputTests : SocketTest
{
    public static TheoryData<string> ErrorNames => [.. Errors.Select(row => row.Data.Item1)];

    public static TheoryData<string> IntactNames => [.. Intact.Select(row => row.Data.Item1)];

    private static TheoryData<string, Action<Email>, string> Errors => new()
    {
        { "2 no From", m => m.From = [], "From" },
        { "3 no recipient", m => m.To = [], "To" },
        { "4 empty To", m => m.To = "", "To" },
        { "5 blanks and separators", m => m.To = " ;, ; ", "To" },
        { "6 no @", m => m.To = "bob", "To" },
        { "7 two @", m => m.To = "a@b@c", "To" },
        { "8 empty local part", m => m.To = "@x.example", "To" },
        { "9 empty domain", m => m.To = "a@", "To" },
        { "10 domain with a blank", m => m.To = "a@x .example", "To" },
        { "12 255 octets", m => m.To = $"a@{string.Join('.', Enumerable.Repeat(new string('d', 60), 5))}", "To" },
        { "16 comments 1,000 deep", m => m.To = $"a@x.example {new string('(', 1000)}{new string(')', 1000)}", "To" },
        { "17 100 KB of <", m => m.To = new string('<', 100_000), "To" },
        { "17 100 KB of quotes", m => m.To = new string('"', 100_001), "To" },
        { "20 unclosed quote", m => m.To = "\"Ann <a@x.example>", "To" },
        { "20 unclosed bracket", m => m.To = "Ann <a@x.example", "To" },
        { "20 unclosed comment", m => m.To = "a@x.example (Ann", "To" },
        { "20 unclosed group", m => m.To = "Team: a@x.example", "To" },
        { "25 line break in From", m => m.From = "a@x.example\r\nBcc: e@x.example", "From" },
        { "25 line break in a name", m => m.To = new EmailAddress("a@x.example", "A\r\nBcc: e@x.example"), "To" },
        { "25 line break in Subject", m => m.Subject = "a\r\nBcc: e@x.example", "Subject" },
        { "25 line break in a header's name", m => m.Headers.Add("X\r\nBcc", "e@x.example"), "Headers" },
        { "25 line break in a header", m => m.Headers.Add("X", "a\nBcc: e@x.example"), "Headers" },
        { "25 no @ in MessageId", m => m.MessageId = "abc", "MessageId" },
        { "25 nothing after @ in MessageId", m => m.MessageId = "<abc@>", "MessageId" },
        { "25 no @ in the header Message-ID", m => m.Headers.Add("Message-ID", "<abc>"), "MessageId" },
        { "25 line break in MessageId", m => m.MessageId = "a@x\r\nBcc: e@x.example", "MessageId" },
        { "25 line break in References", m => m.References.Add("a@x\r\nBcc:e@x.example"), "References" },
        { "25 line break in InReplyTo", m => m.InReplyTo = "a@x\rBcc:e@x.example", "InReplyTo" },
        { "25 line break in Keywords", m => m.Keywords.Add("a\nb"), "Keywords" },
        { "25 line break in Comments", m => m.Comments = "a\nb", "Comments" },
        { "25 line break in a file name", m => m.Attachments.Add(MailAttachment.FromBytes([1], "a\r\nb")), "Attachments" },
        { "25 line break in a cid", m => m.Attachments.Add(MailAttachment.FromBytes([1], "a", "c\r\nd")), "Attachments" },
        { "25 line break in a type", m => m.Attachments.Add(
            MailAttachment.FromBytes([1], "a", type: "text/plain\r\nX: y")), "Attachments" },
        { "25 line break in an envelope id", m => m.EnvelopeId = "a\r\nb", "EnvelopeId" },
        { "25 line break in ReturnPath", m => m.ReturnPath = "a@x.example>\r\nRCPT TO:<e@x.example", "ReturnPath" },
        { "26 NUL in Subject", m => m.Subject = "a\0b", "Subject" },
        { "27 C1 control in Subject", m => m.Subject = "a\u009bb", "Subject" },
        { "28 half a pair in Subject", m => m.Subject = "a\ud83c", "Subject" },
        { "28 half a pair in TextBody", m => m.TextBody = "a\udf89b", "TextBody" },
        { "28 half a pair in HtmlBody", m => m.HtmlBody = "a\ud83cb", "HtmlBody" },
        { "32 colon in a header's name", m => m.Headers.Add("X:Y", "z"), "Headers" },
        { "32 blank in a header's name", m => m.Headers.Add("X Y", "z"), "Headers" },
        { "32 header's name not ASCII", m => m.Headers.Add("Xé", "z"), "Headers" },
        { "43 missing file", m => m.Attachments.Add(MailAttachment.FromFile("/nowhere/a")), "Attachments" },
        { "43 a folder", m => m.Attachments.Add(MailAttachment.FromFile(Path.GetTempPath())), "Attachments" },
        { "45 closed stream", m => m.Attachments.Add(MailAttachment.FromStream(Closed(), "a")), "Attachments" },
        { "47 type x", m => m.Attachments.Add(MailAttachment.FromBytes([1], "a", type: "x")), "Attachments" },
        { "48 cid with brackets", m => m.Attachments.Add(MailAttachment.FromBytes([1], "a", "<c>")), "Attachments" },
        { "48 cid with a blank", m => m.Attachments.Add(MailAttachment.FromBytes([1], "a", "c d")), "Attachments" },
        { "50 BodyStructure alone", m => m.BodyStructure = new MailPart { PartId = "1" }, "BodyStructure" },
    };

    private static MemoryStream Closed()
    {
        var stream = new MemoryStream([1]);
        stream.Dispose();
        return stream;
    }

    private static TheoryData<string, Action<Email>, Func<ReceivedMessage, bool>> Intact => new()
    {
        {
            "11 local part of 65",
            m => m.To = $"{new string('a', 65)}@x.example",
            r => r.Recipients[0] == $"{new string('a', 65)}@x.example"
        },
        { "13 quoted local part", m => m.To = "\"a b\"@x.example", r => r.Recipients[0] == "\"a b\"@x.example" },
        { "14 quoted @", m => m.To = "\"a@b\"@x.example", r => r.Recipients[0] == "\"a@b\"@x.example" },
        { "15 comment", m => m.To = "a@x.example (Ann)", r => r.Recipients[0] == "a@x.example" },
        { "18 route", m => m.To = "<@r.example:a@x.example>", r => r.Recipients[0] == "a@x.example" },
        { "19 group", m => m.To = "Team: a@x.example, b@x.example;", r => r.Recipients.Count == 2 },
        { "21 IDN", m => m.To = "a@ü.example", r => r.Recipients[0] == "a@xn--tda.example" },
        { "22 local part not ASCII", m => m.To = "ä@x.example", r => r.Recipients[0] == "ä@x.example"
            && r.SenderParameters.ContainsKey("SMTPUTF8") },
        { "23 domain literals", m => m.To = "a@[127.0.0.1], a@[IPv6:::1]",
            r => r.Recipients.SequenceEqual(["a@[127.0.0.1]", "a@[IPv6:::1]"]) },
        { "24 equal addresses", m => m.To = "a@x.example, a@x.example, A@X.EXAMPLE",
            r => r.Recipients.Count == 1 && r.Message.To.Count == 3 },
        { "29 odd Unicode", m => m.Subject = "a\u2028b\uFEFFc\u200Fd👩‍👩‍👧‍👦e\u0301",
            r => r.Message.Subject == "a\u2028b\uFEFFc\u200Fd👩‍👩‍👧‍👦e\u0301" },
        { "30 Subject of 100 KB", m => m.Subject = new string('é', 50_000), r => r.Message.Subject == new string('é', 50_000) },
        { "31 header without a blank", m => m.Headers.Add("X-Long", new string('x', 10_000)),
            r => r.Message.Headers["X-Long"] == new string('x', 10_000) },
        { "33 header that repeats a property", m => m.Headers.Add("Subject", "other"), r => r.Message.Subject == "Hello" },
        { "34 header without a name", m => m.Headers.Add(null, "x"),
            r => !Encoding.ASCII.GetString(r.Raw.Span).Contains(": x\r\n", StringComparison.Ordinal) },
        { "35 line ends of all kinds", m => m.TextBody = "a\rb\nc\r\nd\r\n", r => Text(r) == "a\r\nb\r\nc\r\nd\r\n" },
        { "36 line of 10,000", m => m.TextBody = new string('x', 10_000), r => Text(r) == new string('x', 10_000) },
        { "37 dots", m => m.TextBody = ".\n..\n.x\n", r => Text(r) == ".\r\n..\r\n.x\r\n" },
        { "38 From", m => m.TextBody = "From me\n", r => Text(r) == "From me\r\n" },
        { "39 NUL in the body", m => m.TextBody = "a\0b\n", r => Text(r) == "a\0b\r\n" },
        { "40 empty body", m => m.TextBody = "", r => Text(r).Trim().Length == 0 },
        { "41 8 MB of text", m => m.TextBody = string.Concat(Enumerable.Repeat("A line of text.\r\n", 470_000)),
            r => Text(r).Length == 470_000 * 17 },
        { "42 HTML only", m => { m.TextBody = null; m.HtmlBody = "<p>x</p>"; }, r => r.Message.HtmlBody!.Trim() == "<p>x</p>"
            && r.Message.TextBody is null },
        { "42 no body", m => m.TextBody = null, r => r.Message.Body is TextPart },
        { "44 0 bytes", m => m.Attachments.Add(MailAttachment.FromBytes([], "a")), r => Content(r).Length == 0 },
        { "44 57 bytes", m => m.Attachments.Add(MailAttachment.FromBytes(new byte[57], "a")), r => Content(r).Length == 57 },
        { "46 name with a path", m => m.Attachments.Add(MailAttachment.FromBytes([1], "../../etc/passwd")), r => Name(r) == "passwd" },
        { "46 name with quotes", m => m.Attachments.Add(MailAttachment.FromBytes([1], "a\"b'c.txt")), r => Name(r) == "a\"b'c.txt" },
        { "46 name of 300", m => m.Attachments.Add(MailAttachment.FromBytes([1], new string('n', 300))),
            r => Name(r) == new string('n', 300) },
        { "46 name in Japanese", m => m.Attachments.Add(MailAttachment.FromBytes([1], "資料🎉.pdf")),
            r => Name(r) == "資料🎉.pdf" },
        { "49 1,000 attachments",
            m => Enumerable.Range(0, 1000).ToList().ForEach(i => m.Attachments.Add(MailAttachment.FromBytes([1], $"{i}"))),
            r => r.Message.Attachments.Count() == 1000 },
        { "52 year 1", m => m.SendAt = DateTimeOffset.MinValue, r => r.Message.Headers["Date"] == "Mon, 01 Jan 0001 00:00:00 +0000" },
        { "52 year 9999", m => m.SendAt = new DateTimeOffset(9999, 12, 31, 23, 59, 59, TimeSpan.Zero),
            r => r.Message.Headers["Date"] == "Fri, 31 Dec 9999 23:59:59 +0000" },
        { "53 10,000 recipients", m => m.To = string.Join(',', Enumerable.Range(0, 10_000).Select(i => $"r{i}@x.example")),
            r => r.Recipients.Count == 10_000 },
    };

    private static string Name(ReceivedMessage message) => ((MimePart)message.Message.Attachments.Single()).FileName!;

    private static byte[] Content(ReceivedMessage message)
    {
        using var stream = new MemoryStream();
        ((MimePart)message.Message.Attachments.Single()).Content?.DecodeTo(stream);
        return stream.ToArray();
    }

    [Theory]
    [MemberData(nameof(ErrorNames))]
    public async Task An_email_that_cannot_be_sent_is_an_error_that_names_the_property(string row)
    {
        var (_, change, property) = Errors.Single(r => r.Data.Item1 == row).Data;
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        foreach (var async in (bool[])[false, true])
        {
            var email = NewMail();
            change(email);

            var result = await SendAsync(transporter, async, email);

            Assert.True(
                (Outcome.NotSent, 0, SendResult.FailedText) == (result.Outcome, result.Status, result.StatusText),
                $"{row}: {Describe(result)}");
            Assert.All(result.Errors, e => Assert.Equal("mail", e.ComponentSignature));
            Assert.Matches($"^{property}[:\\[]", result.Errors[^1].Message);
            Assert.False(result.IsTransient);
        }

        Assert.Empty(server.Sessions);
    }

    [Theory]
    [MemberData(nameof(IntactNames))]
    public async Task An_email_that_can_be_sent_arrives_as_intended(string row)
    {
        var (_, change, arrived) = Intact.Single(r => r.Data.Item1 == row).Data;
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        foreach (var culture in (string[])["", "tr-TR", "ar-SA", "th-TH"])
        {
            var before = CultureInfo.CurrentCulture;
            CultureInfo.CurrentCulture = new CultureInfo(culture);
            try
            {
                var email = NewMail();
                change(email);
                server.Clear();

                var result = await SendAsync(transporter, culture.Length == 0, email);

                Assert.True(result.Success, $"{row}: {Describe(result)}");
                Assert.True(arrived(Assert.Single(server.Messages)), row);
            }
            finally
            {
                CultureInfo.CurrentCulture = before;
            }
        }
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_stream_that_fails_in_the_middle_is_not_ended_by_the_final_dot(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { SizeLimit = null });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var email = NewMail();
        email.Attachments.Add(MailAttachment.FromStream(new Failing(), "failing.bin"));

        var result = await SendAsync(transporter, async, email);

        AssertNotSent(result, SmtpErrorCodes.AttachmentUnreadable, "mail");
        Assert.Contains("failing.bin", result.Errors[^1].Message, StringComparison.Ordinal);
        Assert.Empty(server.Messages);
        AssertAccepted(await SendAsync(transporter, async));
        Assert.Single(server.Messages);
    }

    private sealed class Failing() : MemoryStream(new byte[500_000])
    {
        public override int Read(byte[] buffer, int offset, int count) =>
            Position > 200_000 ? throw new IOException("The disk is gone") : base.Read(buffer, offset, count);
    }
}
