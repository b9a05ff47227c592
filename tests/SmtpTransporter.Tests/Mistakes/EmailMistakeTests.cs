using Xunit;

namespace SmtpTransport.Tests;

/// <summary>What a user is told who makes a mistake in an email: the whole line, from which alone it can be repaired.</summary>
public sealed class EmailMistakeTests
{
    private const string Contents = "Correct the property that the error names. [own.content]";
    private const string Address = "Correct the address that the error shows; a name with special characters needs quotes: "
        + "\"Doe, Ann\" <ann@example.org>. [own.address]";

    private static readonly Dictionary<string, Action<Email>> Mistakes = new()
    {
        ["no sender"] = e => e.From = "",
        ["no recipient"] = e => e.To = "",
        ["no @"] = e => e.To = "ann.example.org",
        ["a space in the second address"] = e => e.To = "bob@example.org, ann smith@example.org",
        ["an address without a domain"] = e => e.Cc.Add("ann@"),
        ["two From without Sender"] = e => e.From = "me@example.com, you@example.com",
        ["two From with two Sender"] = e => (e.From, e.Sender) = ("me@example.com, you@example.com", "a@example.com, b@example.com"),
        ["a return path that is a name"] = e => e.ReturnPath = "bounces",
        ["an id without @"] = e => e.MessageId = "4711",
        ["a line break in the subject"] = e => e.Subject = "Hello\nBcc: eve@example.org",
        ["a header with a colon in its name"] = e => e.Headers.Add(new EmailHeader("X-Id:", "1")),
        ["a missing file"] = e => e.Attachments.Add(MailAttachment.FromFile("/no/such/report.pdf")),
        ["a wrong type of the second attachment"] = e =>
        {
            e.Attachments.Add(MailAttachment.FromBytes("x"u8.ToArray(), "a.txt"));
            e.Attachments.Add(MailAttachment.FromBytes("x"u8.ToArray(), "b.pdf", type: "pdf"));
        },
        ["a wrong cid"] = e => e.Attachments.Add(MailAttachment.FromBytes("x"u8.ToArray(), "logo.png", cid: "<logo>")),
        ["a wrong disposition"] = e => e.Attachments.Add(MailAttachment.FromBytes("x"u8.ToArray(), "a.txt", disposition: "embedded")),
        ["a name of two lines"] = e => e.Attachments.Add(MailAttachment.FromBytes("x"u8.ToArray(), "a\nb.txt")),
    };

