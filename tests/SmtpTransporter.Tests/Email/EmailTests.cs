using System.Text;
using MimeKit;
using Xunit;

namespace SmtpTransport.Tests;

public sealed class EmailTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static Email New() => new() { From = "me@example.com", To = "you@example.com", Subject = "Hello", TextBody = "Hello" };

    private static MimeMessage Parsed(Email email) => MimeMessage.Load(new MemoryStream(Encoding.UTF8.GetBytes(email.ToMime())));

    private static string Shape(MimeEntity entity) => entity is Multipart multipart
        ? $"{multipart.ContentType.MediaSubtype}({string.Join(' ', multipart.Select(Shape))})"
        : entity.ContentType.MimeType;

    // Each text property by name, for text that none of them may accept.
    public static TheoryData<string> Places =>
    [
        "From", "Sender", "ReplyTo", "To", "Cc", "Bcc", "ReturnPath", "Subject", "Comments", "Keywords", "MessageId", "InReplyTo",
        "References", "Headers", "HeaderName", "AttachmentName", "Cid", "ContentType", "Disposition", "DisplayName", "BodyStructure",
    ];

    private static Email With(string place, string text)
    {
        var email = New();
        switch (place)
        {
            case "From": email.From = $"me{text}@example.com"; break;
            case "Sender": email.Sender = new EmailAddress($"me@example.com{text}"); break;
            case "ReplyTo": email.ReplyTo = new EmailAddress("me@example.com", $"a{text}b"); break;
            case "To": email.To = $"Ann <ann@example.com>{text}, bob@example.com"; break;
            case "Cc": email.Cc = new EmailAddress($"{text}@example.com"); break;
            case "Bcc": email.Bcc = new EmailAddress($"a@{text}example.com"); break;
            case "ReturnPath": email.ReturnPath = $"a@example.com{text}"; break;
            case "Subject": email.Subject = $"a{text}b"; break;
            case "Comments": email.Comments = $"a{text}b"; break;
            case "Keywords": email.Keywords.Add($"a{text}b"); break;
            case "MessageId": email.MessageId = $"a{text}b@example.com"; break;
            case "InReplyTo": email.InReplyTo = $"<a{text}b@example.com>"; break;
            case "References": email.References.Add($"<a{text}b@example.com>"); break;
            case "Headers": email.Headers.Add("X-Test", $"a{text}b"); break;
            case "HeaderName": email.Headers.Add($"X-{text}", "a"); break;
            case "AttachmentName": email.Attachments.Add(MailAttachment.FromBytes([1], $"a{text}b.txt")); break;
            case "Cid": email.Attachments.Add(MailAttachment.FromBytes([1], "a", $"a{text}b")); break;
            case "ContentType": email.Attachments.Add(MailAttachment.FromBytes([1], "a", type: $"text/plain; x=\"a{text}b\"")); break;
            case "Disposition": email.Attachments.Add(MailAttachment.FromBytes([1], "a", disposition: $"inline{text}")); break;
            case "DisplayName": email.To = new EmailAddress("you@example.com", $"a{text}b"); break;
            default:
                email.TextBody = null;
                email.BodyStructure = new MailPart { PartId = "1", Name = $"a{text}b" };
                email.BodyValues = new Dictionary<string, MailBodyValue> { ["1"] = "text" };
                break;
        }

        return email;
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Text_that_could_end_a_header_line_is_refused(string place)
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
    public void Any_other_text_arrives_unchanged(string place)
    {
        foreach (var text in (string[])
            [
                "=?utf-8?Q?=41?=", " ", "  ", "\t", "\"", "\\", ";", "'", "%41", "\u2028", "\uFEFF", "\u200F", "e\u0301",
                "👩‍👩‍👧‍👦", "…",
                new string('x', 2000), "a, b <c@d>",
            ])
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
    public void The_header_has_the_properties_in_order()
    {
        var email = New();
        email.From = "a@x.example, b@y.example";
        email.Sender = "c@z.example";
        email.ReplyTo = "d@w.example";
        email.Bcc = "secret@example.com";
        email.Keywords.Add("one");
        email.Keywords.Add("two");
        email.Comments = "No comment";
        email.InReplyTo = "<1@x> 2@x";
        email.References.Add("1@x");
        email.References.Add("<2@x>");
        email.MessageId = "<3@x>";
        email.SendAt = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(9));
        email.Headers.Add("X-First", "1");
        email.Headers.Add("Subject", "ignored");
        email.Headers.Add(null, "not added");
        email.Headers.Add("", "not added");
        email.Headers.Add("X-Second", "2");
        email.Headers.Add("X-First", "again");
        email.Headers.Add("Bcc", "secret@example.com");

        var text = email.ToMime();

        var header = text[..text.IndexOf("\r\n\r\n", StringComparison.Ordinal)];
        var lines = header.Replace("\r\n ", " ", StringComparison.Ordinal).Split("\r\n");
        Assert.Equal(
            [
                "Date: Thu, 01 Jan 2026 18:04:05 +0000", "From: a@x.example, b@y.example", "Sender: c@z.example", "Reply-To: d@w.example",
                "To: you@example.com", "Subject: Hello", "Message-ID: <3@x>", "In-Reply-To: <1@x> <2@x>", "References: <1@x> <2@x>",
                "Keywords: one, two", "Comments: No comment", "X-First: 1", "X-Second: 2", "X-First: again", "MIME-Version: 1.0",
                "Content-Type: text/plain; charset=us-ascii", "Content-Transfer-Encoding: 7bit",
            ],
            lines);
    }

    [Fact]
    public void A_MessageId_without_at_sign_that_was_read_is_kept_but_not_sent()
    {
        var email = Email.FromMime("From: me@example.com\r\nTo: you@example.com\r\nMessage-ID: <abc>\r\n\r\nx\r\n");

        Assert.Equal("abc", Email.FromMime(email.ToMime()).MessageId);
        var exception = Assert.Throws<InvalidEmailException>(() => StoredMessage.FromEmail(email));
        Assert.StartsWith("MessageId: \"abc\" is not a valid Message-ID", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_MessageId_and_Date_are_generated()
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
        var email = new Email { From = "me@example.com", TextBody = text, HtmlBody = html };
        if (attachments?.Contains('a', StringComparison.Ordinal) == true)
            email.Attachments.Add(MailAttachment.FromBytes([1], "a.pdf"));
        if (attachments?.Contains('c', StringComparison.Ordinal) == true)
            email.Attachments.Add(MailAttachment.FromBytes([1], "c.png", cid: "c@x"));

        Assert.Equal(shape, Shape(Parsed(email).Body!));
    }

    [Theory]
    [InlineData("a\rb\nc\r\nd", "a\r\nb\r\nc\r\nd")]
    [InlineData(".\n..\n.x\n", ".\r\n..\r\n.x\r\n")]
    [InlineData("From here\nx", "From here\r\nx")]
    [InlineData("nul \0 inside", "nul \0 inside")]
    [InlineData("trailing \t\n", "trailing \t\r\n")]
    [InlineData("", "")]
    public void A_body_arrives_with_CRLF_and_otherwise_unchanged(string text, string expected)
    {
        foreach (var mode in (MailMode[])[MailMode.Utf8, MailMode.Utf8Base64, MailMode.Iso88591, MailMode.Iso2022Jp])
        {
            foreach (var body in (string[])[text, text + "é", text + "本"])
            {
                var email = New();
                email.TextBody = body;
                using var stream = new MemoryStream();
                email.ToMime(stream, mode, mode);
                stream.Position = 0;
                using var read = MimeMessage.Load(stream, Cancellation);
                using var content = new MemoryStream();
                ((TextPart)read.Body!).Content!.DecodeTo(content, Cancellation);

                var wanted = expected + body[text.Length..];
                // A message ends with a line end; only an encoding can carry that there was none.
                var isEncoded = ((TextPart)read.Body).ContentTransferEncoding is not (ContentEncoding.SevenBit or ContentEncoding.EightBit);
                if (!isEncoded && !wanted.EndsWith('\n'))
                    wanted += "\r\n";
                Assert.Equal(wanted, Encoding.GetEncoding(read.Body.ContentType.Charset!).GetString(content.ToArray()));
            }
        }
    }

    [Theory]
    [InlineData(10_000)]
    [InlineData(100_000)]
    public void A_long_line_is_sent_in_lines_of_the_allowed_length(int length)
    {
        var email = New();
        email.TextBody = new string('x', length);

        Assert.All(email.ToMime().Split("\r\n"), line => Assert.InRange(line.Length, 0, 998));
        Assert.Equal(email.TextBody, Parsed(email).TextBody);
    }

    [Fact]
    public void Writing_an_email_does_not_change_it()
    {
        var email = New();
        email.Headers.Add("X", "y");

        _ = email.ToMime();

        Assert.Null(email.MessageId);
        Assert.Null(email.SendAt);
        Assert.Single(email.Headers);
        Assert.Equal("Hello", email.TextBody);
    }

    [Theory]
    [InlineData("tr-TR")]
    [InlineData("ar-SA")]
    [InlineData("th-TH")]
    public void The_message_does_not_depend_on_the_culture(string culture)
    {
        var email = New();
        email.MessageId = "1@x";
        email.SendAt = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        email.Subject = "İıI ß";
        email.Attachments.Add(MailAttachment.FromBytes([1], "İ.PDF"));
        var expected = WithoutBoundary(email.ToMime());
        var before = Thread.CurrentThread.CurrentCulture;
        try
        {
            Thread.CurrentThread.CurrentCulture = new System.Globalization.CultureInfo(culture);

            Assert.Equal(expected, WithoutBoundary(email.ToMime()));
        }
        finally
        {
            Thread.CurrentThread.CurrentCulture = before;
        }

        static string WithoutBoundary(string mime) => System.Text.RegularExpressions.Regex.Replace(mime, "=-[^\"\r\n]+==", "B");
    }

    [Fact]
    public void An_email_may_have_ten_thousand_recipients()
    {
        var email = New();
        email.To = string.Join(", ", Enumerable.Range(0, 10_000).Select(i => $"Recipient {i} <r{i}@example.com>"));

        using var outgoing = MessageBuilder.Build(email, new MimeWriteOptions(MailMode.Utf8, MailMode.Utf8), TimeProvider.System);

        Assert.Equal(10_000, outgoing.Envelope.Recipients.Count);
        Assert.All(email.ToMime().Split("\r\n"), line => Assert.InRange(line.Length, 0, 78));
    }

    [Fact]
    public async Task An_email_is_written_and_read_asynchronously()
    {
        var email = New();
        email.Attachments.Add(MailAttachment.FromBytes([1, 2, 3], "a.bin"));
        email.SendAt = DateTimeOffset.UnixEpoch;
        email.MessageId = "1@x";
        using var stream = new MemoryStream();

        await email.ToMimeAsync(stream, cancellationToken: Cancellation);

        stream.Position = 0;
        var read = await Email.FromMimeAsync(stream, Cancellation);
        Assert.Equal(("Hello", "Hello", "1@x"), (read.Subject, read.TextBody, read.MessageId));
        Assert.Equal([1, 2, 3], Assert.Single(read.Attachments).GetContent());
        Assert.Equal(stream.Length, read.Size);
        email.To = "bob";
        var exception = await Assert.ThrowsAsync<InvalidOperationException>(
            () => email.ToMimeAsync(stream, cancellationToken: Cancellation));
        Assert.StartsWith("To: ", exception.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentNullException>("stream", () => email.ToMimeAsync(null!, cancellationToken: Cancellation));
        await Assert.ThrowsAsync<ArgumentNullException>("mime", () => Email.FromMimeAsync(null!, Cancellation));
    }

    [Fact]
    public async Task A_message_is_stored_asynchronously()
    {
        var email = New();
        email.Bcc = "hidden@example.org";
        email.MessageId = "1@x";
        email.SendAt = DateTimeOffset.UnixEpoch;

        var stored = await StoredMessage.FromEmailAsync(email, cancellationToken: Cancellation);

        var expected = StoredMessage.FromEmail(email);
        Assert.Equal(expected.Message.ToArray(), stored.Message.ToArray());
        Assert.Equal(("me@example.com", "1@x"), (stored.Sender, stored.MessageId));
        Assert.Equal(["you@example.com", "hidden@example.org"], stored.Recipients);
        await Assert.ThrowsAsync<ArgumentNullException>(
            "email", () => StoredMessage.FromEmailAsync(null!, cancellationToken: Cancellation));
        email.From = [];
        await Assert.ThrowsAsync<InvalidEmailException>(
            () => StoredMessage.FromEmailAsync(email, cancellationToken: Cancellation));
    }

    [Fact]
    public void An_email_with_many_faults_is_refused_with_all_of_them()
    {
        var email = new Email { To = "ann@", Cc = "bob@", Subject = "a\nb", Priority = (MailPriority)9 };
        email.Attachments.Add(MailAttachment.FromBytes([1], "a.bin", "no type"));
        email.Attachments.Add(MailAttachment.FromBytes([1], "b\n.bin"));
        string[] expected = ["To", "Cc", "Subject", "Priority", "Attachments", "Attachments", "From"];

        var exception = Assert.Throws<InvalidEmailException>(() => StoredMessage.FromEmail(email));
        var found = email.Analyze().Where(d => d.Code == EmailDiagnosticCodes.Invalid);

        Assert.Equal(expected, exception.Errors.Select(e => e.Property));
        Assert.All(exception.Errors, e => Assert.Contains(e.Message, exception.Message, StringComparison.Ordinal));
        Assert.Equal(exception.Errors, found);
    }

    [Fact]
    public void An_attachment_that_cannot_be_read_is_named_beside_no_other_fault()
    {
        var email = new Email { From = "a@example.com", To = "b@example.com" };
        email.Attachments.Add(MailAttachment.FromFile("/no/such/file.pdf"));

        var exception = Assert.Throws<InvalidEmailException>(() => StoredMessage.FromEmail(email));

        Assert.Contains("/no/such/file.pdf", Assert.Single(exception.Errors).Message, StringComparison.Ordinal);
    }
}
