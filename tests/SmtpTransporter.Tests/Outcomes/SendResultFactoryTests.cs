using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests how the replies and the failure of a transaction become a result: one outcome, and a state for each recipient.</summary>
public sealed class SendResultFactoryTests : IDisposable
{
    private static readonly SmtpError Lost = new(SmtpErrorCodes.ConnectionLost, "The connection was lost", "tcp");
    private static readonly SmtpError Warning = new(SmtpErrorCodes.LogWriteFailed, "The disk is full", "log");

    private readonly OutgoingMessage _mail = MessageBuilder.Build(
        new Email { From = "me@x", To = "ann@x, bob@x", MessageId = "1@x" }, new MimeWriteOptions(MailMode.Utf8, MailMode.Utf8),
        TimeProvider.System);

    public void Dispose() => _mail.Dispose();

    /// <summary>Creates a transaction with these replies to RCPT.</summary>
    private TransactionResult New(Reply? ann = null, Reply? bob = null)
    {
        var transaction = new TransactionResult(_mail.Envelope.Recipients);
        if (ann is not null)
            transaction.Answer(0, ann);
        if (bob is not null)
            transaction.Answer(1, bob);
        return transaction;
    }

    private static Reply Ok { get; } = new(250, "2.1.5 Ok");

    private static Failure Refusal(int code, string text = "5.7.1 No") => new(new Reply(code, text), [], code < 500);

    private static Failure Loss(bool transient = true) => new(null, [Lost], transient);

    /// <summary>Creates the result of a transaction that ended with the reply, the refusal or the failure.</summary>
    private SendResult Make(TransactionResult? transaction, Failure? failure, string reply = "")
    {
        if (failure is null)
            transaction?.End(new Reply(250, reply));
        else if (failure.Reply is not null)
            transaction?.End(failure.Reply);
        else
            transaction?.Fail(new IOException("lost"));
        return SendResultFactory.Create(
            _mail, transaction is null ? null : Record(transaction), failure, null, default, TimeSpan.FromSeconds(3), [Warning]);
    }

    private DeliveryRecord Record(TransactionResult transaction)
    {
        var record = new DeliveryRecord(_mail.Envelope);
        record.Add(transaction, null, decides: false);
        return record;
    }

    private static (RecipientState State, int Status, string Text)[] Verdicts(SendResult result) =>
        [.. result.Recipients.Select(r => (r.State, r.Status, r.StatusText))];

    [Fact]
    public void A_message_accepted_for_all_recipients_is_Accepted()
    {
        var result = Make(New(Ok), null, "2.0.0 Ok: queued as 4F1C2A0B9D");

        Assert.Equal((Outcome.Accepted, 250, "2.0.0 Ok: queued as 4F1C2A0B9D"), (result.Outcome, result.Status, result.StatusText));
        Assert.Equal("4F1C2A0B9D", result.QueueId);
        Assert.Equal([(RecipientState.Accepted, 250, "2.1.5 Ok"), (RecipientState.Accepted, 250, "")], Verdicts(result));
        Assert.Equal([new EnhancedStatus(2, 1, 5), null], result.Recipients.Select(r => r.EnhancedStatus));
        Assert.Equal(["ann@x", "bob@x"], result.Recipients.Select(r => r.Address));
        Assert.Empty(result.Errors);
        Assert.False(result.IsTransient);
        Assert.Empty(result.RetryRecipients);
    }

    [Fact]
    public void The_result_contains_the_properties_of_the_email_and_the_operation()
    {
        var result = Make(New(), null);

        Assert.Equal("1@x", result.MessageId);
        Assert.Equal(TimeSpan.FromSeconds(3), result.Elapsed);
        Assert.Equal([Warning], result.Warnings);
        Assert.Equal("ann@x, bob@x", result.Sent?.To.ToString());
    }

    [Fact]
    public void An_email_that_could_not_be_built_has_no_recipients_and_no_id()
    {
        var result = SendResultFactory.Create(null, null, new Failure(null, [Lost], false), SendStep.Wait, default, TimeSpan.Zero, []);

        Assert.Equal((Outcome.NotSent, 0, SendResult.FailedText), (result.Outcome, result.Status, result.StatusText));
        Assert.Equal([Lost], result.Errors);
        Assert.Empty(result.Recipients);
        Assert.Empty(result.MessageId);
        Assert.False(result.IsTransient);
    }

