using System.Text;
using MimeKit;
using Xunit;

namespace SmtpTransport.Tests;

public sealed class EmailTests
{
    private static Email New() => new() { From = "me@example.com", To = "you@example.com", Subject = "Hello", TextBody = "Hello" };

    private static MimeMessage Parsed(Email mail) => MimeMessage.Load(new MemoryStream(Encoding.UTF8.GetBytes(mail.ToMime())));

    private static string Shape(MimeEntity entity) => entity is Multipart multipart
        ? $"{multipart.ContentType.MediaSubtype}({string.Join(' ', multipart.Select(Shape))})"
        : entity.ContentType.MimeType;

    // Each text property by name, for what must not pass in any of them.
    public static TheoryData<string> Places =>
    [
        "From", "Sender", "ReplyTo", "To", "Cc", "Bcc", "ReturnPath", "Subject", "Comments", "Keywords", "MessageId", "InReplyTo", "References",
        "Headers", "HeaderName", "AttachmentName", "Cid", "ContentType", "Disposition", "DisplayName", "BodyStructure",
    ];

    private static Email With(string place, string text)
    {
        var mail = New();
        switch (place)
        {
            case "From": mail.From = $"me{text}@example.com"; break;
            case "Sender": mail.Sender = new EmailAddress($"me@example.com{text}"); break;
            case "ReplyTo": mail.ReplyTo = new EmailAddress("me@example.com", $"a{text}b"); break;
            case "To": mail.To = $"Ann <ann@example.com>{text}, bob@example.com"; break;
            case "Cc": mail.Cc = new EmailAddress($"{text}@example.com"); break;
            case "Bcc": mail.Bcc = new EmailAddress($"a@{text}example.com"); break;
            case "ReturnPath": mail.ReturnPath = $"a@example.com{text}"; break;
            case "Subject": mail.Subject = $"a{text}b"; break;
            case "Comments": mail.Comments = $"a{text}b"; break;
            case "Keywords": mail.Keywords.Add($"a{text}b"); break;
            case "MessageId": mail.MessageId = $"a{text}b@example.com"; break;
            case "InReplyTo": mail.InReplyTo = $"<a{text}b@example.com>"; break;
            case "References": mail.References.Add($"<a{text}b@example.com>"); break;
            case "Headers": mail.Headers.Add("X-Test", $"a{text}b"); break;
            case "HeaderName": mail.Headers.Add($"X-{text}", "a"); break;
            case "AttachmentName": mail.Attachments.Add(MailAttachment.FromBytes([1], $"a{text}b.txt")); break;
            case "Cid": mail.Attachments.Add(MailAttachment.FromBytes([1], "a", $"a{text}b")); break;
            case "ContentType": mail.Attachments.Add(MailAttachment.FromBytes([1], "a", type: $"text/plain; x=\"a{text}b\"")); break;
            case "Disposition": mail.Attachments.Add(MailAttachment.FromBytes([1], "a", disposition: $"inline{text}")); break;
            case "DisplayName": mail.To = new EmailAddress("you@example.com", $"a{text}b"); break;
            default:
                mail.TextBody = null;
                mail.BodyStructure = new MailPart { PartId = "1", Name = $"a{text}b" };
                mail.BodyValues = new Dictionary<string, MailBodyValue> { ["1"] = "text" };
                break;
        }

        return mail;
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Nothing_that_ends_a_line_or_a_text_gets_into_a_header(string place)
    {
        foreach (var text in (string[])["\r\nBcc: eve@evil.example", "\n", "\r", "\0", "\u0007", "\u0085", "\ud83c", "\udf89"])
        {
            var exception = Assert.Throws<InvalidOperationException>(() => With(place, text).ToMime());
            Assert.Matches($"^({place}|Attachments|Headers|BodyStructure|To)[:\\[]", exception.Message);
        }
    }

    [Theory]
    [InlineData("Subject")]
    [InlineData("Comments")]
    [InlineData("Headers")]
    [InlineData("DisplayName")]
    [InlineData("AttachmentName")]
    public void Any_other_text_arrives_as_it_is(string place)
    {
        foreach (var text in (string[])
            ["=?utf-8?Q?=41?=", " ", "  ", "\t", "\"", "\\", ";", "'", "%41", "\u2028", "\uFEFF", "\u200F", "e\u0301", "👩‍👩‍👧‍👦", "…", new string('x', 2000), "a, b <c@d>"])
        {
            var read = Parsed(With(place, text));
            var arrived = place switch
            {
                "Subject" => read.Subject,
                "Comments" => read.Headers["Comments"],
                "Headers" => read.Headers["X-Test"],
                "DisplayName" => read.To.Mailboxes.Single().Name,
                _ => ((MimePart)read.Attachments.Single()).FileName,
            };
            // A name is never a path.
            var expected = place == "AttachmentName" ? $"a{text}b.txt"[($"a{text}b.txt".LastIndexOf('\\') + 1)..] : $"a{text}b";
            Assert.Equal(expected, arrived);
        }
    }

    [Fact]
    public void The_headers_are_written_as_the_properties_say()
    {
        var mail = New();
        mail.From = "a@x.example, b@y.example";
        mail.Sender = "c@z.example";
        mail.ReplyTo = "d@w.example";
        mail.Bcc = "secret@example.com";
        mail.Keywords.Add("one");
        mail.Keywords.Add("two");
        mail.Comments = "No comment";
        mail.InReplyTo = "<1@x> 2@x";
        mail.References.Add("1@x");
        mail.References.Add("<2@x>");
        mail.MessageId = "<3@x>";
        mail.SendAt = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(9));
        mail.Headers.Add("X-First", "1");
        mail.Headers.Add("Subject", "ignored");
        mail.Headers.Add(null, "not added");
        mail.Headers.Add("", "not added");
        mail.Headers.Add("X-Second", "2");
        mail.Headers.Add("X-First", "again");
        mail.Headers.Add("Bcc", "secret@example.com");

        var text = mail.ToMime();

        var lines = text[..text.IndexOf("\r\n\r\n", StringComparison.Ordinal)].Replace("\r\n ", " ", StringComparison.Ordinal).Split("\r\n");
        Assert.Equal(
            [
                "Date: Thu, 01 Jan 2026 18:04:05 +0000", "From: a@x.example, b@y.example", "Sender: c@z.example", "Reply-To: d@w.example", "To: you@example.com",
                "Subject: Hello", "Message-ID: <3@x>", "In-Reply-To: <1@x> <2@x>", "References: <1@x> <2@x>", "Keywords: one, two", "Comments: No comment",
                "X-First: 1", "X-Second: 2", "X-First: again", "MIME-Version: 1.0", "Content-Type: text/plain; charset=us-ascii", "Content-Transfer-Encoding: 7bit",
            ],
            lines);
    }

