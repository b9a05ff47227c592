using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests what is known of each recipient after one transaction or several.</summary>
public sealed class DeliveryRecordTests
{
    private static readonly Envelope Envelope = new("me@x", ["a@x", "b@x", "c@x"]);

    /// <summary>Creates a transaction with these replies to RCPT, in the order of its recipients.</summary>
    private static TransactionResult Transaction(IReadOnlyList<string> recipients, params (int Code, string Text)?[] replies)
    {
        var transaction = new TransactionResult(recipients);
        for (var i = 0; i < replies.Length; i++)
        {
            if (replies[i] is var (code, text))
                transaction.Answer(i, new Reply(code, text));
        }
        return transaction;
    }

    private static TransactionResult ForAll(params (int Code, string Text)?[] replies) => Transaction(Envelope.Recipients, replies);

    private static TransactionResult Ended(TransactionResult transaction, int code, string text = "")
    {
        transaction.End(new Reply(code, text));
        return transaction;
    }

    private static TransactionResult Lost(TransactionResult transaction)
    {
        transaction.Fail(new IOException("lost"));
        return transaction;
    }

    /// <summary>Creates a record after a first transaction for the whole envelope.</summary>
    private static DeliveryRecord Record(TransactionResult transaction)
    {
        var record = new DeliveryRecord(Envelope);
        record.Add(transaction, null, decides: false);
        return record;
    }

    private static DeliveryRecord Accepted(params (int Code, string Text)?[] replies) => Record(Ended(ForAll(replies), 250, "Ok"));

    private static TransactionResult Further(Reply? end, params (int Code, string Text)?[] replies)
    {
        var transaction = Transaction(["b@x", "c@x"], replies);
        return end is null ? Lost(transaction) : Ended(transaction, end.Code, end.Text);
    }

    [Fact]
    public void Control_characters_of_a_reply_become_spaces_and_outer_spaces_are_trimmed() =>
        Assert.Equal("No [31m red", new Reply(550, " No\u001b[31m\u0085red\r\n").Text);

    [Theory]
    [InlineData(399, false, false)]
    [InlineData(400, true, false)]
    [InlineData(499, true, false)]
    [InlineData(500, false, true)]
    [InlineData(599, false, true)]
    [InlineData(600, false, false)]
    public void A_reply_is_transient_or_permanent_by_its_first_digit(int code, bool transient, bool permanent)
    {
        var reply = new Reply(code, "");

        Assert.Equal((transient, permanent), (reply.IsTransient, reply.IsPermanent));
        Assert.Equal(transient || permanent, reply.IsRefusal);
    }

    [Theory]
    [InlineData(499, false)]
    [InlineData(500, true)]
    [InlineData(502, true)]
    [InlineData(504, true)]
    [InlineData(505, false)]
    public void A_command_is_unknown_to_a_server_that_answers_500_to_504(int code, bool unknown) =>
        Assert.Equal(unknown, new Reply(code, "").IsUnknownCommand);

    [Fact]
    public void Refusals_are_in_the_order_of_the_envelope() =>
        Assert.Equal([550, 400], Record(ForAll((550, ""), (399, ""), (400, ""))).Refusals.Select(r => r.Code));

    [Fact]
    public void Replies_after_a_refused_sender_are_ignored()
    {
        var transaction = ForAll((250, ""));
        transaction.SenderRefusal = new Reply(550, "");
        transaction.Answer(1, new Reply(503, ""));

        Assert.Equal([250, null, null], Record(transaction).Replies.Select(r => r?.Code));
    }

