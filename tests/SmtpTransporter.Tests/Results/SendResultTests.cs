using Xunit;

namespace SmtpTransport.Tests;

/// <summary>What a caller reads from a result, and the results that a test makes for a fake.</summary>
public sealed class SendResultTests
{
    [Theory]
    [InlineData(Outcome.Accepted, 200, 299)]
    [InlineData(Outcome.PartiallyAccepted, 400, 599)]
    [InlineData(Outcome.Deferred, 400, 499)]
    [InlineData(Outcome.Refused, 500, 599)]
    [InlineData(Outcome.NotSent, 400, 599)]
    [InlineData(Outcome.NotSent, 0, 0)]
    [InlineData(Outcome.Unknown, 0, 0)]
    public void Each_outcome_has_its_class_of_replies(Outcome outcome, int first, int last)
    {
        Assert.Equal((outcome, first), (SendResult.Create(outcome, first, "").Outcome, SendResult.Create(outcome, first, "").Status));
        Assert.Equal(last, SendResult.Create(outcome, last, "").Status);
        var below = Assert.Throws<ArgumentException>("status", () => SendResult.Create(outcome, first - 1, ""));
        Assert.Contains($"{first - 1}", below.Message, StringComparison.Ordinal);
        var above = Assert.Throws<ArgumentException>("status", () => SendResult.Create(outcome, last + 1, ""));
        Assert.Contains($"{outcome}", above.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Outcome.Accepted, 250, false)]
    [InlineData(Outcome.Refused, 550, false)]
    [InlineData(Outcome.Deferred, 450, true)]
    [InlineData(Outcome.NotSent, 0, true)]
    [InlineData(Outcome.NotSent, 421, true)]
    [InlineData(Outcome.NotSent, 500, false)]
    [InlineData(Outcome.Unknown, 0, false)]
    public void IsTransient_follows_from_the_outcome_and_the_status(Outcome outcome, int status, bool transient) =>
        Assert.Equal(transient, SendResult.Create(outcome, status, "").IsTransient);

    [Theory]
    [InlineData(SmtpErrorCodes.ConnectFailed, true)]
    [InlineData(SmtpErrorCodes.TlsTimeout, true)]
    [InlineData(SmtpErrorCodes.RateLimited, true)]
    [InlineData(SmtpErrorCodes.NoFreeConnection, true)]
    [InlineData(SmtpErrorCodes.TokenUnavailable, true)]
    [InlineData(SmtpErrorCodes.RateLimitExceedsCapacity, false)]
    [InlineData(SmtpErrorCodes.InvalidAddress, false)]
    [InlineData(SmtpErrorCodes.CertificateNotTrusted, false)]
    [InlineData(SmtpErrorCodes.AuthenticationFailed, false)]
    [InlineData(SmtpErrorCodes.Unexpected, false)]
    public void Without_a_reply_IsTransient_follows_from_the_last_error(int code, bool transient)
    {
        SmtpError[] errors = [new(SmtpErrorCodes.Unexpected, "Inner", "smtp"), new(code, "Outer", "smtp")];

        Assert.Equal(transient, SendResult.Create(Outcome.NotSent, 0, "", errors: errors).IsTransient);
        Assert.Equal(transient, ConnectionStatus.Create(0, "Outer", errors).IsTransient);
    }

    [Theory]
    [InlineData(250, false)]
    [InlineData(421, true)]
    [InlineData(535, false)]
    public void IsTransient_of_a_check_follows_from_the_reply(int status, bool transient) =>
        Assert.Equal(transient, ConnectionStatus.Create(status, "").IsTransient);

    [Fact]
    public void A_deferred_recipient_makes_a_partial_acceptance_transient()
    {
        RecipientResult[] recipients = [new("a@x", RecipientState.Accepted, 250), new("b@x", RecipientState.Deferred, 450)];

        Assert.True(SendResult.Create(Outcome.PartiallyAccepted, 450, "", recipients).IsTransient);
        Assert.False(SendResult.Create(Outcome.PartiallyAccepted, 550, "", [new("b@x", RecipientState.Refused, 550)]).IsTransient);
    }

