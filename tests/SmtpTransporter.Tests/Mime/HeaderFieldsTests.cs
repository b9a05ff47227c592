using System.Text;
using MimeKit;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests how additional header fields are written: only free text, names and comments become encoded words.</summary>
public sealed class HeaderFieldsTests
{
    private static string X(int length) => new('x', length);

    private static string Written(string field, string value) => HeaderFields.Write(field, value, MailMode.Utf8);

    private static string Unfolded(string field, string value) => Written(field, value).Replace("\r\n", "", StringComparison.Ordinal);

    [Theory]
    [InlineData("References", "<a=?b@x.example> <c=?utf-8?Q?d?=@x.example>")]
    [InlineData("in-reply-to", "<a=?b@x.example>")]
    [InlineData("Resent-Message-ID", "<a=?b@x.example>")]
    [InlineData("Authentication-Results", "mx.example; dkim=pass header.b=?a header.i=@x.example")]
    [InlineData("ARC-Authentication-Results", "i=1; mx.example; spf=?")]
    [InlineData("Received", "from a (b=?c) by d with ESMTPS id e=?; Mon, 2 Mar 2026 10:11:12 +0100")]
    [InlineData("DKIM-Signature", "v=1; a=rsa-sha256; b=?abc=")]
    [InlineData("Received-SPF", "pass (x=?y)")]
    [InlineData("Feedback-ID", "a=?b:c:d:e")]
    [InlineData("Auto-Submitted", "auto-generated; x=?y")]
    [InlineData("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")]
    [InlineData("List-Id", "Plain list <=?.lists.x.example>")]
    [InlineData("Precedence", "bulk")]
    [InlineData("Resent-To", "Ann <a@a.test>, b@b.test (comment)")]
    public void A_structured_field_in_ASCII_is_written_as_it_is(string field, string value) => Assert.Equal(value, Unfolded(field, value));

    [Theory]
    [InlineData("List-Unsubscribe", "<https://x.test/u?a=?b&c=?d>", "<https://x.test/u?a=%3Fb&c=%3Fd>")]
    [InlineData("List-Unsubscribe", "<https://x.test/u=?b>, <mailto:u@x.test?a=?>", "<https://x.test/u%3D?b>, <mailto:u@x.test?a=%3F>")]
    [InlineData("list-archive", "<https://bücher.test/ä?q=ü>", "<https://xn--bcher-kva.test/%C3%A4?q=%C3%BC>")]
    [InlineData("List-Help", "<mailto:u@x.test?subject=Grüße> (by email)", "<mailto:u@x.test?subject=Gr%C3%BC%C3%9Fe> (by email)")]
    [InlineData("List-Post", "NO (closed)", "NO (closed)")]
    [InlineData("List-Owner", "<mailto:u@x.test> (Jürgen)", "<mailto:u@x.test> (=?utf-8?Q?J=C3=BCrgen?=)")]
    [InlineData("Archived-At", "<https://x.test/=?>", "<https://x.test/%3D?>")]
    public void A_URI_is_written_in_ASCII_and_has_no_sign_of_an_encoded_word(string field, string value, string expected) =>
        Assert.Equal(expected, Written(field, value));