    [Theory]
    [InlineData(452, "4.5.3 Too many recipients", true)]
    [InlineData(452, "Too many recipients", true)]
    [InlineData(451, "4.5.3 Too many recipients", true)]
    [InlineData(431, "Too many recipients.", true)]
    [InlineData(552, "Too many recipients", true)]
    [InlineData(552, "5.5.3 Too many recipients", true)]
    [InlineData(550, "5.5.3 Too many recipients", true)]
    [InlineData(452, "4.3.1 Disk full", false)]
    [InlineData(452, "4.2.2 Mailbox full", false)]
    [InlineData(452, "4.5.1 What", false)]
    [InlineData(452, "4.2.3 What", false)]
    [InlineData(431, "4.3.1 Not enough memory", false)]
    [InlineData(451, "Try again", false)]
    [InlineData(552, "5.2.2 Mailbox full", false)]
    [InlineData(550, "Too many recipients", false)]
    public void A_recipient_that_is_one_too_many_behind_an_accepted_one_is_left(int code, string text, bool expected)
    {
        var record = Accepted((250, ""), (code, text), (250, ""));

        Assert.Equal(expected, record.IsSomeoneLeft);
        if (expected)
            Assert.Equal([1], record.Next(100));
        Assert.Equal(expected || code < 500, record.Replies[1]!.IsTransient);
    }

    [Theory]
    [InlineData(552, "Mailbox full", false)]
    [InlineData(552, "5.5.3 Too many recipients", false)]
    [InlineData(452, "Too many recipients", true)]
    public void A_permanent_refusal_before_any_accepted_recipient_is_final(int code, string text, bool isLeft)
    {
        var record = Accepted((code, text), (250, ""), (250, ""));

        Assert.Equal(isLeft, record.IsSomeoneLeft);
        Assert.Equal(isLeft, record.Replies[0]!.IsTransient);
    }

    [Fact]
    public void Recipients_beyond_the_first_transaction_are_left()
    {
        var record = new DeliveryRecord(Envelope);
        Assert.Null(record.Next(3));
        Assert.Equal([0], record.Next(1));

        Assert.True(record.Add(Ended(Transaction(["a@x"], (250, "")), 250), [0], decides: false));

        Assert.Equal([1, 2], record.Next(100));
        record.Close();
        Assert.Equal([250, 452, 452], record.Replies.Select(r => r!.Code));
    }

    [Fact]
    public void The_recipients_before_the_first_that_is_too_many_are_as_many_as_a_transaction_takes()
    {
        var record = Accepted((250, ""), (452, ""), (452, ""));

        Assert.Equal([1], record.Next(100));
    }

    [Fact]
    public void A_recipient_that_was_accepted_behind_one_too_many_shows_that_there_is_no_such_number()
    {
        var record = Record(Ended(ForAll((452, ""), (250, ""), (452, "")), 250));

        Assert.Equal([0, 2], record.Next(100));
    }

    [Fact]
    public void The_recipients_before_a_421_are_as_many_as_a_transaction_takes()
    {
        var record = new DeliveryRecord(Envelope);

        Assert.True(record.Add(Ended(ForAll((250, ""), (250, ""), (421, "")), 421), null, decides: false));
        Assert.Equal([0, 1], record.Next(100));
        Assert.True(record.Add(Ended(Transaction(["a@x", "b@x"], (250, ""), null), 421), [0, 1], decides: false));
        Assert.Equal([0], record.Next(100));
        Assert.False(record.Add(Ended(Transaction(["a@x"], (421, "")), 421), [0], decides: false));
    }