    [Fact]
    public void What_is_not_set_is_made()
    {
        var read = Parsed(New());

        Assert.EndsWith("@example.com", read.MessageId, StringComparison.Ordinal);
        Assert.InRange(read.Date, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(5));
        Assert.Null(read.Sender);
        Assert.NotEqual(read.MessageId, Parsed(New()).MessageId);
    }

    [Theory]
    [InlineData(null, null, null, "text/plain")]
    [InlineData("t", null, null, "text/plain")]
    [InlineData(null, "h", null, "text/html")]
    [InlineData("t", "h", null, "alternative(text/plain text/html)")]
    [InlineData("t", "h", "c", "alternative(text/plain related(text/html image/png))")]
    [InlineData("t", "h", "a", "mixed(alternative(text/plain text/html) application/pdf)")]
    [InlineData("t", "h", "ca", "mixed(alternative(text/plain related(text/html image/png)) application/pdf)")]
    [InlineData(null, "h", "ca", "mixed(related(text/html image/png) application/pdf)")]
    [InlineData("t", null, "c", "mixed(text/plain image/png)")]
    [InlineData(null, null, "a", "mixed(application/pdf)")]
    public void The_parts_are_nested_only_as_deep_as_needed(string? text, string? html, string? attachments, string shape)
    {
        var mail = new Email { From = "me@example.com", TextBody = text, HtmlBody = html };
        if (attachments?.Contains('a', StringComparison.Ordinal) == true)
            mail.Attachments.Add(MailAttachment.FromBytes([1], "a.pdf"));
        if (attachments?.Contains('c', StringComparison.Ordinal) == true)
            mail.Attachments.Add(MailAttachment.FromBytes([1], "c.png", cid: "c@x"));

        Assert.Equal(shape, Shape(Parsed(mail).Body!));
    }

