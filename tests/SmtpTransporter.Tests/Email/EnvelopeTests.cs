using MimeKit;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests that the envelope and the message are two things: who receives a message, and what it shows.</summary>
public sealed class EnvelopeTests : SocketTest
{
    private static Email NewLetter() => new()
    {
        From = "Me <me@example.com>",
        Sender = "office@example.com",
        ReplyTo = "answers@example.com",
        To = "Ann <ann@example.org>, bob@example.org",
        Cc = "cid@example.org",
        Bcc = "hidden@example.org",
        Subject = "Hello",
        TextBody = "Hello\r\n",
        Headers = { { "X-Campaign", "autumn" } },
    };

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_retry_is_the_same_message_to_fewer_recipients(bool async)
    {
        await using var server = SmtpTestServer.Start();
        server.Script.On(SmtpStep.RcptTo, "bob@").Times(1).Reply(450, "4.2.1 Mailbox busy");
        server.Script.On(SmtpStep.RcptTo, "hidden@").Times(1).Reply(450, "4.2.1 Mailbox busy");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var first = await SendAsync(transporter, async, NewLetter());
        var retry = first.RetryEmail()!;
        var second = await SendAsync(transporter, async, retry);

        Assert.Equal(Outcome.PartiallyAccepted, first.Outcome);
        AssertAccepted(second);
        Assert.Equal(["ann@example.org", "cid@example.org"], server.Messages[0].Recipients);
        Assert.Equal(["bob@example.org", "hidden@example.org"], server.Messages[1].Recipients);
        Assert.Equal("office@example.com", server.Messages[1].Sender);
        Assert.Equal(server.Messages[0].Raw.ToArray(), server.Messages[1].Raw.ToArray());
        Assert.Equal("\"Ann\" <ann@example.org>, bob@example.org", server.Messages[1].Message.To.ToString());
        Assert.Equal(first.MessageId, second.MessageId);
        Assert.Equal(["bob@example.org", "hidden@example.org"], second.Envelope!.Recipients);
        Assert.Null(second.RetryEmail());
    }

    [Fact]
    public async Task A_retry_of_a_retry_goes_to_those_that_are_left()
    {
        await using var server = SmtpTestServer.Start();
        server.Script.On(SmtpStep.RcptTo, "bob@").Times(2).Reply(450, "4.2.1 Mailbox busy");
        server.Script.On(SmtpStep.RcptTo, "cid@").Times(1).Reply(450, "4.2.1 Mailbox busy");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var first = await transporter.SendAsync(NewLetter(), Cancellation);
        var second = await transporter.SendAsync(first.RetryEmail()!, Cancellation);
        var third = await transporter.SendAsync(second.RetryEmail()!, Cancellation);

        AssertAccepted(third);
        Assert.Equal([2, 1, 1], server.Messages.Select(m => m.Recipients.Count));
        Assert.Equal(["bob@example.org"], server.Messages[2].Recipients);
        Assert.Equal(server.Messages[0].Raw.ToArray(), server.Messages[2].Raw.ToArray());
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task An_envelope_decides_who_receives_a_message_and_its_bounces(bool async)
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var email = NewLetter();
        email.ReturnPath = "other@example.com";
        email.Envelope = new()
        {
            Sender = "bounces+7@example.com",
            Recipients = ["Dan@BÜCHER.example", "eve@example.net", "EVE@example.net"],
        };

        var result = await SendAsync(transporter, async, email);

        AssertAccepted(result);
        var received = server.Messages[0];
        Assert.Equal("bounces+7@example.com", received.Sender);
        Assert.Equal(["Dan@xn--bcher-kva.example", "eve@example.net"], received.Recipients);
        Assert.Equal("cid@example.org", received.Message.Cc.ToString());
        Assert.DoesNotContain("hidden", received.Message.ToString(), StringComparison.Ordinal);
        Assert.Equal("bounces+7@example.com", result.Envelope!.Sender);
        Assert.Equal(["Dan@xn--bcher-kva.example", "eve@example.net"], result.Envelope.Recipients);
        Assert.Equal(["Dan@xn--bcher-kva.example", "eve@example.net"], result.Recipients.Select(r => r.Address));
    }

    [Theory]
    [InlineData(null, "other@example.com")]
    [InlineData("", "")]
    public async Task An_envelope_without_a_sender_uses_that_of_the_email(string? sender, string expected)
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var email = new Email
        {
            From = "me@example.com",
            ReturnPath = "other@example.com",
            TextBody = "No To and no Cc\r\n",
            Envelope = new() { Sender = sender, Recipients = ["ann@example.org"] },
        };

        var result = await transporter.SendAsync(email, Cancellation);