    [Fact]
    public void A_421_to_the_first_recipient_says_nothing_of_a_number()
    {
        var record = new DeliveryRecord(Envelope);

        Assert.False(record.Add(Ended(ForAll((421, ""), null, null), 421), null, decides: false));

        Assert.Null(record.Next(100));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_step_of_a_refusal_stands_if_no_further_transaction_could_begin(bool decides)
    {
        var record = Accepted((250, ""), (550, "No"), (452, "4.5.3 Too many"));
        var step = record.FailedStep;

        record.Fail(new IOException("lost"), decides, SendStep.Connect);

        Assert.Equal(SendStep.Recipients, step);
        Assert.Equal(decides ? SendStep.Connect : SendStep.Recipients, record.FailedStep);
    }

    [Fact]
    public void Those_refused_before_the_connection_was_lost_are_not_tried_again()
    {
        var record = new DeliveryRecord(Envelope);

        Assert.True(record.Add(Lost(ForAll((250, ""), (550, "No"), null)), null, decides: false));

        Assert.Equal([0, 2], record.Next(100));
        Assert.Equal([550], record.Refusals.Select(r => r.Code));
    }

    [Theory]
    [InlineData(421, true)]
    [InlineData(503, true)]
    [InlineData(450, false)]
    [InlineData(550, false)]
    public void What_is_said_of_the_session_is_no_answer_for_a_recipient(int code, bool isLeft) =>
        Assert.Equal(isLeft, Record(Lost(ForAll((code, ""), (550, ""), (550, "")))).IsSomeoneLeft);

    [Fact]
    public void The_refusal_of_a_further_message_applies_to_its_accepted_recipients()
    {
        var record = Accepted((250, "Ok"), (452, ""), (452, ""));
        var refused = Further(new Reply(554, "Spam"), (250, "Ok"), (400, "Busy"));
        refused.MessageSent = true;

        record.Add(refused, [1, 2], decides: false);

        Assert.Equal([250, 554, 400], record.Replies.Select(r => r!.Code));
        Assert.False(record.IsSomeoneLeft);
    }

    [Fact]
    public void The_recipients_of_a_lost_further_message_stay_left()
    {
        var record = Accepted((250, "Ok"), (452, ""), (452, "4.5.3 Too many"));

        Assert.False(record.Add(Further(null, (250, "Ok"), (452, "4.5.3 Too many")), [1, 2], decides: false));
        record.Close();

        Assert.Equal([250, 452, 452], record.Replies.Select(r => r!.Code));
        Assert.Null(record.Failure);
        Assert.True(record.IsSomeoneLeft);
    }

    [Fact]
    public void The_refused_sender_of_a_further_message_affects_its_recipients_only()
    {
        var record = Accepted((250, "Ok"), (452, ""), (452, ""));
        var refused = Further(new Reply(550, "Not yours"));
        refused.SenderRefusal = new Reply(550, "Not yours");

        record.Add(refused, [1, 2], decides: false);

        Assert.Null(record.SenderRefusal);
        Assert.Equal([250, 550, 550], record.Replies.Select(r => r!.Code));
    }

    [Fact]
    public void Only_recipients_of_accepted_messages_count_as_accepted()
    {
        var record = Accepted((250, "Ok"), (452, ""), (452, ""));
        var doubtful = Further(null, (250, "Ok"), (250, "Ok"));
        doubtful.MessageSent = true;

        record.Add(doubtful, [1, 2], decides: false);

        Assert.True(record.IsInDoubt);
        Assert.False(record.IsSomeoneLeft);
        Assert.Equal([true, false, false], Enumerable.Range(0, 3).Select(record.IsTaken));
    }

    [Fact]
    public void A_recipient_who_has_the_message_or_may_have_it_is_never_next()
    {
        var record = Accepted((250, "Ok"), (452, ""), (452, ""));
        var doubtful = Further(null, (250, "Ok"), (550, "No"));
        doubtful.MessageSent = true;

        record.Add(doubtful, [1, 2], decides: false);

        Assert.Empty(record.Next(100)!);
    }

    [Fact]
    public void A_failure_to_go_on_speaks_for_all_only_if_nobody_has_the_message()
    {
        var (delivered, canceled, none) = (
            Accepted((250, ""), (452, ""), (452, "")), Accepted((250, ""), (452, ""), (452, "")), Record(Ended(ForAll(), 421)));
        var failure = new IOException("refused");

        delivered.Fail(failure, decides: false, SendStep.Connect);
        canceled.Fail(failure, decides: true, SendStep.Connect);
        none.Fail(failure, decides: false, SendStep.Connect);

        Assert.Equal([null, failure, failure], new[] { delivered, canceled, none }.Select(r => r.Failure));
        Assert.Equal([250, 250, null], new[] { delivered, canceled, none }.Select(r => r.FinalReply?.Code));
    }

    [Fact]
    public void The_first_temporary_refusal_represents_all_refused_recipients()
    {
        Assert.Equal(450, ForAll((550, ""), (450, ""), (451, "")).RefusalOfAll().Code);
        Assert.Equal(550, ForAll((550, ""), (551, ""), (552, "")).RefusalOfAll().Code);
    }
}
