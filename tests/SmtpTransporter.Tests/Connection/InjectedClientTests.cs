using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using Moq;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests as an application developer would: through the interface of MailKit, with a mock.</summary>
public sealed class InjectedClientTests
{
    private static readonly ServerOptions Options = new() { Host = "smtp.example.com", User = "me", Password = "secret-Pa55" };

    private readonly Mock<ISmtpClient> _client = new();

    private static Email NewEmail() => new() { From = "me@example.com", To = "you@example.com", Subject = "Hello", TextBody = "Hello" };

    private SendResult Send(Email? email = null)
    {
        using var transporter = new SmtpTransporter(Options, () => _client.Object);
        return transporter.Send(email ?? NewEmail());
    }

    private Moq.Language.Flow.ISetup<ISmtpClient, string> SetupSend() => _client.Setup(c => c.Send(
        It.IsAny<FormatOptions>(), It.IsAny<MimeMessage>(), It.IsAny<MailboxAddress>(), It.IsAny<IEnumerable<MailboxAddress>>(),
        It.IsAny<CancellationToken>(), It.IsAny<ITransferProgress>()));

    [Fact]
    public void A_loose_mock_is_enough_for_an_accepted_message()
    {
        var result = Send();

        Assert.True(result.Success);
        Assert.Equal(Outcome.Accepted, result.Outcome);
        _client.Verify(c => c.Connect("smtp.example.com", 587, SecureSocketOptions.StartTls, It.IsAny<CancellationToken>()), Times.Once);
        _client.Verify(c => c.Authenticate(It.IsAny<SaslMechanism>(), It.IsAny<CancellationToken>()), Times.Once);
        _client.Verify(c => c.Disconnect(true, It.IsAny<CancellationToken>()), Times.Once);
    }

    [Fact]
    public void The_result_contains_the_reply_of_the_server()
    {
        SetupSend().Returns("2.0.0 Ok: queued as 4F1C2A0B9D");

        var result = Send();

        Assert.Equal(250, result.Status);
        Assert.Equal("2.0.0 Ok: queued as 4F1C2A0B9D", result.StatusText);
        Assert.Equal(new EnhancedStatus(2, 0, 0), result.EnhancedStatus);
        Assert.Equal("4F1C2A0B9D", result.QueueId);
        Assert.Empty(result.Errors);
    }

    [Fact]
    public void A_refused_message_is_a_result_not_an_exception()
    {
        SetupSend().Throws(new SmtpCommandException(SmtpErrorCode.MessageNotAccepted, (SmtpStatusCode)554, "5.7.1 Spam"));

        var result = Send();

        Assert.Equal(Outcome.Refused, result.Outcome);
        Assert.Equal(554, result.Status);
        Assert.Equal("5.7.1 Spam", result.StatusText);
        Assert.Null(result.RetryEmail());
        Assert.Throws<SmtpTransporterException>(() => result.EnsureSuccess());
    }

    [Fact]
    public void A_deferred_email_can_be_sent_again_with_the_same_message_id()
    {
        SetupSend().Throws(new SmtpCommandException(SmtpErrorCode.MessageNotAccepted, (SmtpStatusCode)451, "4.3.0 Later"));

        var result = Send();

        Assert.Equal(Outcome.Deferred, result.Outcome);
        Assert.True(result.IsTransient);
        var retry = result.RetryEmail();
        Assert.NotNull(retry);
        Assert.Equal(result.MessageId, retry.MessageId);
        Assert.Equal("you@example.com", Assert.Single(retry.To).Email);
    }

    [Fact]
    public void Terminal_control_sequences_of_a_server_are_removed_from_errors()
    {
        SetupSend().Throws(
            new SmtpCommandException(SmtpErrorCode.UnexpectedStatusCode, (SmtpStatusCode)299, "\u001b[2JSent\r\nAll is well"));

        var result = Send();

        Assert.Equal(Outcome.NotSent, result.Outcome);
        Assert.NotEmpty(result.Errors);
        Assert.All(result.Errors, e => Assert.DoesNotContain(e.Message, char.IsControl));
    }

    [Fact]
    public void A_wrong_password_is_attempted_once_and_keeps_its_reply_code()
    {
        _client.Setup(c => c.Authenticate(It.IsAny<SaslMechanism>(), It.IsAny<CancellationToken>()))
            .Throws(new AuthenticationException("535: 5.7.8 Authentication failed"));

        var result = Send();

        Assert.Equal(535, result.Status);
        Assert.Equal(Outcome.NotSent, result.Outcome);
        Assert.Equal("auth", Assert.Single(result.Errors).ComponentSignature);
        _client.Verify(c => c.Authenticate(It.IsAny<SaslMechanism>(), It.IsAny<CancellationToken>()), Times.Once);
    }

    [Fact]
    public void A_connection_lost_before_the_end_of_the_message_means_NotSent()
    {
        SetupSend().Throws(new IOException("broken pipe"));

        var result = Send();

        Assert.Equal(Outcome.NotSent, result.Outcome);
        Assert.Equal(0, result.Status);
        Assert.Equal("Failed to send email", result.StatusText);
    }

    [Fact]
    public void A_connection_lost_after_the_end_of_the_message_means_Unknown()
    {
        SetupSend().Returns((
            FormatOptions _, MimeMessage _, MailboxAddress _, IEnumerable<MailboxAddress> _, CancellationToken _,
            ITransferProgress progress) =>
        {
            progress.Report(1000, 1000);
            throw new SmtpProtocolException("The SMTP server has unexpectedly disconnected.");
        });

        var result = Send();

        Assert.Equal(Outcome.Unknown, result.Outcome);
        Assert.False(result.IsTransient);
        Assert.Null(result.RetryEmail());
    }

