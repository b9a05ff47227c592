using System.Text;
using MimeKit;
using Xunit;

namespace SmtpTransport.Tests;

public sealed class MimeReaderTests
{
    private static Email Read(string message) => Email.FromMime(Encoding.Latin1.GetBytes(message.ReplaceLineEndings("\r\n")));

    private static Email ReadParts(string type, params string[] parts) => Read(
        $"From: a@a.test\nTo: b@b.test\nMIME-Version: 1.0\nContent-Type: multipart/{type}; boundary=b\n\n"
        + string.Concat(parts.Select(part => $"--b\n{part}\n")) + "--b--\n");

    private static string Written(Email email)
    {
        using var stream = new MemoryStream();
        email.ToMime(stream);
        return Encoding.Latin1.GetString(stream.ToArray());
    }

    /// <summary>The tree with the names of the types: <c>mixed(plain, pdf)</c>.</summary>
    private static string Tree(string message)
    {
        using var mime = MimeMessage.Load(new MemoryStream(Encoding.Latin1.GetBytes(message)));
        return Of(mime.Body!);

        static string Of(MimeEntity entity) => entity is Multipart multipart
            ? $"{entity.ContentType.MediaSubtype}({string.Join(", ", multipart.Select(Of))})"
            : entity.ContentType.MediaSubtype;
    }

