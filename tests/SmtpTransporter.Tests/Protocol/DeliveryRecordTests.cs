using Xunit;

namespace SmtpTransport.Tests;

public sealed class DeliveryRecordTests
{
    private static readonly Envelope Envelope = new("me@x", ["a@x", "b@x", "c@x"]);

    /// <summary>Creates a transaction for the whole envelope with these replies to RCPT, in the order of the envelope.</summary>
    private static TransactionResult Transaction(params (int Code, string Text)?[] replies)
    {
        var transaction = new TransactionResult(Envelope.Recipients);
        for (var i = 0; i < replies.Length; i++)
        {
            if (replies[i] is var (code, text))
                transaction.Answer(i, new Reply(code, text));
        }
        return transaction;
    }

    private static DeliveryRecord Accepted(params (int Code, string Text)?[] replies)
    {
        var transaction = Transaction(replies);
        transaction.End(new Reply(250, "Ok"));
        return Record(transaction);
    }

    private static DeliveryRecord Record(TransactionResult transaction)
    {
        var record = new DeliveryRecord(Envelope);
        record.Begin(transaction);
        return record;
    }

    private static TransactionResult Further(Reply? end, params (int Code, string Text)[] replies)
    {
        var transaction = new TransactionResult(["b@x", "c@x"]);
        for (var i = 0; i < replies.Length; i++)
            transaction.Answer(i, new Reply(replies[i].Code, replies[i].Text));
        if (end is not null)
            transaction.End(end);
        else
            transaction.Fail(new IOException("lost"));
        return transaction;
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

    [Fact]
    public void Refusals_are_in_the_order_of_the_envelope() =>
        Assert.Equal([550, 400], Record(Transaction((550, ""), (399, ""), (400, ""))).Refusals.Select(r => r.Code));

    [Fact]
    public void Replies_after_a_refused_sender_are_ignored()
    {
        var transaction = Transaction((250, ""));
        transaction.SenderRefusal = new Reply(550, "");
        transaction.Answer(1, new Reply(503, ""));

        Assert.Equal([250, null, null], Record(transaction).Replies.Select(r => r?.Code));
    }

    [Theory]
    [InlineData(452, "4.5.3 Too many recipients", true)]
    [InlineData(452, "Too many recipients", true)]
    [InlineData(452, "4.3.1 Disk full", false)]
    [InlineData(452, "4.5.1 What", false)]
    [InlineData(452, "4.2.3 What", false)]
    [InlineData(451, "4.5.3 Too many recipients", false)]
    public void Only_a_452_reply_with_a_matching_or_no_enhanced_code_means_too_many_recipients(int code, string text, bool expected) =>
        Assert.Equal(expected ? [1] : [], Accepted((250, ""), (code, text), (250, "")).TooMany);

    [Fact]
    public void Recipients_beyond_the_first_transaction_are_over_the_limit()
    {
        var first = new TransactionResult(["a@x"]);
        first.Answer(0, new Reply(250, ""));
        first.End(new Reply(250, ""));

        Assert.Equal([1, 2], Record(first).TooMany);
    }

    [Fact]
    public void The_refusal_of_a_further_message_applies_to_its_accepted_recipients()
    {
        var record = Accepted((250, "Ok"), (452, ""), (452, ""));

        record.Add(Further(new Reply(554, "Spam"), (250, "Ok"), (400, "Busy")), [1, 2], decides: false);

        Assert.Equal([250, 554, 400], record.Replies.Select(r => r!.Code));
    }

    [Fact]
    public void The_recipients_of_a_lost_further_message_stay_over_the_limit()
    {
        var record = Accepted((250, "Ok"), (452, ""), (452, "4.5.3 Too many"));

        record.Add(Further(null, (250, "Ok"), (452, "4.5.3 Too many")), [1, 2], decides: false);

        Assert.Equal([1, 2], record.TooMany);
        Assert.Null(record.Failure);
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
        Assert.Equal([true, false, false], Enumerable.Range(0, 3).Select(record.IsTaken));
    }

    [Fact]
    public void The_first_temporary_refusal_represents_all_refused_recipients()
    {
        Assert.Equal(450, Transaction((550, ""), (450, ""), (451, "")).RefusalOfAll().Code);
        Assert.Equal(550, Transaction((550, ""), (551, ""), (552, "")).RefusalOfAll().Code);
    }
}
