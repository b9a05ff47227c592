using System.Text;
using MimeKit;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>What was read is written octet for octet, unless it was changed.</summary>
public sealed class ReceivedOctetsTests
{
    private const string Mixed = "Received: from a\r\n\tby b\r\nfrom: Ann <ann@example.com>\r\nX-A:  two  blanks \r\nTo:bob@example.org\r\n"
        + "Subject: x\r\nContent-Type: multipart/mixed;\r\n\tboundary=\"-- b\"\r\nMIME-Version: 1.0 (x)\r\n\r\npreamble\r\n"
        + "---- b  \r\nContent-Type:text/plain\r\n\r\none\r\n"
        + "---- b\r\nContent-Disposition: attachment; filename=a.pdf\r\nContent-Type: application/pdf\r\n"
        + "Content-Transfer-Encoding: Base64\r\n\r\nAA EC\r\n"
        + "---- b\r\nContent-Type: image/png\r\nContent-ID: <i@x>\r\n\r\n\r\n---- b--\r\nepilogue";

    private static string Written(Email email)
    {
        using var stream = new MemoryStream();
        email.ToMime(stream);
        return Encoding.Latin1.GetString(stream.ToArray());
    }

    private static string Crlf(byte[] octets) =>
        Encoding.Latin1.GetString(octets).Replace("\r\n", "\n", StringComparison.Ordinal).Replace("\n", "\r\n", StringComparison.Ordinal);

    [Fact]
    public void The_corpus_has_500_messages() =>
        Assert.Equal(500, ReceivedCorpus.All.Select(m => Convert.ToBase64String(m.Octets)).Distinct(StringComparer.Ordinal).Count());

    [Fact]
    public async Task All_messages_come_back_identical()
    {
        foreach (var (name, octets) in ReceivedCorpus.All)
        {
            var email = Email.FromMime(octets);
            Assert.True(Crlf(octets) == Written(email), name);

            using var source = new MemoryStream(octets);
            using var target = new MemoryStream();
            await (await Email.FromMimeAsync(source, TestContext.Current.CancellationToken))
                .ToMimeAsync(target, cancellationToken: TestContext.Current.CancellationToken);
            Assert.True(Crlf(octets) == Encoding.Latin1.GetString(target.ToArray()), name);
        }
    }

    [Fact]
    public void All_messages_come_back_identical_after_their_contents_were_looked_at()
    {
        foreach (var (name, octets) in ReceivedCorpus.All)
        {
            var email = Email.FromMime(octets);
            _ = email.ToJson();
            _ = email.Analyze();
            (email.TextBody, email.HtmlBody, email.Calendar) = (email.TextBody, email.HtmlBody, email.Calendar);
            Assert.True(Crlf(octets) == Written(email), name);
        }
    }

    [Fact]
    public void A_new_subject_leaves_the_octets_of_the_body_and_of_the_other_fields_alone()
    {
        foreach (var (name, octets) in ReceivedCorpus.All)
        {
            var email = Email.FromMime(octets);
            var header = HeaderOctets.Fields(email.ReceivedHeader).ToList();
            email.Subject = "A new subject";

            var written = Written(email);
            var body = Crlf(octets[email.ReceivedHeader.Length..]);
            Assert.True(written.EndsWith(body, StringComparison.Ordinal), name);
            Assert.Equal("A new subject", Email.FromMime(Encoding.Latin1.GetBytes(written)).Subject);
            foreach (var field in header.Where(f => f.Name is not null && !ReceivedHeader.IsOfOneMessage(f.Name)
                && !f.Name.Equals("Subject", StringComparison.OrdinalIgnoreCase)))
                Assert.True(written.Contains(Crlf(field.Octets.ToArray()), StringComparison.Ordinal), $"{name} {field.Name}");
        }
    }

    [Fact]
    public void A_changed_part_leaves_the_octets_of_its_siblings_alone()
    {
        foreach (var (name, octets) in ReceivedCorpus.All)
        {
            var leaves = Leaves(Email.FromMime(octets));
            for (var i = 0; i < leaves.Count; i++)
            {
                var email = Email.FromMime(octets);
                Change(email, Leaves(email)[i]);
                var again = Leaves(Email.FromMime(Encoding.Latin1.GetBytes(Written(email))));
                Assert.True(leaves.Count == again.Count, name);
                for (var j = 0; j < leaves.Count; j++)
                    Assert.True(i == j || Contents(leaves[j]) == Contents(again[j]), $"{name} {i} {j}");
            }
        }
    }

    [Fact]
    public void Only_the_part_that_was_changed_is_written_anew()
    {
        var email = Email.FromMime(Mixed);
        email.TextBody = "two";

        Assert.Equal(
            Mixed.Replace("Content-Type:text/plain\r\n\r\none", "Content-Type: text/plain; charset=us-ascii\r\n"
                + "Content-Transfer-Encoding: 7bit\r\n\r\ntwo",
                StringComparison.Ordinal),
            Written(email));
    }

    [Fact]
    public void A_removed_attachment_leaves_the_rest_alone()
    {
        var email = Email.FromMime(Mixed);
        email.Attachments.RemoveAt(0);

        var start = Mixed.IndexOf("---- b\r\nContent-Disposition", StringComparison.Ordinal);
        Assert.Equal(Mixed[..start] + Mixed[Mixed.IndexOf("---- b\r\nContent-Type: image", StringComparison.Ordinal)..], Written(email));
    }