    [Fact]
    public void A_file_with_a_byte_order_mark_keeps_its_first_field()
    {
        const string Message = "From: Ann <ann@a.test>\r\nTo: b@b.test\r\n\r\nhi";
        var email = Read($"\u00ef\u00bb\u00bf{Message}");

        Assert.Equal(("Ann", "hi"), (email.From[0].Name, email.TextBody));
        Assert.Equal($"\u00ef\u00bb\u00bf{Message}", Written(email));
        email.Subject = "Hello";
        Assert.StartsWith("From: Ann <ann@a.test>\r\nTo: b@b.test\r\nSubject: Hello\r\n", Written(email), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ab=E", "ab=E")]
    [InlineData("=4=E", "=4=E")]
    [InlineData("==4", "==4")]
    [InlineData("ab\r\n=", "ab\r\n")]
    [InlineData("ab=", "ab")]
    public void A_text_that_was_cut_off_within_an_escape_keeps_what_is_there(string octets, string text) =>
        Assert.Equal(text, Read($"Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{octets}").TextBody);

    [Theory]
    [InlineData("; charset=utf8", "K\u00c3\u00b6ln", "Köln", false)]
    [InlineData("; charset=\"UTF_8\"", "K\u00c3\u00b6ln", "Köln", false)]
    [InlineData("; charset=iso8859-1", "K\u00f6ln", "Köln", false)]
    [InlineData("; charset=ISO_8859_15", "5 \u00a4", "5 €", false)]
    [InlineData("; charset=cp1252", "\u0080", "€", false)]
    [InlineData("; charset=windows1252", "\u0080", "€", false)]
    [InlineData("; charset=win-1251", "\u00cf", "П", false)]
    [InlineData("; charset=cp-850", "\u0094", "ö", false)]
    [InlineData("; charset=koi8r", "\u00d0", "п", false)]
    [InlineData("; charset=x-unknown", "text", "text", true)]
    [InlineData("; charset=unknown-8bit", "K\u00c3\u00b6ln", "Köln", true)]
    [InlineData("; charset=unknown-8bit", "K\u00f6ln \u0080", "Köln €", true)]
    [InlineData("; charset=utf-7", "K+APY-ln", "K+APY-ln", true)]
    [InlineData("", "K\u00c3\u00b6ln", "Köln", false)]
    [InlineData("", "K\u00f6ln", "Köln", true)]
    [InlineData("; charset=us-ascii", "K\u00c3\u00b6ln", "Köln", true)]
    [InlineData("; charset=us-ascii", "K\u00f6ln", "Köln", true)]
    [InlineData("; charset=utf-8", "K\u00f6ln", "K\ufffdln", true)]
    [InlineData("; charset=utf-8", "K\u00c3\u00b6ln \u00e4", "Köln \ufffd", true)]
    [InlineData("; charset=\"a b\"", "K\u00c3\u00b6ln", "Köln", false)]
    public void Text_is_read_whatever_its_charset_says_and_its_octets_are_kept(string charset, string octets, string text, bool isProblem)
    {
        var message = $"Content-Type: text/plain{charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{octets}";
        var email = Read(message);

        Assert.Equal((text, isProblem), (email.TextBody, email.BodyValues!["1"].IsEncodingProblem));
        Assert.Empty(email.Attachments);
        Assert.Equal(message, Written(email));
        Assert.Equal(text, Email.FromJson(email.ToJson()).TextBody);
        Assert.Equal(text, Email.FromMime(Email.FromJson(email.ToJson()).ToMime()).TextBody!.TrimEnd());

        email.TextBody = "neu: ö";
        Assert.Equal("neu: ö", Read(Written(email)).TextBody!.TrimEnd());
        Assert.False(email.BodyValues["1"].IsEncodingProblem);
    }

    [Theory]
    [InlineData("K\u00f6ln \0")]
    [InlineData("K\u00f6ln \r.")]
    public void Octets_that_no_server_accepts_are_encoded_and_stay_the_same(string octets)
    {
        var sent = SentMessage.Write(
            Email.FromMime(Encoding.Latin1.GetBytes($"Content-Type: text/plain; charset=x-unknown\r\n\r\n{octets}")));

        using var message = MimeMessage.Load(new MemoryStream(Encoding.Latin1.GetBytes(sent)), TestContext.Current.CancellationToken);
        var part = Assert.IsType<TextPart>(message.Body);
        using var content = new MemoryStream();
        part.Content!.DecodeTo(content, TestContext.Current.CancellationToken);
        Assert.Equal(octets, Encoding.Latin1.GetString(content.ToArray()));
        Assert.Equal(("x-unknown", "base64"), (part.ContentType.Charset, part.Headers[HeaderId.ContentTransferEncoding]));
    }

    [Fact]
    public void A_text_in_an_unknown_transfer_encoding_is_marked()
    {
        var email = Read("Content-Type: text/plain\nContent-Transfer-Encoding: x-special\n\ntext\n");

        Assert.Equal(new MailBodyValue("text\r\n", IsEncodingProblem: true), email.BodyValues!["1"]);
    }

    [Theory]
    [InlineData("Content-Type: text/plain; name=body.txt\n\ntext")]
    [InlineData("Content-Type: text/plain\nContent-Disposition: inline; filename=body.txt\n\ntext")]
    [InlineData("Content-Type: text/plain; name=body.txt\nContent-Disposition: inline\n\ntext")]
    public void The_first_text_is_the_body_although_it_has_a_name(string part)
    {
        Assert.Equal("text", Read(part).TextBody);
        var email = ReadParts("mixed", part, "Content-Type: text/plain; name=b.txt\n\nfile", "Content-Type: image/png\n\nx");

        Assert.Equal("text", email.TextBody);
        Assert.Equal(["b.txt", "attachment.png"], email.Attachments.Select(a => a.Name));
        Assert.Equal("text", ReadParts("alternative", part, part.Replace("plain", "html", StringComparison.Ordinal)).TextBody);
    }

    [Theory]
    [InlineData("Content-Type: text/plain\nContent-Disposition: attachment\n\ntext")]
    [InlineData("Content-Type: text/plain\nContent-Disposition: x-unknown; filename=a.txt\n\ntext")]
    [InlineData("Content-Type: text/csv\n\ntext")]
    [InlineData("Content-Type: text/rfc822-headers\n\ntext")]
    public void A_text_that_is_no_body_is_an_attachment(string part)
    {
        var email = Read(part);

        Assert.Null(email.TextBody);
        Assert.Equal("text", Encoding.ASCII.GetString(Assert.Single(email.Attachments).GetContent()));
    }

    [Fact]
    public void An_unknown_disposition_is_an_attachment()
    {
        var email = Read("Content-Type: image/png\nContent-Disposition: x-special; filename=a.png\n\nx");

        Assert.Equal("attachment", Assert.Single(email.Attachments).Disposition);
        Assert.EndsWith("Content-Disposition: x-special; filename=a.png\r\n\r\nx", Written(email), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("multipart/mixed")]
    [InlineData("multipart/mixed; boundary=\"\"")]
    [InlineData("multipart/alternative; boundary=never")]
    public void A_multipart_that_cannot_be_divided_is_plain_text(string type)
    {
        var message = $"From: a@a.test\r\nContent-Type: {type}\r\n\r\nThis is text.\r\n--b\r\n";
        var email = Read(message);

        Assert.Equal("This is text.\r\n--b\r\n", email.TextBody);
        Assert.Equal(message, Written(email));
        Assert.Equal("This is text.\r\n--b\r\n", Email.FromMime(Email.FromJson(email.ToJson()).ToMime()).TextBody);
    }

    [Fact]
    public void An_attached_message_is_its_octets()
    {
        foreach (var line in (string[])["\r\n", "\n"])
        {
            var inner = "from:x@x.test\nSubject:  two  blanks\n\nfirst\n..\n".Replace("\n", line, StringComparison.Ordinal);
            var message = "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n".Replace(
                "\n", line, StringComparison.Ordinal)
                + inner + $"{line}--b--{line}";
            var email = Email.FromMime(Encoding.ASCII.GetBytes(message));

            Assert.Equal(inner, Encoding.ASCII.GetString(Assert.Single(email.Attachments).GetContent()));
            Assert.Contains(inner.ReplaceLineEndings("\r\n"), Written(email), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("text/html", "alternative(plain, html)")]
    [InlineData("text/calendar", "alternative(plain, calendar)")]
    public void A_body_can_be_added_to_a_single_text(string type, string tree)
    {
        var email = Read("From: a@a.test\nTo: b@b.test\nContent-Type: text/plain; format=flowed\n\ntext \n");
        if (type == "text/html")
            email.HtmlBody = "<p>new</p>";
        else
            email.Calendar = new MailCalendar("BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nEND:VCALENDAR\r\n", "REPLY");

        var written = Written(email);
        Assert.Equal(tree, Tree(written));
        Assert.Contains("Content-Type: text/plain; format=flowed\r\n\r\ntext \r\n\r\n--", written, StringComparison.Ordinal);
        var again = Read(written);
        Assert.Equal(("text \r\n", email.HtmlBody), (again.TextBody, again.HtmlBody?.TrimEnd()));
        Assert.Equal(email.Calendar, again.Calendar);
    }

    [Theory]
    [InlineData("Content-Type: text/html\n\n<p>x</p>", "mixed(alternative(plain, html), pdf)")]
    [InlineData("Content-Type: multipart/related; boundary=c\n\n--c\nContent-Type: text/html\n\nx\n--c\n"
        + "Content-Type: image/png\n\nx\n--c--\n",
        "mixed(alternative(plain, related(html, png)), pdf)")]
    [InlineData("Content-Type: multipart/signed; boundary=c\n\n--c\nContent-Type: text/html\n\nx\n--c\n"
        + "Content-Type: application/x-sig\n\nx\n--c--\n",
        "mixed(alternative(plain, signed(html, x-sig)), pdf)")]
    [InlineData("Content-Type: multipart/alternative; boundary=c\n\n--c\nContent-Type: text/html\n\nx\n--c\n"
        + "Content-Type: text/calendar\n\nx\n--c--\n",
        "mixed(alternative(plain, html, calendar), pdf)")]
    [InlineData("Content-Type: image/png\n\nx", "mixed(plain, png, pdf)")]
    public void A_text_is_added_beside_the_HTML(string part, string tree)
    {
        var email = ReadParts("mixed", part, "Content-Type: application/pdf\n\nx");
        email.TextBody = "text";

        Assert.Equal(tree, Tree(Written(email)));
        Assert.Equal("text", email.TextBody);
    }

    [Fact]
    public void A_text_is_added_before_a_single_file()
    {
        var email = Read("Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\nAAEC\n");
        email.TextBody = "text";

        Assert.Equal("mixed(plain, pdf)", Tree(Written(email)));
        Assert.Equal([0, 1, 2], Assert.Single(Read(Written(email)).Attachments).GetContent());
    }

    [Fact]
    public void Parts_without_a_name_get_the_same_one_each_time()
    {
        string[] types = ["message/delivery-status", "message/rfc822", "application/pdf", "application/octet-stream", "image/png"];
        var email = ReadParts("mixed", [.. types.Select(type => $"Content-Type: {type}\n\nFrom: x@x.test\n\nx")]);

        Assert.Equal(
            ["attachment", "attachment.eml", "attachment.pdf", "attachment.bin", "attachment.png"], email.Attachments.Select(a => a.Name));
        Assert.Equal(email.ToJson(), Email.FromMime(Written(email)).ToJson());
    }

    [Fact]
    public void The_footer_of_a_mailing_list_is_part_of_the_text()
    {
        var email = ReadParts("mixed", "Content-Type: text/plain\n\ntext", "Content-Type: text/plain\n\n____\nfooter");
        Assert.Equal("text\r\n____\r\nfooter", email.TextBody);
        Assert.Empty(email.Attachments);

        email.TextBody = "new";
        Assert.Equal("new", email.TextBody);
        Assert.Equal("mixed(plain)", Tree(Written(email)));
        email.TextBody = null;
        Assert.Null(email.TextBody);
    }

    [Fact]
    public void Texts_around_a_picture_are_one_body()
    {
        var email = ReadParts(
            "mixed", "Content-Type: text/html\n\n<p>one</p>", "Content-Type: image/jpeg\n\nx", "Content-Type: text/html\n\n<p>two</p>");

        Assert.Equal("<p>one</p>\r\n<p>two</p>", email.HtmlBody);
        Assert.Equal("image/jpeg", Assert.Single(email.Attachments).Type);
    }

    [Fact]
    public void Plain_texts_around_a_picture_are_one_body()
    {
        var email = ReadParts(
            "mixed", "Content-Type: text/plain\n\none", "Content-Type: image/jpeg\n\nx", "Content-Type: text/plain\n\ntwo");

        Assert.Equal("one\r\ntwo", email.TextBody);
        Assert.Equal("image/jpeg", Assert.Single(email.Attachments).Type);
    }

    [Theory]
    [InlineData("Message/Delivery-Status")]
    [InlineData("MESSAGE/DISPOSITION-NOTIFICATION")]
    [InlineData("Message/RFC822")]
    [InlineData("Text/RFC822-Headers")]
    public void Media_types_are_case_insensitive(string type)
    {
        var email = ReadParts(
            "report", "Content-Type: TEXT/Plain\n\ntext", $"Content-Type: {type}\n\nReporting-MTA: dns; x\n\nAction: failed\n");

        Assert.Equal("text", email.TextBody);
        foreach (var again in (Email[])[Read(Written(email)), Email.FromMime(Email.FromJson(email.ToJson()).ToMime())])
        {
            Assert.Equal("text", again.TextBody!.TrimEnd());
            Assert.StartsWith("Reporting-MTA: dns; x\r\n\r\nAction: failed\r\n", Encoding.ASCII.GetString(
                Assert.Single(again.Attachments).GetContent()),
                StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(99)]
    [InlineData(100)]
    [InlineData(101)]
    [InlineData(500)]
    public void Any_number_of_levels_is_read_and_written(int levels)
    {
        var message = "Content-Type: text/plain\r\n\r\ntext";
        for (var i = 1; i < levels; i++)
            message = $"Content-Type: multipart/mixed; boundary=b{i}.\r\n\r\n--b{i}.\r\n{message}\r\n--b{i}.--";
        var email = Read(message);

        Assert.Equal(message, Written(email));
        email.Subject = "x";
        Assert.EndsWith(message[message.IndexOf("\r\n\r\n", StringComparison.Ordinal)..], Written(email), StringComparison.Ordinal);
        Assert.NotEmpty(Email.FromJson(email.ToJson()).ToMime());
        Assert.Equal(levels <= 100 ? "text" : null, email.TextBody);
        Assert.Equal(levels <= 100 ? 0 : 1, email.Attachments.Count);
    }

    [Theory]
    [InlineData("; method=REPLY", "METHOD:REQUEST\n", "REPLY")]
    [InlineData("", "METHOD:CANCEL\n", "CANCEL")]
    [InlineData("", "", "PUBLISH")]
    [InlineData("; name=meeting.ics; method=REQUEST", "", "REQUEST")]
    public void An_invitation_is_read(string parameters, string line, string method)
    {
        var text = $"BEGIN:VCALENDAR\n{line}END:VCALENDAR\n";
        var email = ReadParts(
            "alternative", "Content-Type: text/plain\n\ntext", $"Content-Type: text/calendar; charset=utf-8{parameters}\n\n{text}");

        Assert.Equal(new MailCalendar(text.ReplaceLineEndings("\r\n"), method), email.Calendar);
        Assert.Empty(email.Attachments);
        Assert.Equal(email.Calendar, Email.FromJson(email.ToJson()).Calendar);

        email.Calendar = email.Calendar! with { Method = "COUNTER" };
        Assert.Equal("COUNTER", Read(Written(email)).Calendar!.Method);
        email.Calendar = null;
        Assert.Null(email.Calendar);
        Assert.Equal("alternative(plain)", Tree(Written(email)));
    }

    [Fact]
    public void A_calendar_that_is_attached_is_an_attachment()
    {
        var email = ReadParts("mixed", "Content-Type: text/plain\n\ntext", "Content-Type: text/calendar\n\none",
            "Content-Type: text/calendar\n\ntwo", "Content-Type: text/calendar\nContent-Disposition: attachment\n\nthree");

        Assert.Equal("one", email.Calendar!.Content);
        Assert.Equal(["two", "three"], email.Attachments.Select(a => Encoding.ASCII.GetString(a.GetContent())));
    }

    [Fact]
    public void Reading_does_not_depend_on_the_array()
    {
        var octets = "Subject: x\r\n\r\ntext"u8.ToArray();
        var email = Email.FromMime(octets);
        Array.Fill(octets, (byte)'!');

        Assert.Equal("Subject: x\r\n\r\ntext", Written(email));
    }
}