        AssertAccepted(result);
        Assert.Equal(expected, server.Messages[0].Sender);
        Assert.Equal(expected, result.Envelope!.Sender);
    }

    public static TheoryData<MailEnvelope, int, string> Wrong => new()
    {
        { new(), SmtpErrorCodes.MissingRecipient, "the envelope has no recipient" },
        { new() { Recipients = ["a@x, b@y"] }, SmtpErrorCodes.InvalidAddress, "the recipient \"a@x, b@y\" is not valid: at position 3" },
        { new() { Recipients = ["a@x", null!] }, SmtpErrorCodes.InvalidContent, "the list contains null" },
        { new() { Recipients = ["Ann <a@x>"] }, SmtpErrorCodes.InvalidAddress, "the recipient \"Ann <a@x>\" is not valid" },
        { new() { Sender = "me", Recipients = ["a@x"] }, SmtpErrorCodes.InvalidAddress, "the sender is not valid: at position 0" },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public async Task An_envelope_that_is_not_valid_is_an_error_before_anything_is_sent(MailEnvelope envelope, int code, string problem)
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var email = NewMail();
        email.Envelope = envelope;
        var mime = NewMail().ToMimeMessage();

        var result = await transporter.SendAsync(email, Cancellation);

        AssertNotSent(result, code, "mail");
        Assert.StartsWith($"Envelope: {problem}", result.Errors[^1].Message, StringComparison.Ordinal);
        Assert.Null(result.Envelope);
        Assert.Throws<InvalidEmailException>(() => StoredMessage.FromEmail(email));
        Assert.Throws<InvalidOperationException>(() => StoredMessage.FromMimeMessage(mime, envelope));
        Assert.Empty(server.Sessions);
    }

    [Fact]
    public void The_recipients_of_an_envelope_do_not_change_with_the_list_they_came_from()
    {
        var recipients = new List<string> { "a@x" };
        var envelope = new MailEnvelope { Recipients = recipients };
        recipients.Add("b@y");

        Assert.Equal("1 recipients", envelope.ToString());
        Assert.Throws<ArgumentNullException>(() => new MailEnvelope { Recipients = null! });
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("bounces@example.com")]
    public void An_envelope_is_kept_in_JSON_and_in_a_stored_message(string? sender)
    {
        var email = NewLetter();
        email.Envelope = new() { Sender = sender, Recipients = ["ann@example.org", "dan@example.net"] };

        var read = Email.FromJson(email.ToJson());
        var stored = StoredMessage.FromEmail(read);

        Assert.Equal(sender, read.Envelope!.Sender);
        Assert.Equal(["ann@example.org", "dan@example.net"], read.Envelope.Recipients);
        Assert.Equal("Ann <ann@example.org>, bob@example.org", read.To.ToString());
        Assert.Equal(sender ?? "office@example.com", stored.Sender);
        Assert.Equal(["ann@example.org", "dan@example.net"], stored.Recipients);
        Assert.Equal(email.ToJson(), read.ToJson());
    }

    [Theory]
    [InlineData("""{"envelope": {}}""")]
    [InlineData("""{"envelope": {"rcptTo": null}}""")]
    [InlineData("""{"envelope": {"rcptTo": [null]}}""")]
    [InlineData("""{"envelope": {"rcptTo": [{"email": null}]}}""")]
    [InlineData("""{"envelope": {"rcptTo": [], "mailFrom": {"email": null}}}""")]
    [InlineData("""{"envelope": {"rcptTo": [], "unknown": 1}}""")]
    public void An_envelope_in_JSON_that_is_not_one_is_refused(string json) =>
        Assert.Throws<FormatException>(() => Email.FromJson(json));

    [Fact]
    public void The_emails_of_a_merge_have_envelopes_of_their_own()
    {
        var template = NewLetter();
        template.Envelope = new() { Recipients = ["nobody@example.com"] };

        var emails = template.Merge(
            ["ann", "bob"],
            (email, name) =>
            {
                Assert.Null(email.Envelope);
                email.Envelope = new() { Sender = $"bounces+{name}@example.com", Recipients = [$"{name}@example.org"] };
            }).ToList();

        Assert.Equal(["bounces+ann@example.com", "bounces+bob@example.com"], emails.Select(e => StoredMessage.FromEmail(e).Sender));
    }

    [Fact]
    public async Task A_local_part_that_is_not_ASCII_in_the_envelope_requires_SMTPUTF8()
    {
        await using var server = SmtpTestServer.Start(new() { SmtpUtf8 = false });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var email = NewMail();
        email.Envelope = new() { Recipients = ["änn@example.org"] };

        var result = await transporter.SendAsync(email, Cancellation);

        AssertNotSent(result, SmtpErrorCodes.SmtpUtf8Required, "mail");
        Assert.Contains("Envelope", result.Errors[^1].Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Resent_fields_are_the_envelope_of_a_MIME_message(bool async)
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var message = NewMessage();
        message.ResentFrom.Add(new MailboxAddress("Cid", "cid@example.com"));
        message.ResentTo.Add(new MailboxAddress("Dan", "dan@example.net"));
        message.ResentCc.Add(new MailboxAddress("Eve", "eve@example.net"));
        message.ResentBcc.Add(new MailboxAddress("Fay", "fay@example.net"));

        var result = async ? await transporter.SendAsync(message, Cancellation) : transporter.Send(message, Cancellation);

        AssertAccepted(result);
        var received = server.Messages[0];
        Assert.Equal("cid@example.com", received.Sender);
        Assert.Equal(["dan@example.net", "eve@example.net", "fay@example.net"], received.Recipients);
        Assert.Equal("\"Ann\" <ann@example.org>", received.Message.To.ToString());
        Assert.Equal("\"Dan\" <dan@example.net>", received.Message.ResentTo.ToString());
        Assert.Empty(received.Message.ResentBcc);
        Assert.Empty(received.Message.Bcc);
    }

    [Fact]
    public async Task The_most_recent_set_of_resent_fields_counts()
    {
        const string Mime = """
            Resent-Date: Wed, 04 Feb 2026 10:00:00 +0000
            Resent-From: Eve <eve@example.com>, gus@example.com
            Resent-Sender: office@example.com
            Resent-Cc: Friends: fay@example.net, hal@example.net;
            Received: from a by b; Tue, 03 Feb 2026 10:00:00 +0000
            Resent-Bcc: secret@example.com
            Resent-From: Cid <cid@example.com>
            Resent-To: dan@example.com
            From: Me <me@example.com>
            To: ann@example.org
            Subject: Hello

            Hello
            """;
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await transporter.SendAsync(Load(Mime), Cancellation);

        AssertAccepted(result);
        Assert.Equal("office@example.com", server.Messages[0].Sender);
        Assert.Equal(["fay@example.net", "hal@example.net"], server.Messages[0].Recipients);
        Assert.DoesNotContain("secret", System.Text.Encoding.UTF8.GetString(server.Messages[0].Raw.Span), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Resent-From: cid@example.com", SmtpErrorCodes.MissingRecipient, "Resent-To")]
    [InlineData("Resent-To: dan@example.com", SmtpErrorCodes.MissingFrom, "Resent-From")]
    [InlineData("Resent-From: cid@example.com\r\nResent-To: root", SmtpErrorCodes.InvalidAddress, "Resent-To")]
    public async Task Resent_fields_without_a_valid_envelope_are_an_error_and_the_old_recipients_get_nothing(
        string fields, int code, string property)
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await transporter.SendAsync(
            Load(fields + "\r\nFrom: me@example.com\r\nTo: ann@example.org\r\n\r\nHello\r\n"), Cancellation);

        AssertNotSent(result, code, "mail");
        Assert.StartsWith(property, result.Errors[^1].Message, StringComparison.Ordinal);
        Assert.Empty(server.Sessions);
    }

    [Fact]
    public async Task Resent_dates_alone_do_not_change_the_envelope()
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var message = NewMessage();
        message.ResentDate = DateTimeOffset.UnixEpoch;

        AssertAccepted(await transporter.SendAsync(message, Cancellation));

        Assert.Equal(["ann@example.org", "hidden@example.org"], server.Messages[0].Recipients);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_MIME_message_can_be_sent_again_to_the_rest_of_its_recipients(bool async)
    {
        await using var server = SmtpTestServer.Start();
        server.Script.On(SmtpStep.RcptTo, "hidden@").Times(1).Reply(450, "4.2.1 Mailbox busy");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var message = NewMessage();

        var first = await transporter.SendAsync(message, Cancellation);
        var rest = StoredMessage.FromMimeMessage(message, new() { Recipients = first.RetryRecipients });
        var second = async ? await transporter.SendAsync(rest, Cancellation) : transporter.Send(rest, Cancellation);

        AssertAccepted(second);
        Assert.Equal(["hidden@example.org"], server.Messages[1].Recipients);
        Assert.Equal("me@example.com", server.Messages[1].Sender);
        Assert.Equal(server.Messages[0].Raw.ToArray(), server.Messages[1].Raw.ToArray());
        Assert.Equal(message.MessageId, second.MessageId);
        Assert.Throws<ArgumentNullException>(() => StoredMessage.FromMimeMessage(null!));
    }

    [Fact]
    public async Task The_envelope_of_a_result_is_the_one_that_the_server_got()
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(
            server.ToServerOptions() with { AllowedRecipients = ["example.org"], RedirectAllTo = "dev@example.com" });

        var result = await transporter.SendAsync(NewMail("ann@example.org, bob@example.net"), Cancellation);

        Assert.Equal(["dev@example.com"], result.Envelope!.Recipients);
        Assert.Equal(server.Messages[0].Recipients, result.Envelope.Recipients);
        Assert.Equal("me@example.com", result.Envelope.Sender);
        Assert.Null(SendResult.Create(Outcome.Accepted, 250, "Ok", [new("a@x", RecipientState.Accepted, 250)]).Envelope);
    }

    private static MimeMessage NewMessage()
    {
        var message = new MimeMessage { Subject = "Hello", Body = new TextPart("plain") { Text = "Hello\r\n" } };
        message.From.Add(new MailboxAddress("Me", "me@example.com"));
        message.To.Add(new MailboxAddress("Ann", "ann@example.org"));
        message.Bcc.Add(new MailboxAddress("Hidden", "hidden@example.org"));
        return message;
    }

    private static MimeMessage Load(string mime)
    {
        using var stream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(mime.ReplaceLineEndings("\r\n")));
        return MimeMessage.Load(stream);
    }
}
