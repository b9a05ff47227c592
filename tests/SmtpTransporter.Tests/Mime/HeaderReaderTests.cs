using System.Text;
using Xunit;

namespace SmtpTransport.Tests;

public sealed class HeaderReaderTests
{
    private static Email Read(string fields) => Email.FromMime(Encoding.Latin1.GetBytes($"{fields}\r\n\r\ntext\r\n"));

    private static string Written(Email email)
    {
        using var stream = new MemoryStream();
        email.ToMime(stream);
        return Encoding.Latin1.GetString(stream.ToArray());
    }

    // JSON does not hold the octets: the message is then written anew.
    private static string WrittenAnew(Email email) => Written(Email.FromJson(email.ToJson()));

    [Theory]
    [InlineData("ok@a.test, root", "ok@a.test", "root")]
    [InlineData("ok@a.test, <>", "ok@a.test", "<>")]
    [InlineData("<>, ok@a.test", "ok@a.test", "<>")]
    [InlineData("a@a.test; b@b.test", "a@a.test,b@b.test", "")]
    [InlineData("Ann <a@a.test>; \"B; C\" <b@b.test>;", "a@a.test,b@b.test", "")]
    [InlineData("Team: a@a.test, nobody, b@b.test;, c@c.test", "a@a.test,b@b.test,c@c.test", "nobody")]
    [InlineData("Ann Bob, (a, comment) c@c.test, x y z", "c@c.test", "Ann Bob, x y z")]
    [InlineData("\"never closed <a@a.test>, <>, b@b.test", "a@a.test,b@b.test", "<>")]
    [InlineData("=?utf-8?q?K=C3=B6ln?= <a@a.test>, <>", "a@a.test", "<>")]
    [InlineData("@x, a@a.test, ,,", "a@a.test", "@x")]
    public void What_is_an_address_is_read_and_the_rest_is_kept_aside(string value, string addresses, string rest)
    {
        foreach (var field in (string[])["To", "Cc", "Reply-To"])
        {
            var email = Read($"From: x@x.test\r\n{field}: {value}");
            var read = field == "To" ? email.To : field == "Cc" ? email.Cc : email.ReplyTo;

            Assert.Equal(addresses, string.Join(',', read.Select(a => a.Email)));
            Assert.Equal(rest, string.Join(", ", email.Headers.Where(h => h.Name == field).Select(h => h.Value)));
            Assert.Contains($"\r\n{field}: {value}\r\n", Written(email), StringComparison.Ordinal);
            Assert.Equal(addresses, string
                .Join(',', Email.FromMime(WrittenAnew(email)) is var again && field == "To" ? again.To.Select(a => a.Email)
                : field == "Cc" ? again.Cc.Select(a => a.Email) : again.ReplyTo.Select(a => a.Email)));
        }
    }

    [Theory]
    [InlineData("root")]
    [InlineData("<>")]
    [InlineData("undisclosed-recipients:;")]
    public void A_field_without_an_address_remains_a_header(string value)
    {
        var email = Read($"To: {value}");

        Assert.Empty(email.To);
        Assert.Equal(value, Assert.Single(email.Headers).Value);
    }

    [Theory]
    [InlineData("<a@b><c@d>", "a@b c@d")]
    [InlineData("<a@b>\r\n\t<c@d>", "a@b c@d")]
    [InlineData("<a@b>,<c@d>", "a@b c@d")]
    [InlineData("<a@b> (a comment)", "a@b")]
    [InlineData("(<x@y> \\) (nested)) <a@b>", "a@b")]
    [InlineData("Your message of Monday <a@b>", "a@b")]
    [InlineData("<a@b> <not an id> <c@d>", "a@b c@d")]
    [InlineData("a@b", "a@b")]
    [InlineData("a@b c@d", "a@b c@d")]
    [InlineData("Ann's message", null)]
    [InlineData("<never closed", null)]
    public void Ids_need_no_space_between_them_and_comments_are_not_part_of_them(string value, string? ids)
    {
        var email = Read($"In-Reply-To: {value}\r\nReferences: {value}");

        Assert.Equal(ids, email.InReplyTo);
        Assert.Equal(ids, email.References.Count == 0 ? null : string.Join(' ', email.References));
        Assert.Contains($"\r\nReferences: {value}\r\n", Written(email), StringComparison.Ordinal);
        if (ids is not null)
            Assert.Contains(
                $"References: <{ids.Replace(" ", ">\r\n <", StringComparison.Ordinal)}>\r\n", WrittenAnew(email), StringComparison.Ordinal);
    }