    [Theory]
    [InlineData(400, true)]
    [InlineData(499, true)]
    [InlineData(550, false)]
    public void A_message_accepted_for_some_recipients_is_partial_with_the_first_refusal(int code, bool transient)
    {
        var result = Make(New(Ok, new Reply(code, "No")), null, "Ok: queued as 4F1C2A0B9D");

        Assert.Equal((Outcome.PartiallyAccepted, code, "No"), (result.Outcome, result.Status, result.StatusText));
        Assert.Equal("4F1C2A0B9D", result.QueueId);
        Assert.Equal(
            [(RecipientState.Accepted, 250, "2.1.5 Ok"), (transient ? RecipientState.Deferred : RecipientState.Refused, code, "No")],
            Verdicts(result));
        Assert.Equal(transient, result.IsTransient);
        Assert.Equal(transient ? ["bob@x"] : [], result.RetryRecipients);
        Assert.Equal(transient ? ["bob@x"] : null, result.RetryEmail()?.Envelope?.Recipients);
    }

    [Theory]
    [InlineData(421, true)]
    [InlineData(554, false)]
    public void A_refused_connection_has_attempted_no_recipient(int code, bool transient)
    {
        var result = Make(null, Refusal(code, "Not you"));

        Assert.Equal((Outcome.NotSent, code, "Not you"), (result.Outcome, result.Status, result.StatusText));
        Assert.Equal([(RecipientState.NotTried, 0, ""), (RecipientState.NotTried, 0, "")], Verdicts(result));
        Assert.Equal(transient, result.IsTransient);
        Assert.Equal(transient ? 2 : 0, result.RetryRecipients.Count);
    }

    [Fact]
    public void Refused_authentication_has_its_reply_code_and_its_error()
    {
        var error = new SmtpError(SmtpErrorCodes.AuthenticationFailed, "Wrong password", "auth");

        var result = Make(null, new Failure(new Reply(535, "5.7.8 Wrong password"), [error], false));

        Assert.Equal((Outcome.NotSent, 535), (result.Outcome, result.Status));
        Assert.Equal([error], result.Errors);
    }

    [Theory]
    [InlineData(400, Outcome.Deferred, RecipientState.Deferred)]
    [InlineData(451, Outcome.Deferred, RecipientState.Deferred)]
    [InlineData(500, Outcome.Refused, RecipientState.Refused)]
    [InlineData(599, Outcome.Refused, RecipientState.Refused)]
    public void A_refused_sender_decides_for_all_recipients(int code, Outcome outcome, RecipientState state)
    {
        var transaction = New(Ok);
        transaction.SenderRefusal = new Reply(code, "Not yours");
        transaction.Answer(1, new Reply(503, "MAIL first"));

        var result = Make(transaction, Refusal(503, "MAIL first"));

        Assert.Equal((outcome, code, "Not yours"), (result.Outcome, result.Status, result.StatusText));
        Assert.Equal([(state, code, "Not yours"), (state, code, "Not yours")], Verdicts(result));
        Assert.Empty(result.Errors);
    }

    [Fact]
    public void A_refused_sender_overrides_the_replies_to_recipients()
    {
        var transaction = New(new Reply(503, "MAIL first"), new Reply(503, "MAIL first"));
        transaction.SenderRefusal = new Reply(530, "5.7.0 Log in");

        var result = Make(transaction, Refusal(530, "5.7.0 Log in"));

        Assert.Equal((Outcome.Refused, 530), (result.Outcome, result.Status));
        Assert.All(result.Recipients, r => Assert.Equal((530, "5.7.0 Log in"), (r.Status, r.StatusText)));
    }

    [Fact]
    public void A_failure_before_any_reply_is_not_a_refusal()
    {
        var result = Make(New(), Loss());

        Assert.Equal((Outcome.NotSent, 0, SendResult.FailedText), (result.Outcome, result.Status, result.StatusText));
        Assert.Equal([Lost], result.Errors);
        Assert.All(result.Recipients, r => Assert.Equal(RecipientState.NotTried, r.State));
    }

    [Theory]
    [InlineData(550, 551, 550, Outcome.Refused)]
    [InlineData(550, 450, 450, Outcome.Deferred)]
    [InlineData(452, 450, 452, Outcome.Deferred)]
    public void The_first_temporary_refusal_decides_if_all_recipients_are_refused(int first, int second, int deciding, Outcome outcome)
    {
        var result = Make(New(new Reply(first, "No"), new Reply(second, "No")), Refusal(554, "No valid recipients"));

        Assert.Equal((outcome, deciding, "No"), (result.Outcome, result.Status, result.StatusText));
        Assert.Equal([first, second], result.Recipients.Select(r => r.Status));
        Assert.Equal(outcome == Outcome.Deferred, result.IsTransient);
        Assert.Empty(result.Errors);
    }

