using MimeKit;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

public sealed class SendingTests : SocketTest
{
    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task An_email_arrives_as_intended_and_the_result_says_so(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var email = new Email
        {
            From = "Jörg <joerg@example.com>",
            To = "Ann <ann@example.org>; bob@example.org",
            Cc = "cid@example.org",
            Bcc = "dora@example.org",
            Subject = "Grüße, 日本語",
            TextBody = "Grüße\n.\n..two dots\nFrom here\n",
            HtmlBody = "<p>Grüße</p>",
            Attachments = { MailAttachment.FromBytes([0, 1, 2, 13, 10, 46, 255], "data.bin") },
        };

        var result = await SendAsync(transporter, async, email);

        AssertAccepted(result);
        var received = Assert.Single(server.Messages);
        Assert.True(received.IsSecure);
        Assert.Equal(User, received.AuthenticatedUser);
        Assert.Equal("joerg@example.com", received.Sender);
        Assert.Equal(["ann@example.org", "bob@example.org", "cid@example.org", "dora@example.org"], received.Recipients);
        Assert.Equal("Grüße, 日本語", received.Message.Subject);
        Assert.Equal("Grüße\r\n.\r\n..two dots\r\nFrom here\r\n", Text(received));
        Assert.Equal("<p>Grüße</p>", received.Message.HtmlBody?.TrimEnd());
        Assert.Empty(received.Message.Bcc);
        var attachment = Assert.IsType<MimePart>(Assert.Single(received.Message.Attachments));
        using var content = new MemoryStream();
        await attachment.Content!.DecodeToAsync(content, Cancellation);
        Assert.Equal([0, 1, 2, 13, 10, 46, 255], content.ToArray());
        Assert.Equal(received.Message.MessageId, result.MessageId);
        Assert.EndsWith("@example.com", result.MessageId, StringComparison.Ordinal);
        Assert.Equal(received.QueueId, result.QueueId);
        Assert.Equal(new EnhancedStatus(2, 0, 0), result.EnhancedStatus);
        Assert.Equal(received.Recipients, result.Recipients.Select(r => r.Address));
        Assert.All(result.Recipients, r => Assert.Equal((RecipientState.Accepted, 250), (r.State, r.Status)));
    }

