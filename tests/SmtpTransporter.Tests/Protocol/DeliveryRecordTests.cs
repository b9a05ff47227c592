using Xunit;

namespace SmtpTransport.Tests;

/// <summary>What is kept of the replies of a transaction and of those after it.</summary>
public sealed class DeliveryRecordTests
{
    private static DeliveryRecord New(params (string Recipient, int Code, string Text)[] replies)
    {
        var transaction = new DeliveryRecord(new Envelope("me@x", ["a@x", "b@x", "c@x"]));
        foreach (var (recipient, code, text) in replies)
            transaction.Answer(recipient, new Reply(code, text));
        return transaction;
    }

    [Fact]
    public void Control_characters_of_a_reply_become_blanks_and_blanks_at_its_ends_are_left_out() =>
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
        Assert.Equal(transient, new Reply(code, "").IsTransient);
        Assert.Equal(permanent, new Reply(code, "").IsPermanent);
    }

    [Fact]
    public void Refusals_are_in_the_order_of_the_envelope() =>
        Assert.Equal([550, 400], New(("c@x", 400, ""), ("a@x", 550, ""), ("b@x", 399, "")).Refusals.Select(r => r.Code));

    [Fact]
    public void A_recipient_is_the_same_in_any_case_of_letters() => Assert.Equal(550, New(("A@X", 550, "")).Refusals.Single().Code);

    [Fact]
    public void Replies_after_a_refused_sender_mean_nothing()
    {
        var transaction = New(("a@x", 250, ""));
        transaction.SenderRefusal = new Reply(550, "");
        transaction.Answer("b@x", new Reply(503, ""));

        Assert.Equal(["a@x"], transaction.Recipients.Keys);
    }

    [Theory]
    [InlineData(452, "4.5.3 Too many recipients", true)]
    [InlineData(452, "Too many recipients", true)]
    [InlineData(452, "4.3.1 Disk full", false)]
    [InlineData(452, "4.5.1 What", false)]
    [InlineData(452, "4.2.3 What", false)]
    [InlineData(451, "4.5.3 Too many recipients", false)]
    public void Too_many_is_a_452_that_says_so_or_nothing_else(int code, string text, bool expected) =>
        Assert.Equal(expected ? ["b@x"] : [], New(("a@x", 250, ""), ("b@x", code, text)).TooMany);

    [Fact]
    public void The_refusal_of_a_further_message_is_for_those_who_were_accepted_in_it()
    {
        var transaction = New(("a@x", 250, "Ok"), ("b@x", 250, "Ok"), ("c@x", 400, "Busy"));

        transaction.EndPass(["b@x", "c@x"], new Reply(554, "Spam"));

        Assert.Equal([250, 554, 400], transaction.Envelope.Recipients.Select(r => transaction.Recipients[r].Code));
    }

    [Fact]
    public void Without_a_reply_those_of_a_further_message_are_too_many_as_before()
    {
        var transaction = New(("a@x", 250, "Ok"), ("b@x", 250, "Ok"), ("c@x", 452, "4.5.3 Too many"));

        transaction.EndPass(["b@x", "c@x"], null);

        Assert.Equal(["b@x", "c@x"], transaction.TooMany);
    }

    [Fact]
    public void A_refused_sender_of_a_further_message_is_the_verdict_of_its_recipients_alone()
    {
        var transaction = New(("a@x", 250, "Ok"), ("b@x", 452, ""), ("c@x", 452, ""));
        transaction.SenderRefusal = new Reply(550, "Not yours");

        transaction.EndPass(["b@x", "c@x"], null);

        Assert.Null(transaction.SenderRefusal);
        Assert.Equal([250, 550, 550], transaction.Envelope.Recipients.Select(r => transaction.Recipients[r].Code));
    }
}
