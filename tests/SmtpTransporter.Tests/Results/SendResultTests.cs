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
        Assert.Contains($"{first - 1}", Assert.Throws<ArgumentException>("status", () => SendResult.Create(outcome, first - 1, "")).Message, StringComparison.Ordinal);
        Assert.Contains($"{outcome}", Assert.Throws<ArgumentException>("status", () => SendResult.Create(outcome, last + 1, "")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Outcome.Accepted, 250, false)]
    [InlineData(Outcome.Refused, 550, false)]
    [InlineData(Outcome.Deferred, 450, true)]
    [InlineData(Outcome.NotSent, 0, true)]
    [InlineData(Outcome.NotSent, 421, true)]
    [InlineData(Outcome.NotSent, 500, false)]
    [InlineData(Outcome.Unknown, 0, false)]
    public void What_may_pass_later_follows_from_the_outcome(Outcome outcome, int status, bool transient) =>
        Assert.Equal(transient, SendResult.Create(outcome, status, "").IsTransient);

    [Fact]
    public void A_made_result_has_what_it_was_given()
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
    public void Only_an_accepted_mail_has_a_queue_id()
    {
        const string text = "2.0.0 Ok: queued as 4F1C2A0B9D";

        Assert.Equal("4F1C2A0B9D", SendResult.Create(Outcome.Accepted, 250, text).QueueId);
        Assert.Equal("4F1C2A0B9D", SendResult.Create(Outcome.PartiallyAccepted, 550, text).QueueId);
        Assert.Null(SendResult.Create(Outcome.Refused, 550, text).QueueId);
        Assert.Null(SendResult.Create(Outcome.Unknown, 0, text).QueueId);
    }

    [Fact]
    public void A_failure_without_a_reply_has_no_enhanced_status() =>
        Assert.Null(SendResult.Create(Outcome.NotSent, 0, "5.1.1 Not the server's words").EnhancedStatus);

    [Fact]
    public void A_retry_of_what_was_no_email_says_what_to_do()
    {
        var mime = SendResult.Create(Outcome.Deferred, 450, "", [new("a@x", RecipientState.Deferred, 450)]);

        Assert.Contains("RetryRecipients", Assert.Throws<InvalidOperationException>(mime.RetryEmail).Message, StringComparison.Ordinal);
        Assert.Null(SendResult.Create(Outcome.Refused, 550, "", [new("a@x", RecipientState.Refused, 550)]).RetryEmail());
    }

    [Fact]
    public void A_secret_that_a_server_gave_back_is_hidden_and_nothing_else_is_changed()
    {
        var secrets = new SecretRedactor([new ServerOptions { Host = "x", Password = "secret-Pa55" }]);
        var result = new SendResult(Outcome.NotSent, 535, "5.7.8 Not secret-Pa55")
        {
            Errors = [new(5001, "Not secret-Pa55", "auth")],
            Recipients = [new("a@x", RecipientState.NotTried, 0, null, "secret-Pa55")],
            MessageId = "1@x",
            IsTransient = true,
            Elapsed = TimeSpan.FromSeconds(3),
            Warnings = [new(9001, "The disk is full", "log")],
            FinalReply = "Ok",
            Sent = new Email { To = "a@x" },
        };

        var shown = result.Without(secrets);

        Assert.Equal("NotSent 535 5.7.8 Not ***", shown.ToString());
        Assert.Equal([new SmtpError(5001, "Not ***", "auth")], shown.Errors);
        Assert.Equal([new RecipientResult("a@x", RecipientState.NotTried, 0, null, "***")], shown.Recipients);
        Assert.Equal(("1@x", true, TimeSpan.FromSeconds(3)), (shown.MessageId, shown.IsTransient, shown.Elapsed));
        Assert.Equal((result.Warnings, "Ok", result.Sent), (shown.Warnings, shown.FinalReply, shown.Sent));
    }
}
