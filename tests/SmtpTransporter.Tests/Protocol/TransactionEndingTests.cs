using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests how the ending of a transaction is told from its replies and its failure.</summary>
public sealed class TransactionEndingTests
{
    private static TransactionResult New(params int[] replies)
    {
        var result = new TransactionResult([.. replies.Select((_, i) => $"r{i}@x")]) { MailAnswered = true };
        for (var i = 0; i < replies.Length; i++)
            result.Answer(i, new Reply(replies[i], ""));
        return result;
    }

    [Theory]
    [InlineData(250, "Ok", "Accepted")]
    [InlineData(554, "No", "MessageRefused")]
    [InlineData(451, "Later", "MessageRefused")]
    [InlineData(421, "Bye", "ServerClosed")]
    [InlineData(503, "EHLO first", "StateLost")]
    [InlineData(451, "4.4.2 Timeout waiting for data", "StateLost")]
    [InlineData(450, "4.4.1 No answer from host", "MessageRefused")]
    [InlineData(451, "4.3.2 Not now", "MessageRefused")]
    public void A_reply_before_the_message_tells_the_email_from_the_session(int code, string text, string ending)
    {
        var result = New(250);

        result.End(new Reply(code, text));

        Assert.Equal(ending, result.Ending.ToString());
    }

    [Theory]
    [InlineData(421, "Bye")]
    [InlineData(503, "What")]
    [InlineData(451, "4.4.2 Timeout")]
    public void After_the_message_has_begun_every_refusal_is_one_of_the_message(int code, string text)
    {
        var (begun, sent) = (New(250), New(250));
        begun.MessageBegun = true;
        sent.MessageSent = true;

        begun.End(new Reply(code, text));
        sent.End(new Reply(code, text));

        Assert.Equal(TransactionEnding.MessageRefused, begun.Ending);
        Assert.Equal(TransactionEnding.MessageRefused, sent.Ending);
    }

    [Fact]
    public void A_goodbye_to_a_recipient_is_one_to_the_message_if_another_was_accepted_for_it()
    {
        Assert.Equal(TransactionEnding.ServerClosed, Sent(421));
        Assert.Equal(TransactionEnding.ServerClosed, Sent(550, 421));
        Assert.Equal(TransactionEnding.MessageRefused, Sent(250, 421));

        static TransactionEnding Sent(params int[] replies)
        {
            // There is one recipient more, whose reply did not come.
            var recipients = Enumerable.Range(0, replies.Length + 1).Select(i => $"r{i}@x");
            var result = new TransactionResult([.. recipients]) { MailAnswered = true, MessageSent = true };
            for (var i = 0; i < replies.Length; i++)
                result.Answer(i, new Reply(replies[i], ""));
            result.End(result.Goodbye!);
            return result.Ending;
        }
    }

    [Fact]
    public void The_refusal_of_the_last_recipient_says_nothing_of_the_message()
    {
        var result = New(550, 450);

        result.End(result.RefusalOfAll());

        Assert.Equal(TransactionEnding.RecipientsRefused, result.Ending);
    }

    [Fact]
    public void Without_a_reply_the_failure_tells_whose_fault_it_is()
    {
        Assert.Equal(TransactionEnding.ConnectionLost, Failed(new IOException(), mailAnswered: true));
        Assert.Equal(TransactionEnding.ConnectionLost, Failed(SessionBrokenException.Closed(), mailAnswered: false));
        Assert.Equal(TransactionEnding.OutOfStep, Failed(new SessionBrokenException("What"), mailAnswered: false));
        Assert.Equal(TransactionEnding.Stopped, Failed(new SessionBrokenException("What"), mailAnswered: true));
        Assert.Equal(TransactionEnding.Stopped, Failed(new OperationCanceledException(), mailAnswered: false));
        Assert.Equal(TransactionEnding.InDoubt, Failed(new IOException(), mailAnswered: true, messageSent: true));

        static TransactionEnding Failed(Exception failure, bool mailAnswered, bool messageSent = false)
        {
            var result = new TransactionResult(["a@x"]) { MailAnswered = mailAnswered, MessageSent = messageSent };
            result.Fail(failure);
            return result.Ending;
        }
    }

    [Theory]
    [InlineData(new[] { 550, 450 }, false, true)]
    [InlineData(new[] { 550, 250 }, false, false)]
    [InlineData(new[] { 250 }, true, true)]
    public void Nobody_is_left_if_the_sender_or_every_recipient_was_refused(int[] replies, bool senderRefused, bool refusedForAll)
    {
        var result = New(replies);
        if (senderRefused)
            result.SenderRefusal = new Reply(550, "");

        Assert.Equal(refusedForAll, result.IsRefusedForAll);
    }

    [Fact]
    public void A_recipient_without_a_reply_may_still_be_accepted()
    {
        var result = new TransactionResult(["a@x", "b@x"]);

        result.Answer(0, new Reply(550, ""));

        Assert.False(result.IsRefusedForAll);
    }
}