    [Theory]
    [InlineData("a\rb\nc\r\nd", "a\r\nb\r\nc\r\nd")]
    [InlineData(".\n..\n.x\n", ".\r\n..\r\n.x\r\n")]
    [InlineData("From here\nx", "From here\r\nx")]
    [InlineData("nul \0 inside", "nul \0 inside")]
    [InlineData("trailing \t\n", "trailing \t\r\n")]
    [InlineData("", "")]
    public void A_body_arrives_with_crlf_and_nothing_else_is_changed(string text, string expected)
    {
        foreach (var mode in (MailMode[])[MailMode.Utf8, MailMode.Utf8Base64, MailMode.Iso88591, MailMode.Iso2022Jp])
        {
            foreach (var body in (string[])[text, text + "é", text + "本"])
            {
                var mail = New();
                mail.TextBody = body;
                using var stream = new MemoryStream();
                mail.ToMime(stream, mode, mode);
                stream.Position = 0;
                using var read = MimeMessage.Load(stream, TestContext.Current.CancellationToken);
                using var content = new MemoryStream();
                ((TextPart)read.Body!).Content!.DecodeTo(content, TestContext.Current.CancellationToken);

                var wanted = expected + body[text.Length..];
                // A message ends with a line end; only an encoding can carry that there was none.
                if (((TextPart)read.Body).ContentTransferEncoding is ContentEncoding.SevenBit or ContentEncoding.EightBit && !wanted.EndsWith('\n'))
                    wanted += "\r\n";
                Assert.Equal(wanted, Encoding.GetEncoding(read.Body.ContentType.Charset!).GetString(content.ToArray()));
            }
        }
    }

    [Theory]
    [InlineData(10_000)]
    [InlineData(100_000)]
    public void A_long_line_arrives_whole_in_lines_that_are_allowed(int length)
    {
        var mail = New();
        mail.TextBody = new string('x', length);

        Assert.All(mail.ToMime().Split("\r\n"), line => Assert.InRange(line.Length, 0, 998));
        Assert.Equal(mail.TextBody, Parsed(mail).TextBody);
    }

    [Fact]
    public void A_mail_is_not_changed_by_being_written()
    {
        var mail = New();
        mail.Headers.Add("X", "y");

        _ = mail.ToMime();

        Assert.Null(mail.MessageId);
        Assert.Null(mail.SendAt);
        Assert.Single(mail.Headers);
        Assert.Equal("Hello", mail.TextBody);
    }

    [Theory]
    [InlineData("tr-TR")]
    [InlineData("ar-SA")]
    [InlineData("th-TH")]
    public void The_culture_changes_nothing(string culture)
    {
        var mail = New();
        mail.MessageId = "1@x";
        mail.SendAt = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        mail.Subject = "İıI ß";
        mail.Attachments.Add(MailAttachment.FromBytes([1], "İ.PDF"));
        var expected = WithoutBoundary(mail.ToMime());
        var before = Thread.CurrentThread.CurrentCulture;
        try
        {
            Thread.CurrentThread.CurrentCulture = new System.Globalization.CultureInfo(culture);

            Assert.Equal(expected, WithoutBoundary(mail.ToMime()));
        }
        finally
        {
            Thread.CurrentThread.CurrentCulture = before;
        }

        static string WithoutBoundary(string mime) => System.Text.RegularExpressions.Regex.Replace(mime, "=-[^\"\r\n]+==", "B");
    }

    [Fact]
    public void Ten_thousand_recipients_are_no_trouble()
    {
        var mail = New();
        mail.To = string.Join(", ", Enumerable.Range(0, 10_000).Select(i => $"Recipient {i} <r{i}@example.com>"));

        using var outgoing = MessageBuilder.Build(mail, new MimeFormat(MailMode.Utf8, MailMode.Utf8), TimeProvider.System);

        Assert.Equal(10_000, outgoing.Envelope.Recipients.Count);
        Assert.All(mail.ToMime().Split("\r\n"), line => Assert.InRange(line.Length, 0, 78));
    }
}