    [Theory]
    [InlineData(SmtpTestTlsMode.None, false)]
    [InlineData(SmtpTestTlsMode.None, true)]
    [InlineData(SmtpTestTlsMode.Implicit, false)]
    [InlineData(SmtpTestTlsMode.Implicit, true)]
    public async Task An_email_arrives_over_every_kind_of_connection(SmtpTestTlsMode tls, bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = tls });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        AssertAccepted(await SendAsync(transporter, async));

        Assert.Equal(tls != SmtpTestTlsMode.None, Assert.Single(server.Messages).IsSecure);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_server_without_any_extension_gets_the_message(bool async)
    {
        await using var server = SmtpTestServer.Start(new()
        {
            Tls = SmtpTestTlsMode.None,
            Pipelining = false,
            EightBitMime = false,
            SmtpUtf8 = false,
            Chunking = false,
            Dsn = false,
            EnhancedStatusCodes = false,
            SizeLimit = null,
        });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        AssertAccepted(await SendAsync(transporter, async, NewMail("ann@example.org, bob@example.org")));

        Assert.Empty(server.Messages[0].SenderParameters);
        Assert.Equal(2, server.Messages[0].Recipients.Count);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_mime_message_is_sent_to_its_recipients_without_its_bcc(bool async)
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var message = new MimeMessage { Subject = "Hello", Body = new TextPart("plain") { Text = "Hello" } };
        message.From.Add(new MailboxAddress("Me", "me@example.com"));
        message.To.Add(new MailboxAddress("Ann", "ann@example.org"));
        message.Bcc.Add(new MailboxAddress("Bob", "bob@example.org"));

        var result = async ? await transporter.SendAsync(message, Cancellation) : transporter.Send(message, Cancellation);

        AssertAccepted(result);
        Assert.Equal(["ann@example.org", "bob@example.org"], server.Messages[0].Recipients);
        Assert.Empty(server.Messages[0].Message.Bcc);
        Assert.Equal("Bob", ((MailboxAddress)message.Bcc[0]).Name);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task An_email_is_sent_as_it_was_at_the_call(bool async)
    {
        await using var server = SmtpTestServer.Start();
        var gate = new TaskCompletionSource();
        var rule = server.Script.On(SmtpStep.Connect).WaitFor(gate.Task);
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var email = NewMail();

        var sending = SendAsync(transporter, async, email);
        await rule.Reached;
        email.To = "eve@example.org";
        email.TextBody = "changed";
        gate.SetResult();

        AssertAccepted(await sending);
        Assert.Equal(["ann@example.org"], server.Messages[0].Recipients);
        Assert.Equal("Hello Ann\r\n", Text(server.Messages[0]));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_faulty_email_opens_no_connection(bool async)
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        AssertNotSent(await SendAsync(transporter, async, new Email { To = "ann@example.org" }), SmtpErrorCodes.MissingFrom, "mail");
        AssertNotSent(await SendAsync(transporter, async, new Email { From = "me@example.com" }), SmtpErrorCodes.MissingRecipient, "mail");
        AssertNotSent(await SendAsync(transporter, async, NewMail("ann@example.org, bob")), SmtpErrorCodes.InvalidAddress, "mail");
        var email = NewMail();
        email.Attachments.Add(MailAttachment.FromFile("/nowhere/report.pdf"));
        var missing = await SendAsync(transporter, async, email);
        AssertNotSent(missing, SmtpErrorCodes.AttachmentUnreadable, "mail");

        Assert.Contains("/nowhere/report.pdf", missing.Errors[^1].Message, StringComparison.Ordinal);
        Assert.Empty(server.Sessions);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_message_larger_than_the_servers_limit_is_not_started(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { SizeLimit = 1000 });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var email = NewMail();
        email.TextBody = new string('x', 5000);

        AssertNotSent(await SendAsync(transporter, async, email), SmtpErrorCodes.MessageTooLarge, "mail");

        Assert.DoesNotContain("MAIL", Verbs(server.Sessions[0]));
        AssertAccepted(await SendAsync(transporter, async));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task An_address_that_needs_SMTPUTF8_uses_it_or_fails_before_MAIL(bool async)
    {
        await using var modern = SmtpTestServer.Start();
        await using var old = SmtpTestServer.Start(new() { SmtpUtf8 = false });
        await using var toModern = new SmtpTransporter(modern.ToServerOptions());
        await using var toOld = new SmtpTransporter(old.ToServerOptions());

        AssertAccepted(await SendAsync(toModern, async, NewMail("jörg@müller.example")));
        AssertNotSent(await SendAsync(toOld, async, NewMail("jörg@müller.example")), SmtpErrorCodes.SmtpUtf8Required, "mail");
        AssertAccepted(await SendAsync(toOld, async, NewMail("joerg@müller.example")));
        // Punycode does not need the extension, and the next email, which needs it, has it.
        AssertAccepted(await SendAsync(toModern, async, NewMail("joerg@müller.example")));
        AssertAccepted(await SendAsync(toModern, async, NewMail("jörg@müller.example")));
        Assert.Equal("joerg@xn--mller-kva.example", modern.Messages[1].Recipients[0]);
        Assert.False(modern.Messages[1].SenderParameters.ContainsKey("SMTPUTF8"));
        Assert.True(modern.Messages[2].SenderParameters.ContainsKey("SMTPUTF8"));

        Assert.True(modern.Messages[0].SenderParameters.ContainsKey("SMTPUTF8"));
        Assert.StartsWith("jörg@", modern.Messages[0].Recipients[0], StringComparison.Ordinal);
        Assert.Equal(["joerg@xn--mller-kva.example"], Assert.Single(old.Messages).Recipients);
    }

    [Fact]
    public async Task Invalid_arguments_and_a_disposed_transporter_throw()
    {
        await using var server = SmtpTestServer.Start();
        var transporter = new SmtpTransporter(server.ToServerOptions());

        Assert.Throws<ArgumentNullException>(() => transporter.Send((Email)null!, Cancellation));
        await Assert.ThrowsAsync<ArgumentNullException>(() => transporter.SendAsync((MimeMessage)null!, Cancellation));
        await transporter.DisposeAsync();
        await transporter.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => transporter.Send(NewMail(), Cancellation));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => transporter.SendAsync(NewMail(), Cancellation));
        Assert.Throws<ObjectDisposedException>(() => transporter.CheckConnection(Cancellation));
    }
}