    [Fact]
    public void The_reason_of_a_success_is_empty()
    {
        Assert.Equal("", SendResult.Create(Outcome.Accepted, 250, "2.0.0 Ok").Reason);
        Assert.Equal("Accepted 250 2.0.0 Ok", SendResult.Create(Outcome.Accepted, 250, "2.0.0 Ok").ToString());
        Assert.Equal("", ConnectionStatus.Create(250, "2.0.0 Ok").Reason);
        Assert.Equal("Ok 250 2.0.0 Ok", ConnectionStatus.Create(250, "2.0.0 Ok").ToString());
    }

    [Fact]
    public void The_reason_of_a_refusal_is_the_reply()
    {
        Assert.Equal("5.7.1 Spam", SendResult.Create(Outcome.Refused, 550, "5.7.1 Spam").Reason);
        Assert.Equal("The server replied 550 without a text.", SendResult.Create(Outcome.Refused, 550, "").Reason);
        Assert.Equal("5.7.8 Wrong password", ConnectionStatus.Create(535, "5.7.8 Wrong password", [new(5001, "Inner", "auth")]).Reason);
        Assert.Equal(
            "Failed 535 5.7.8 Wrong password. Check User and Password. Many services require an app password or an API key here, or "
            + "OAuth 2. [general.login-refused]", ConnectionStatus.Create(535, "5.7.8 Wrong password").ToString());
    }

    [Fact]
    public void The_reason_of_a_local_failure_is_the_last_error()
    {
        SmtpError[] errors =
        [
            new(SmtpErrorCodes.ConnectFailed, "Inner", "tcp"), new(SmtpErrorCodes.ConnectFailed, "Nobody listens.", "tcp"),
        ];

        var result = SendResult.Create(Outcome.NotSent, 0, SendResult.FailedText, errors: errors);

        Assert.Equal("Nobody listens.", result.Reason);
        Assert.StartsWith("NotSent: Nobody listens. Check Host and Port", result.ToString(), StringComparison.Ordinal);
        Assert.EndsWith(" [own.connect-failed]", result.ToString(), StringComparison.Ordinal);
        Assert.Equal("Nobody listens.", ConnectionStatus.Create(0, "", errors).Reason);
        Assert.Equal(
            result.ToString()["NotSent".Length..], ConnectionStatus.Create(0, "", errors).ToString()["Failed".Length..]);
        Assert.Equal(SendResult.FailedText, SendResult.Create(Outcome.NotSent, 0, SendResult.FailedText).Reason);
        Assert.Equal("The cause is not known.", SendResult.Create(Outcome.NotSent, 0, "").Reason);
    }

    [Fact]
    public void The_reason_of_a_partial_acceptance_names_the_refused_and_ToString_says_what_to_do()
    {
        RecipientResult[] recipients =
        [
            new("a@x", RecipientState.Accepted, 250),
            new("b@x", RecipientState.Refused, 550, null, "5.1.1 No such user"),
            new("c@x", RecipientState.Deferred, 450),
        ];

        var result = SendResult.Create(Outcome.PartiallyAccepted, 550, "5.1.1 No such user", recipients);

        Assert.Equal("The server refused 2 of 3 recipients: b@x (550 5.1.1 No such user), c@x (450).", result.Reason);
        Assert.Equal(
            $"PartiallyAccepted: {result.Reason} Check the address for typing errors, and remove it from your list. "
            + "[general.no-such-user]", result.ToString());
        Assert.Equal("5.1.1 No such user", SendResult.Create(Outcome.PartiallyAccepted, 550, "5.1.1 No such user").Reason);
    }

    [Fact]
    public void The_reason_of_many_refusals_names_three()
    {
        var recipients = Enumerable.Range(1, 5).Select(i => new RecipientResult($"{i}@x", RecipientState.Refused, 550, null, "No"));

        var result = SendResult.Create(Outcome.PartiallyAccepted, 550, "No", recipients.Append(new("a@x", RecipientState.Accepted, 250)));

        Assert.Equal("The server refused 5 of 6 recipients: 1@x (550 No), 2@x (550 No), 3@x (550 No) and 2 more.", result.Reason);
    }