    [Theory]
    [InlineData(451, Outcome.Deferred, RecipientState.Deferred)]
    [InlineData(554, Outcome.Refused, RecipientState.Refused)]
    public void A_refused_message_is_refused_for_all_accepted_recipients(int code, Outcome outcome, RecipientState state)
    {
        var result = Make(New(Ok, new Reply(550, "5.1.1 No such user")), Refusal(code, "5.7.1 Spam"));

        Assert.Equal((outcome, code, "5.7.1 Spam"), (result.Outcome, result.Status, result.StatusText));
        Assert.Equal([(state, code, "5.7.1 Spam"), (RecipientState.Refused, 550, "5.1.1 No such user")], Verdicts(result));
        Assert.Null(result.QueueId);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_loss_before_the_end_of_the_message_is_NotSent_and_refusals_keep_their_reply(bool transient)
    {
        var result = Make(New(Ok, new Reply(550, "5.1.1 No such user")), Loss(transient));

        Assert.Equal((Outcome.NotSent, 0, SendResult.FailedText), (result.Outcome, result.Status, result.StatusText));
        Assert.Equal([(RecipientState.NotTried, 0, ""), (RecipientState.Refused, 550, "5.1.1 No such user")], Verdicts(result));
        Assert.Equal([Lost], result.Errors);
        Assert.Equal(transient, result.IsTransient);
        Assert.Equal(transient ? ["ann@x"] : [], result.RetryRecipients);
        Assert.Equal(
            [(RecipientState.NotTried, 0, ""), (RecipientState.Deferred, 400, "Busy")], Verdicts(
                Make(New(Ok, new Reply(400, "Busy")), Loss(transient))));
    }

    [Fact]
    public void A_loss_after_the_end_of_the_message_is_Unknown_and_never_retried()
    {
        var transaction = New(Ok, new Reply(450, "Busy"));
        transaction.MessageSent = true;

        var result = Make(transaction, Loss());

        Assert.Equal((Outcome.Unknown, 0, SendResult.FailedText), (result.Outcome, result.Status, result.StatusText));
        Assert.Equal([(RecipientState.Accepted, 250, "2.1.5 Ok"), (RecipientState.Deferred, 450, "Busy")], Verdicts(result));
        Assert.False(result.IsTransient);
        Assert.Equal([Lost], result.Errors);
    }

    [Fact]
    public void A_client_without_replies_leaves_recipients_of_an_Unknown_message_accepted()
    {
        var transaction = New();
        transaction.MessageSent = true;

        Assert.Equal([(RecipientState.Accepted, 0, ""), (RecipientState.Accepted, 0, "")], Verdicts(Make(transaction, Loss())));
    }

    [Fact]
    public void A_loss_in_a_further_transaction_leaves_the_first_accepted()
    {
        var (lost, doubtful) = (Record(First()), Record(First()));
        var further = new TransactionResult(["bob@x"]);
        further.Fail(new IOException("lost"));
        lost.Add(further, [1], decides: false);
        lost.Close();

        var result = SendResultFactory.Create(_mail, lost, null, null, default, TimeSpan.Zero, []);

        Assert.Equal((Outcome.PartiallyAccepted, 452), (result.Outcome, result.Status));
        Assert.Equal([RecipientState.Accepted, RecipientState.Deferred], result.Recipients.Select(r => r.State));
        Assert.Empty(result.Errors);
        further.MessageSent = true;
        doubtful.Add(further, [1], decides: false);
        Assert.Equal(Outcome.Unknown, SendResultFactory.Create(_mail, doubtful, Loss(), null, default, TimeSpan.Zero, []).Outcome);

        TransactionResult First()
        {
            var first = New(Ok, new Reply(452, "4.5.3 Too many recipients"));
            first.End(new Reply(250, "Ok"));
            return first;
        }
    }

    [Fact]
    public void A_canceled_further_transaction_makes_the_message_partly_accepted()
    {
        var first = New(Ok, new Reply(452, "4.5.3 Too many recipients"));
        first.End(new Reply(250, "Ok"));
        var record = Record(first);
        var further = new TransactionResult(["bob@x"]);
        further.Fail(new OperationCanceledException());

        record.Add(further, [1], decides: true);
        record.Close();

        Assert.IsType<OperationCanceledException>(record.Failure);
        var result = SendResultFactory.Create(_mail, record, Loss(), null, default, TimeSpan.Zero, []);
        Assert.Equal((Outcome.PartiallyAccepted, 452), (result.Outcome, result.Status));
    }
}