    [Theory]
    [InlineData(
        "no sender", "NotSent: From: the email has no sender. Set From, or Defaults in the options for all emails. [own.no-sender]")]
    [InlineData(
        "no recipient",
        "NotSent: To: the email has no recipient in To, Cc or Bcc. Set To, Cc or Bcc; if Envelope is set, its Recipients. "
        + "[own.no-recipient]")]
    [InlineData("no @", $"NotSent: To: at position 0: this is not a valid address: it has no \"@\": \"ann.example.org\". {Address}")]
    [InlineData(
        "a space in the second address",
        "NotSent: To: at position 17: there is a space in the address: \"bob@example.org, ann smith@example.org\", before "
        + $"\"ann smith@example.org\". {Address}")]
    [InlineData("an address without a domain", $"NotSent: Cc: at position 4: there is nothing after \"@\": \"ann@\". {Address}")]
    [InlineData(
        "two From without Sender",
        "NotSent: Sender: From has 2 addresses and Sender has none, and the message must say which of them sends it (RFC 5322, section "
        + "3.6.2). Set Sender to the address of the one who sends, or leave one address in From. [own.sender-required]")]
    [InlineData("two From with two Sender", $"NotSent: Sender: only one address is allowed. {Address}")]
    [InlineData(
        "a return path that is a name",
        $"NotSent: ReturnPath: at position 0: this is not a valid address: it has no \"@\": \"bounces\". {Address}")]
    [InlineData(
        "an id without @",
        "NotSent: MessageId: \"4711\" is not a valid Message-ID: it must have text before and after an \"@\"; null creates one. "
        + Contents)]
    [InlineData(
        "a line break in the subject", $"NotSent: Subject: there is a control character (U+000A) at position 5. {Contents}")]
    [InlineData(
        "a header with a colon in its name",
        $"NotSent: Headers: a name may contain only printable ASCII characters except spaces and colons. {Contents}")]
    [InlineData(
        "a missing file",
        "NotSent: Attachments[0] (\"/no/such/report.pdf\"): the content cannot be read: Could not find a part of the path "
        + "'/no/such/report.pdf'. Check that the file exists and that this process may read it when the email is sent, not only when it "
        + "is made. [own.attachment]")]
    [InlineData(
        "a wrong type of the second attachment",
        $"NotSent: Attachments[1].Type (\"b.pdf\"): \"pdf\" is not a valid media type. {Contents}")]
    [InlineData(
        "a wrong cid",
        "NotSent: Attachments[0].Cid (\"logo.png\"): \"<logo>\" is not a valid Content-ID: 1 to 900 printable ASCII characters except "
        + $"spaces and angle brackets. {Contents}")]
    [InlineData(
        "a wrong disposition",
        $"NotSent: Attachments[0].Disposition (\"a.txt\"): \"embedded\" must be \"attachment\" or \"inline\". {Contents}")]
    [InlineData("a name of two lines", $"NotSent: Attachments[0].Name: there is a control character (U+000A) at position 1. {Contents}")]
    public void A_mistake_in_an_email_is_told_with_its_place_and_its_remedy(string mistake, string words)
    {
        var email = new Email { From = "me@example.com", To = "ann@example.org", Subject = "Hello", TextBody = "Hello" };
        Mistakes[mistake](email);
        using var transporter = new SmtpTransporter(new ServerOptions { Host = "localhost", Port = 1 });

        var result = transporter.Send(email, TestContext.Current.CancellationToken);

        Assert.Equal(words, result.ToString());
        Assert.Equal(result.Errors[^1].Message, result.Reason);
        Assert.Single(result.Errors);
    }

    [Fact]
    public void An_exception_and_the_log_do_not_show_the_text_that_should_have_been_an_address()
    {
        using var transporter = new SmtpTransporter(new ServerOptions { Host = "localhost", Port = 1 });
        var email = new Email { From = "me@example.com", To = "bob@example.org, ann smith", Subject = "Hello", TextBody = "Hello" };

        var thrown = Assert.Throws<SmtpTransporterException>(
            () => transporter.Send(email, TestContext.Current.CancellationToken).EnsureSuccess());

        Assert.Equal(
            "NotSent: To: at position 17: this is not a valid address: it has no \"@\": ***, before ***. Correct the address that the "
            + "error shows; a name with special characters needs quotes: \"Doe, Ann\" <ann@example.org>. [own.address]",
            thrown.Message);
        Assert.Contains("ann smith", thrown.Result.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_transporter_that_was_disposed_is_told_how_long_it_must_live()
    {
        var transporter = new SmtpTransporter(new ServerOptions { Host = "localhost" });
        transporter.Dispose();

        Assert.StartsWith(
            "The transporter was disposed. Dispose it only after the last send: one transporter serves the whole application.",
            Assert.Throws<ObjectDisposedException>(
                () => transporter.Send(new Email(), TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_position_far_into_a_list_is_shown_with_what_stands_around_it()
    {
        var list = string.Join(", ", Enumerable.Range(1, 20).Select(i => $"person{i}@example.org")) + ", eve example.org";
        using var transporter = new SmtpTransporter(new ServerOptions { Host = "localhost", Port = 1 });
        var email = new Email { From = "me@example.com", To = list, Subject = "Hello", TextBody = "Hello" };

        var reason = transporter.Send(email, TestContext.Current.CancellationToken).Reason;

        Assert.Contains(": \"…rson20@example.org, eve example.org\", before \"eve example.org\".", reason, StringComparison.Ordinal);
    }
}