    [Fact]
    public void An_added_attachment_leaves_the_rest_alone()
    {
        var email = Email.FromMime(Mixed);
        email.Attachments.Add(MailAttachment.FromBytes([1, 2, 3], "new.bin"));

        var written = Written(email);
        var end = Mixed.LastIndexOf("\r\n---- b--", StringComparison.Ordinal);
        Assert.StartsWith(Mixed[..end] + "\r\n---- b\r\nContent-Type: application/octet-stream; name=", written, StringComparison.Ordinal);
        Assert.EndsWith(Mixed[end..], written, StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_text_with_the_delimiter_in_it_gets_another_delimiter()
    {
        var email = Email.FromMime(Mixed);
        email.TextBody = "quoted:\r\n---- b--\r\nthe end";

        var again = Email.FromMime(Encoding.Latin1.GetBytes(Written(email)));
        Assert.Equal("quoted:\r\n---- b--\r\nthe end", again.TextBody);
        Assert.Equal(2, again.Attachments.Count);
    }

    [Fact]
    public void A_new_recipient_is_the_only_field_that_changes()
    {
        var email = Email.FromMime(Mixed);
        email.To = "eve@example.org";

        Assert.Equal(Mixed.Replace("To:bob@example.org", "To: eve@example.org", StringComparison.Ordinal), Written(email));
    }

    [Fact]
    public void A_message_that_is_sent_gets_the_fields_that_it_lacks_and_keeps_the_rest()
    {
        var email = Email.FromMime(Mixed);

        var sent = SentMessage.Write(email);
        var end = Mixed.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 2;
        Assert.StartsWith(Mixed[..end], sent, StringComparison.Ordinal);
        Assert.EndsWith(Mixed[end..] + "\r\n", sent, StringComparison.Ordinal);
        var added = Email.FromMime(Encoding.Latin1.GetBytes(sent));
        Assert.True(added is { MessageId: not null, SendAt: not null });
        Assert.True(Email.FromMime(Mixed) is { MessageId: null, SendAt: null });
    }

    [Fact]
    public void What_no_server_accepts_is_written_anew_when_it_is_sent()
    {
        foreach (var (name, octets) in ReceivedCorpus.All)
        {
            var email = Email.FromMime(octets);
            SentMessage.AssertLines(SentMessage.Write(email));
            SentMessage.AssertLines(SentMessage.Write(email, MailMode.Iso88591));
            var sevenBit = email.ToMime();
            Assert.True(Ascii.IsValid(sevenBit), name);
            SentMessage.AssertLines(sevenBit);
            Assert.Equal(Texts(email), Texts(Email.FromMime(sevenBit)));
        }
    }

    [Fact]
    public void Line_feeds_in_binary_content_are_no_line_ends()
    {
        const string binary = "From: a@x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\n"
            + "Content-Type: application/x\nContent-Transfer-Encoding: binary\n\na\nb\r\nc\n--b--\n";

        var email = Email.FromMime(Encoding.Latin1.GetBytes(binary));

        Assert.Equal("a\nb\r\nc"u8.ToArray(), Assert.Single(email.Attachments).GetContent());
        Assert.Contains("\r\n\r\na\nb\r\nc\r\n--b--\r\n", Written(email), StringComparison.Ordinal);
    }

    [Fact]
    public void Octets_do_not_survive_JSON_but_the_email_does()
    {
        var email = Email.FromJson(Email.FromMime(Mixed).ToJson());

        Assert.NotEqual(Mixed, Written(email));
        Assert.Equal(("one", 2), (email.TextBody, email.Attachments.Count));
    }

    [Fact]
    public void A_message_of_MimeKit_has_the_same_octets()
    {
        foreach (var (name, octets) in ReceivedCorpus.All.Where(m => m.Name.StartsWith("S/MIME", StringComparison.Ordinal)
            || m.Name.StartsWith("PGP", StringComparison.Ordinal)))
        {
            // MimeKit keeps no blanks behind a delimiter.
            if (octets.AsSpan().IndexOf("  \r\n"u8) >= 0 || octets.AsSpan().IndexOf("  \n"u8) >= 0)
                continue;
            var email = Email.FromMime(octets);
            using var message = email.ToMimeMessage();
            using var stream = new MemoryStream();
            message.WriteTo(MessageContent.Ascii, stream, TestContext.Current.CancellationToken);
            var signed = Contents(email.BodyStructure!.SubParts.FirstOrDefault() ?? email.BodyStructure!);
            Assert.True(Encoding.Latin1.GetString(stream.ToArray()).Contains(signed, StringComparison.Ordinal), name);
        }
    }

    private static void Change(Email email, MailPart part)
    {
        if (part.Attachment is null)
        {
            email.BodyValues![part.PartId!] = "changed\r\n";
            return;
        }
        var index = email.Attachments.IndexOf(part.Attachment);
        part.Attachment = email.Attachments[index] = MailAttachment.FromBytes([1, 2, 3], part.Name, part.Cid, part.Type);
    }

    private static List<MailPart> Leaves(Email email) => [.. BodyTexts.Parts(email.BodyStructure!).Where(p => p.SubParts.Count == 0)];

    private static string Contents(MailPart part) => Crlf([.. part.Received!.Header.Span, .. part.Received.Content.Span]);

    private static string Texts(Email email) =>
        ((email.TextBody ?? "") + "|" + (email.HtmlBody ?? "")).ReplaceLineEndings("\n").Replace(
            "\n|", "|", StringComparison.Ordinal).TrimEnd();
}