    [Theory]
    [InlineData(421, "4.3.2 Closing", SmtpErrorCode.SenderNotAccepted)]
    [InlineData(503, "5.5.1 EHLO first", SmtpErrorCode.SenderNotAccepted)]
    [InlineData(451, "4.4.2 Timeout", SmtpErrorCode.SenderNotAccepted)]
    [InlineData(421, "4.7.0 Too many errors", SmtpErrorCode.RecipientNotAccepted)]
    [InlineData(0, "", SmtpErrorCode.UnexpectedStatusCode)]
    public void A_used_client_that_took_nothing_is_replaced_once(int code, string text, SmtpErrorCode error)
    {
        Exception failure = code == 0
            ? new SmtpProtocolException("The SMTP server has unexpectedly disconnected.")
            : new SmtpCommandException(error, (SmtpStatusCode)code, new MailboxAddress(null, "you@example.com"), text);
        var calls = 0;
        SetupSend().Returns(() => ++calls == 2 ? throw failure : "2.0.0 Ok");
        var clients = 0;
        using var transporter = new SmtpTransporter(Options, () =>
        {
            clients++;
            return _client.Object;
        });
        Assert.True(transporter.Send(NewEmail(), TestContext.Current.CancellationToken).Success);

        Assert.True(transporter.Send(NewEmail(), TestContext.Current.CancellationToken).Success);

        Assert.Equal((3, 2), (calls, clients));
    }

    [Fact]
    public void The_recipients_behind_a_refused_one_get_the_message()
    {
        var envelopes = new List<string>();
        SetupSend().Returns((
            FormatOptions _, MimeMessage _, MailboxAddress _, IEnumerable<MailboxAddress> recipients, CancellationToken _,
            ITransferProgress _) =>
        {
            envelopes.Add(string.Join(' ', recipients.Select(r => r.Address)));
            return recipients.FirstOrDefault(r => r.Address.StartsWith('b')) is { } bad
                ? throw new SmtpCommandException(SmtpErrorCode.RecipientNotAccepted, (SmtpStatusCode)550, bad, "5.1.1 Unknown")
                : "2.0.0 Ok";
        });
        var email = NewEmail();
        email.To = "ann@x.example, bob@x.example, ben@x.example, cid@x.example";

        var result = Send(email);

        Assert.Equal((Outcome.PartiallyAccepted, 550), (result.Outcome, result.Status));
        Assert.Equal(
            [RecipientState.Accepted, RecipientState.Refused, RecipientState.Refused, RecipientState.Accepted],
            result.Recipients.Select(r => r.State));
        Assert.Equal("ann@x.example cid@x.example", envelopes[^1]);
        Assert.Equal(3, envelopes.Count);
    }

    [Theory]
    [InlineData(452, "4.5.3 Too many recipients")]
    [InlineData(552, "Too many recipients")]
    [InlineData(421, "4.7.0 Too many recipients")]
    public void The_recipients_beyond_a_limit_of_the_server_get_the_message_in_further_transactions(int code, string text)
    {
        var envelopes = new List<string>();
        SetupSend().Returns((
            FormatOptions _, MimeMessage _, MailboxAddress _, IEnumerable<MailboxAddress> recipients, CancellationToken _,
            ITransferProgress _) =>
        {
            envelopes.Add(string.Join(' ', recipients.Select(r => r.Address[..1])));
            return recipients.ElementAtOrDefault(2) is { } third
                ? throw new SmtpCommandException(SmtpErrorCode.RecipientNotAccepted, (SmtpStatusCode)code, third, text)
                : "2.0.0 Ok";
        });
        var email = NewEmail();
        email.To = "a@x.example, b@x.example, c@x.example, d@x.example, e@x.example";

        var result = Send(email);

        Assert.Equal(Outcome.Accepted, result.Outcome);
        Assert.Equal(["a b c d e", "a b", "c d", "e"], envelopes);
    }

    [Fact]
    public void A_client_whose_server_does_not_know_NOOP_can_be_used()
    {
        _client.Setup(c => c.NoOp(It.IsAny<CancellationToken>()))
            .Throws(new SmtpCommandException(SmtpErrorCode.UnexpectedStatusCode, (SmtpStatusCode)500, "5.5.1 What?"));
        using var transporter = new SmtpTransporter(Options, () => _client.Object);

        var status = transporter.CheckConnection(TestContext.Current.CancellationToken);

        Assert.Equal((true, 500), (status.Success, status.Status));
        Assert.Single(status.Warnings);
    }

    [Theory]
    [InlineData("", "you@example.com", "From")]
    [InlineData("me@example.com", "", "To")]
    [InlineData("me@example.com", "you", "To: at position 0")]
    [InlineData("me@example.com", "a@example.com, b c@example.com", "To: at position 15")]
    public void An_invalid_email_opens_no_connection(string from, string to, string named)
    {
        var email = NewEmail();
        email.From = from;
        email.To = to;

        var result = Send(email);

        Assert.Equal(Outcome.NotSent, result.Outcome);
        var error = Assert.Single(result.Errors);
        Assert.Equal("mail", error.ComponentSignature);
        Assert.StartsWith(named, error.Message, StringComparison.Ordinal);
        _client.Verify(
            c => c.Connect(It.IsAny<string>(), It.IsAny<int>(), It.IsAny<SecureSocketOptions>(), It.IsAny<CancellationToken>()),
            Times.Never);
    }
}