    [Fact]
    public void A_URI_of_an_email_is_written_in_the_message_without_a_sign_of_an_encoded_word()
    {
        var email = new Email { From = "a@a.test", To = "b@b.test", TextBody = "x" };
        email.Headers.Add("List-Unsubscribe", "<https://x.test/u?a=?b>");
        using var stream = new MemoryStream();
        email.ToMime(stream);

        var message = Encoding.ASCII.GetString(stream.ToArray());
        Assert.Contains("List-Unsubscribe: <https://x.test/u?a=%3Fb>\r\n", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(840)]
    [InlineData(975)]
    public void A_long_URI_stands_on_a_line_as_it_is(int length)
    {
        var uri = $"<https://x.test/{X(length - 17)}>";

        Assert.Equal(uri, Written("List-Unsubscribe", uri));
        Assert.Equal($"<mailto:u@x.test>,\r\n {uri}", Written("List-Unsubscribe", $"<mailto:u@x.test>, {uri}"));
    }

    [Theory]
    [InlineData("List-Unsubscribe")]
    [InlineData("References")]
    [InlineData("Resent-To")]
    [InlineData("List-Id")]
    public void A_word_that_no_line_can_hold_is_an_error_that_names_the_field(string field)
    {
        var exception = Assert.Throws<EmailContentException>(() => Written(field, $"<{X(998)}>"));

        Assert.StartsWith($"Headers[{field}]: a word of 1000 characters does not fit", exception.Message, StringComparison.Ordinal);
        Assert.Equal("Headers", exception.Property);
    }

    [Theory]
    [InlineData("Resent-To", "Jürgen <j@a.test>", "=?utf-8?Q?J=C3=BCrgen?= <j@a.test>")]
    [InlineData("Disposition-Notification-To", "j@bücher.test", "j@xn--bcher-kva.test")]
    [InlineData("return-receipt-to", "Jürgen <j@bücher.test>", "=?utf-8?Q?J=C3=BCrgen?= <j@xn--bcher-kva.test>")]
    [InlineData("Errors-To", "\"Groß, J.\" <j@a.test>, b@b.test", "=?utf-8?Q?Gro=C3=9F=2C_J=2E?= <j@a.test>, b@b.test")]
    [InlineData("Resent-From", "\"=?x\" <j@a.test>", "=?utf-8?Q?=3D=3Fx?= <j@a.test>")]
    [InlineData("Resent-Sender", "Jürgen", "=?utf-8?Q?J=C3=BCrgen?=")]
    [InlineData("Mail-Followup-To", "ü, j@a.test", "=?utf-8?Q?=C3=BC?=, j@a.test")]
    [InlineData("Reply-To", "Jürgen <j@a.test>", "=?utf-8?Q?J=C3=BCrgen?= <j@a.test>")]
    public void Only_the_name_beside_an_address_is_encoded(string field, string value, string expected) =>
        Assert.Equal(expected, Written(field, value));

    [Fact]
    public void An_address_in_a_field_is_read_back_from_the_message()
    {
        var email = new Email
        {
            From = "me@example.com",
            To = "you@example.com",
            Headers = { { "Disposition-Notification-To", "Jürgen Groß <j@bücher.test>" } },
        };

        using var read = MimeMessage.Load(new MemoryStream(Encoding.UTF8.GetBytes(email.ToMime())), TestContext.Current.CancellationToken);
        var header = read.Headers.Single(h => h.Id == HeaderId.DispositionNotificationTo);

        var mailbox = Assert.Single(InternetAddressList.Parse(header.RawValue).Mailboxes);
        Assert.Equal(("Jürgen Groß", "j@xn--bcher-kva.test"), (mailbox.Name, mailbox.GetAddress(idnEncode: true)));
    }

    [Fact]
    public void An_address_in_a_field_can_require_SMTPUTF8()
    {
        var email = new Email { From = "me@example.com", To = "you@example.com", Headers = { { "Resent-To", "jürgen@a.test" } } };

        using var message = MessageBuilder.Build(email, new MimeWriteOptions(MailMode.Utf8, MailMode.Utf8), TimeProvider.System);

        Assert.Equal("Headers[Resent-To]", message.SmtpUtf8Address);
    }

    [Theory]
    [InlineData("Bücher-Liste <b.x.test>", "=?utf-8?Q?B=C3=BCcher-Liste?= <b.x.test>")]
    [InlineData("a =? <b=?c.x.test>", "=?utf-8?Q?a_=3D=3F?= <b=?c.x.test>")]
    [InlineData("<b.x.test>", "<b.x.test>")]
    public void Only_the_name_of_a_list_is_encoded(string value, string expected) => Assert.Equal(expected, Unfolded("List-Id", value));

    [Theory]
    [InlineData("from mail (Bücher GmbH) by x.test", "from mail (=?utf-8?Q?B=C3=BCcher?= GmbH) by x.test")]
    [InlineData("a\tb", "a b")]
    [InlineData("", "")]
    public void Words_of_a_structured_field_that_are_not_ASCII_are_encoded_one_by_one(string value, string expected) =>
        Assert.Equal(expected, Unfolded("Received", value));

    [Theory]
    [InlineData("X-Any", "=?x", "=?utf-8?Q?=3D=3Fx?=")]
    [InlineData("Thread-Topic", "é", "=?utf-8?Q?=C3=A9?=")]
    [InlineData("Organization", "é", "=?utf-8?Q?=C3=A9?=")]
    public void Free_text_may_be_encoded(string field, string value, string expected) => Assert.Equal(expected, Written(field, value));

    [Fact]
    public void Each_keyword_is_encoded_by_itself()
    {
        var email = new Email { From = "me@example.com", Keywords = { "Grüße", "plain (text)", "é" } };

        var written = email.ToMime();

        Assert.Contains(
            "\r\nKeywords: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=, plain (text),\r\n =?utf-8?Q?=C3=A9?=\r\n", written, StringComparison.Ordinal);
        Assert.Equal(email.Keywords, Email.FromMime(written).Keywords);
    }

    [Theory]
    [InlineData("Date: \r\n")]
    [InlineData("Date: tomorrow\r\n")]
    [InlineData("Date: \r\nDate: also none\r\n")]
    [InlineData("")]
    public void An_email_that_was_read_without_a_date_is_sent_with_one_of_its_own(string date)
    {
        var email = Email.FromMime($"From: me@example.com\r\nTo: you@example.com\r\n{date}\r\ntext\r\n");

        using var read = MimeMessage.Load(new MemoryStream(
            Encoding.UTF8.GetBytes(SentMessage.Write(email))), TestContext.Current.CancellationToken);

        var header = Assert.Single(read.Headers, h => h.Id == HeaderId.Date);
        Assert.Matches("^[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} [+]0000$", header.Value);
        Assert.InRange(read.Date, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("Mon, 2 Mar 2026 10:11:12 +0100", "Mon, 2 Mar 2026 10:11:12 +0100")]
    public void A_Date_among_the_headers_is_written_if_it_is_one(string? value, string? expected)
    {
        var email = new Email { From = "me@example.com", Headers = { { "Date", value }, { "Date", "Tue, 3 Mar 2026 10:11:12 +0100" } } };
        if (expected is null)
            email.Headers.RemoveAt(1);

        var dates = email.ToMime().Split("\r\n").Where(line => line.StartsWith("Date: ", StringComparison.Ordinal)).ToList();

        Assert.Equal(expected ?? dates[0][6..], Assert.Single(dates)[6..]);
        Assert.NotEqual("Date: ", dates[0]);
    }
}