    [Fact]
    public void The_reason_of_an_unknown_outcome_says_that_the_message_may_have_been_delivered()
    {
        SmtpError[] errors = [new(SmtpErrorCodes.ReplyTimeout, "The server did not reply in time.", "smtp")];

        Assert.Equal(
            "The message may have been delivered: The server did not reply in time.",
            SendResult.Create(Outcome.Unknown, 0, SendResult.FailedText, errors: errors).Reason);
        Assert.StartsWith(
            "Unknown: The message may have been delivered: the server did not reply to it. Do not send it a second time before "
            + "you know: ",
            SendResult.Create(Outcome.Unknown, 0, SendResult.FailedText).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_created_result_has_the_given_parts()
    {
        RecipientResult[] recipients = [new("a@x", RecipientState.Refused, 550)];
        SmtpError[] errors = [new(5001, "Wrong password", "auth")];

        var result = SendResult.Create(Outcome.Refused, 550, "5.1.1 No such user", recipients, errors);

        Assert.Equal(recipients, result.Recipients);
        Assert.Equal(errors, result.Errors);
        Assert.Equal("5.1.1 No such user", result.StatusText);
        Assert.Equal(new EnhancedStatus(5, 1, 1), result.EnhancedStatus);
        Assert.Empty(result.MessageId);
        Assert.Throws<ArgumentNullException>("statusText", () => SendResult.Create(Outcome.Accepted, 250, null!));
    }

    [Fact]
    public void Only_an_accepted_message_has_a_queue_id()
    {
        const string text = "2.0.0 Ok: queued as 4F1C2A0B9D";

        Assert.Equal("4F1C2A0B9D", SendResult.Create(Outcome.Accepted, 250, text).QueueId);
        Assert.Equal("4F1C2A0B9D", SendResult.Create(Outcome.PartiallyAccepted, 550, text).QueueId);
        Assert.Null(SendResult.Create(Outcome.Refused, 550, text).QueueId);
        Assert.Null(SendResult.Create(Outcome.Unknown, 0, text).QueueId);
    }

    [Fact]
    public void A_failure_without_a_reply_has_no_enhanced_status() =>
        Assert.Null(SendResult.Create(Outcome.NotSent, 0, "5.1.1 Not a reply").EnhancedStatus);

    [Fact]
    public void RetryEmail_of_a_MIME_message_says_what_to_do()
    {
        var mime = SendResult.Create(Outcome.Deferred, 450, "", [new("a@x", RecipientState.Deferred, 450)]);

        Assert.Contains("RetryRecipients", Assert.Throws<InvalidOperationException>(mime.RetryEmail).Message, StringComparison.Ordinal);
        Assert.Null(SendResult.Create(Outcome.Refused, 550, "", [new("a@x", RecipientState.Refused, 550)]).RetryEmail());
    }

    [Fact]
    public void A_secret_that_a_server_sent_back_is_redacted_and_nothing_else_changes()
    {
        var secrets = new SecretRedactor([new ServerOptions { Host = "x", Password = "secret-Pa55" }]);
        var result = new SendResult(Outcome.NotSent, 454, "4.7.8 Not secret-Pa55")
        {
            Errors = [new(5001, "Not secret-Pa55", "auth")],
            Recipients = [new("a@x", RecipientState.NotTried, 0, null, "secret-Pa55")],
            MessageId = "1@x",
            Elapsed = TimeSpan.FromSeconds(3),
            Warnings = [new(9001, "The disk is full", "log")],
            FinalReply = "Ok",
            Sent = new Email { To = "a@x" },
        };

        var shown = secrets.Redact(result);

        Assert.Equal("NotSent 454 4.7.8 Not ***", shown.ToString());
        Assert.Equal([new SmtpError(5001, "Not ***", "auth")], shown.Errors);
        Assert.Equal([new RecipientResult("a@x", RecipientState.NotTried, 0, null, "***")], shown.Recipients);
        Assert.Equal(("1@x", true, TimeSpan.FromSeconds(3)), (shown.MessageId, shown.IsTransient, shown.Elapsed));
        Assert.Equal((result.Warnings, "Ok", result.Sent), (shown.Warnings, shown.FinalReply, shown.Sent));
    }
}
