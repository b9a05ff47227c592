using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.TestingTests;

public sealed class FakeSmtpTransporterTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static Email NewEmail(string to = "ann@example.org", string subject = "Hello") =>
        new() { From = "me@example.com", To = to, Subject = subject, TextBody = "Hi" };

    [Fact]
    public async Task A_fake_without_rules_accepts_every_email()
    {
        using var fake = new FakeSmtpTransporter();

        var result = await fake.SendAsync(NewEmail("Ann <ann@example.org>, bob@example.net"), Cancellation);

        Assert.True(result.Success, string.Join("\n", result.Errors));
        Assert.Equal((Outcome.Accepted, 250, "FAKE"), (result.Outcome, result.Status, result.QueueId));
        Assert.Equal(["ann@example.org", "bob@example.net"], result.Recipients.Select(r => r.Address));
        Assert.EndsWith("@example.com", result.MessageId);
        Assert.True((await fake.CheckConnectionAsync(Cancellation)).Success);
    }

    [Fact]
    public void An_invalid_email_gets_the_result_of_the_real_transporter()
    {
        using var fake = new FakeSmtpTransporter();
        fake.On().Return(SendResult.Create(Outcome.Deferred, 451, "later"));

        var result = fake.Send(new Email { To = "ann@example.org" }, Cancellation);

        Assert.Equal(SmtpErrorCodes.MissingFrom, Assert.Single(result.Errors).ErrCode);
        Assert.Equal(Outcome.NotSent, fake.Sent.ShouldContainSingle().Result.Outcome);
    }

    [Fact]
    public void The_last_rule_that_matches_gives_the_result()
    {
        using var fake = new FakeSmtpTransporter();
        fake.On().Return(SendResult.Create(Outcome.Deferred, 451, "4.3.2 Later")).Times(2);
        fake.On(m => m.Email.Subject == "X").Return(_ => throw new OperationCanceledException());

        Assert.Equal(Outcome.Deferred, fake.Send(NewEmail(), Cancellation).Outcome);
        Assert.Throws<OperationCanceledException>(() => fake.Send(NewEmail(subject: "X"), Cancellation));
        Assert.Equal(Outcome.Deferred, fake.Send(NewEmail().ToMimeMessage(), Cancellation).Outcome);
        Assert.Equal(Outcome.Accepted, fake.Send(NewEmail(), Cancellation).Outcome);
    }

    [Fact]
    public async Task Results_of_SendMany_have_their_indexes()
    {
        using var fake = new FakeSmtpTransporter();
        var indexes = new List<long>();

        await foreach (var item in fake.SendManyAsync([NewEmail(), NewEmail("bob@example.net")], null, Cancellation))
            indexes.Add(item.Index);

        Assert.Equal([0L, 1L], indexes);
        Assert.Equal("bob@example.net", fake.Sent.ShouldContain(2)[1].To[0]);
    }

    [Fact]
    public async Task A_MIME_message_is_kept_with_its_Bcc_recipients()
    {
        using var fake = new FakeSmtpTransporter();
        var message = NewEmail().ToMimeMessage();
        message.Bcc.Add(new MimeKit.MailboxAddress("B", "bob@example.net"));

        await fake.SendAsync(message, Cancellation);

        Assert.Equal(["ann@example.org", "bob@example.net"], fake.Sent.ShouldContainSingle(m => m.Email.Subject == "Hello").To);
    }

    [Fact]
    public void A_failing_assertion_lists_the_emails_sent()
    {
        using var fake = new FakeSmtpTransporter();
        fake.Sent.ShouldBeEmpty();
        Assert.Contains("No email was sent.", Assert.Throws<SentEmailsException>(() => fake.Sent.ShouldContainSingle()).Message);
        fake.Send(NewEmail(), Cancellation);

        Action[] failing =
        [
            () => fake.Sent.ShouldBeEmpty(),
            () => fake.Sent.ShouldContain(2),
            () => fake.Sent.ShouldContainSingle(m => m.To.Count == 2),
        ];
        foreach (var fails in failing)
            Assert.Contains("[0] to ann@example.org: \"Hello\" (Accepted)", Assert.Throws<SentEmailsException>(fails).Message);
        fake.Sent.Clear();
        fake.Sent.ShouldBeEmpty();
    }

    [Fact]
    public void A_disposed_fake_and_a_canceled_token_throw()
    {
        var fake = new FakeSmtpTransporter();
        Assert.Throws<OperationCanceledException>(() => fake.Send(NewEmail(), new CancellationToken(true)));
        fake.Dispose();
        Assert.Throws<ObjectDisposedException>(() => fake.Send(NewEmail(), Cancellation));
    }

    [Fact]
    public async Task A_snapshot_is_the_same_every_time()
    {
        var email = NewEmail();
        email.HtmlBody = "<p>Hi</p>";
        email.Attachments.Add(MailAttachment.FromBytes([1, 2, 3], "a.bin"));
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        await transporter.SendAsync(email, Cancellation);

        var text = EmailSnapshot.Create(email);

        Assert.Equal(text, EmailSnapshot.Create(email));
        Assert.Equal(text, EmailSnapshot.Create(server.Messages[0]));
        Assert.StartsWith("""
            Date: Mon, 01 Jan 2001 00:00:00 +0000
            From: me@example.com
            To: ann@example.org
            Subject: Hello
            Message-ID: <1@example.com>
            MIME-Version: 1.0
            Content-Type: multipart/mixed; boundary="=-1"

            --=-1
            Content-Type: multipart/alternative; boundary="=-2"

            --=-2
            """.ReplaceLineEndings("\n"), text);
        email.MessageId = "own@example.com";
        email.SendAt = new DateTimeOffset(2020, 2, 2, 2, 2, 2, TimeSpan.Zero);
        Assert.Contains("<own@example.com>", EmailSnapshot.Create(email));
        Assert.Contains("Sun, 02 Feb 2020 02:02:02", EmailSnapshot.Create(email));
    }
}