    [Fact]
    public void A_Message_ID_is_read_without_its_comment() =>
        Assert.Equal("a@b", Read("Message-ID: (x) <a@b> (added by mx)").MessageId);

    [Theory]
    [InlineData("=?utf-8?q?_a_?=", " a ")]
    [InlineData("=?utf-8?q?a_?= =?utf-8?q?_b?=", "a  b")]
    [InlineData(" =?utf-8?b?ICBhICA=?= \t", "  a  ")]
    [InlineData("=?utf-8?q?a?=\r\n =?utf-8?q?_?=", "a ")]
    public void Blanks_within_encoded_words_are_kept(string value, string text)
    {
        var email = Read($"Subject: {value}\r\nComments: {value}\r\nX-A: {value}\r\nFrom: {value} <a@a.test>");

        Assert.Equal((text, text, text), (email.Subject, email.Comments, email.Headers[0].Value));
        Assert.Equal(text, email.From[0].Name);
        var again = Email.FromMime(WrittenAnew(email));
        Assert.Equal((text, text, text), (again.Subject, again.Comments, again.From[0].Name));
    }

    [Fact]
    public void A_list_that_stands_in_several_fields_is_one_list()
    {
        var email =
            Read("To: a@a.test\r\nTO: b@b.test\r\nCc: c@c.test\r\nCc: d@d.test\r\nBcc: e@e.test\r\nBcc: f@f.test\r\nReply-To: g@g.test\r\n"
            + "Reply-To: h@h.test\r\nKeywords: one, two\r\nKeywords: three\r\nComments: first\r\nComments: second\r\n"
            + "References: <1@x>\r\nReferences: <2@x>");

        Assert.Equal("a@a.test, b@b.test", email.To.ToString());
        Assert.Equal("c@c.test, d@d.test", email.Cc.ToString());
        Assert.Equal("e@e.test, f@f.test", email.Bcc.ToString());
        Assert.Equal("g@g.test, h@h.test", email.ReplyTo.ToString());
        Assert.Equal(["one", "two", "three"], email.Keywords);
        Assert.Equal("first second", email.Comments);
        Assert.Equal(["1@x", "2@x"], email.References);
        Assert.Empty(email.Headers);

        email.Cc = "i@i.test";
        var written = Written(email);
        Assert.Contains("To: a@a.test\r\nTO: b@b.test\r\nCc: i@i.test\r\nReply-To", written, StringComparison.Ordinal);
        var again = Email.FromJson(email.ToJson());
        Assert.Equal(["one", "two", "three"], again.Keywords);
        Assert.Equal("first second", again.Comments);
        Assert.Contains("Keywords: one, two, three\r\n", Written(again), StringComparison.Ordinal);
        Assert.Contains("Comments: first second\r\n", Written(again), StringComparison.Ordinal);
        Assert.DoesNotContain("d@d.test", written, StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_author_is_not_believed()
    {
        var email = Read("From: a@a.test\r\nFrom: b@b.test");

        Assert.Equal("a@a.test", email.From.ToString());
        Assert.Equal("b@b.test", Assert.Single(email.Headers).Value);
    }

    [Fact]
    public async Task A_file_of_a_pickup_folder_never_shows_its_hidden_recipients()
    {
        var folder = Directory.CreateTempSubdirectory("pickup").FullName;
        await using var transporter = new SmtpTransporter(new ServerOptions { PickupFolder = folder });
        var email =
            new Email { From = "a@a.test", To = "b@b.test", Bcc = "secret@c.test", TextBody = "x", Headers = { { "X-Sender", "mine" } } };
        Assert.Equal(
            Outcome.Accepted, (await transporter.SendAsync(email, cancellationToken: TestContext.Current.CancellationToken)).Outcome);
        var file = await File.ReadAllTextAsync(Assert.Single(Directory.GetFiles(folder)), TestContext.Current.CancellationToken);
        Directory.Delete(folder, recursive: true);
        Assert.Contains("secret@c.test", file, StringComparison.Ordinal);

        var read = Email.FromMime(file);
        foreach (var written in (string[])[Written(read), read.ToMime(), SentMessage.Write(read), WrittenAnew(read)])
        {
            Assert.DoesNotContain("secret", written, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("X-Receiver", written, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("X-Sender: mine", written, StringComparison.Ordinal);
        }
        Assert.Equal(file[file.IndexOf("Date:", StringComparison.Ordinal)..], Written(read));
        Assert.Empty(read.Bcc);
    }

    [Fact]
    public void Bcc_is_never_written()
    {
        const string message =
            "To: a@a.test\r\nBcc: secret@b.test\r\nbcc : secret@c.test\r\nResent-Bcc: secret@d.test\r\nX-Receiver: <secret@e.test>";

        Assert.Equal("To: a@a.test\r\n\r\ntext\r\n", Written(Read(message)));
        Assert.DoesNotContain("secret", SentMessage.Write(Read(message)), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", WrittenAnew(Read(message)), StringComparison.Ordinal);
    }

    private const string Trace =
        "Return-Path: <bounce@a.test>\r\nDelivered-To: b@b.test\r\nAuthentication-Results: mx.b.test; dkim=pass\r\n"
        + "ARC-Seal: i=1\r\nDKIM-Signature: v=1; d=a.test\r\nReceived: from a by b; Mon, 2 Mar 2026 10:11:12 +0100\r\nStatus: RO\r\n"
        + "Content-Length: 6\r\nDate: Mon, 2 Mar 2026 10:11:12 +0100\r\nMessage-ID: <1@a.test>\r\nFrom: a@a.test\r\n"
        + "To: b@b.test\r\nSubject: x";

    private static readonly string[] OfOneMessage =
        ["Return-Path", "Delivered-To", "Authentication-Results", "ARC-Seal", "DKIM-Signature", "Status", "Content-Length"];

    [Fact]
    public void Fields_of_the_message_that_was_read_are_kept_when_it_is_sent_on_unchanged()
    {
        Assert.Equal(Trace + "\r\n\r\ntext\r\n", Written(Read(Trace)));
        // The last server writes Return-Path (RFC 5321, section 4.4).
        Assert.Equal(Trace[Trace.IndexOf("Delivered", StringComparison.Ordinal)..] + "\r\n\r\ntext\r\n", SentMessage.Write(Read(Trace)));
    }

    [Fact]
    public void Fields_of_the_message_that_was_read_are_dropped_when_another_one_is_made_from_it()
    {
        var changes = new Action<Email>[]
        {
            email => email.To = "c@c.test",
            email => email.Subject = "y",
            email => email.TextBody = "y",
            email => email.Headers.Add("X-A", "y"),
            email => email.Attachments.Add(MailAttachment.FromBytes([1])),
        };
        foreach (var change in changes)
        {
            var email = Read(Trace);
            change(email);
            foreach (var written in (string[])[Written(email), SentMessage.Write(email), WrittenAnew(email)])
            {
                var names = written[..written.IndexOf(
                    "\r\n\r\n", StringComparison.Ordinal)].Split("\r\n").Select(line => line.Split(':')[0]).ToList();
                Assert.DoesNotContain(names, name => OfOneMessage.Contains(name));
                Assert.Contains("Received", names);
                Assert.Contains("<1@a.test>", written, StringComparison.Ordinal);
            }
            Assert.Contains(email.Headers, h => h.Name == "Authentication-Results");
        }
    }

    [Fact]
    public void Another_envelope_is_no_change_of_the_message()
    {
        var email = Read(Trace);
        (email.ReturnPath, email.Bcc) = ("other@a.test", "hidden@c.test");

        Assert.Equal(Trace[Trace.IndexOf("Delivered", StringComparison.Ordinal)..] + "\r\n\r\ntext\r\n", Written(email));
    }

    [Fact]
    public void A_new_result_of_authentication_replaces_the_old_one()
    {
        var email = Read(Trace);
        email.Headers.Add("Authentication-Results", "mx.c.test; dkim=none");

        var written = Written(email);
        Assert.Contains("Authentication-Results: mx.c.test; dkim=none\r\n", written, StringComparison.Ordinal);
        Assert.DoesNotContain("mx.b.test", written, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Date:")]
    [InlineData("Date: yesterday")]
    [InlineData("X-A: no date")]
    public void A_message_without_a_date_is_sent_with_one(string field)
    {
        var sent = SentMessage.Write(Read($"From: a@a.test\r\n{field}\r\nMessage-ID: garbage"));

        Assert.NotNull(Email.FromMime(sent).SendAt);
        Assert.NotNull(Email.FromMime(sent).MessageId);
        Assert.Single(sent.Split("\r\n"), line => line.StartsWith("Date:", StringComparison.Ordinal));
        Assert.Single(sent.Split("\r\n"), line => line.StartsWith("Message-ID:", StringComparison.Ordinal));
    }
}
