using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

public sealed class OutcomeTests : SocketTest
{
    private const string Three = "ann@example.org, bob@example.org, cid@example.org";

    public static TheoryData<bool, bool> AsyncAndPipelining => new() { { false, false }, { false, true }, { true, false }, { true, true } };

    private static SmtpTestServer Start(bool pipelining = true) =>
        SmtpTestServer.Start(new() { Pipelining = pipelining, Chunking = false });

    [Theory]
    [MemberData(nameof(AsyncAndPipelining))]
    public async Task The_other_recipients_get_the_message_if_one_is_refused(bool async, bool pipelining)
    {
        await using var server = Start(pipelining);
        server.Script.On(SmtpStep.RcptTo, "bob@").Reply(550, "5.1.1 No such user");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async, NewMail(Three));

        Assert.Equal(Outcome.PartiallyAccepted, result.Outcome);
        Assert.False(result.Success);
        Assert.Equal((550, "5.1.1 No such user"), (result.Status, result.StatusText));
        Assert.Equal(new EnhancedStatus(5, 1, 1), result.EnhancedStatus);
        Assert.Empty(result.Errors);
        Assert.Equal(["ann@example.org", "cid@example.org"], Assert.Single(server.Messages).Recipients);
        Assert.Equal(server.Messages[0].QueueId, result.QueueId);
        Assert.Equal([RecipientState.Accepted, RecipientState.Refused, RecipientState.Accepted], result.Recipients.Select(r => r.State));
        Assert.Equal("5.1.1 No such user", result.Recipients[1].StatusText);
        Assert.Null(result.RetryEmail());
        AssertAccepted(await SendAsync(transporter, async));
    }

    [Theory]
    [MemberData(nameof(AsyncAndPipelining))]
    public async Task A_retry_contains_only_recipients_worth_another_attempt(bool async, bool pipelining)
    {
        await using var server = Start(pipelining);
        server.Script.On(SmtpStep.RcptTo, "ann@").Times(1).Reply(450, "4.2.1 Mailbox busy");
        server.Script.On(SmtpStep.RcptTo, "bob@").Reply(550, "5.1.1 No such user");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async, NewMail(Three));

        Assert.Equal((Outcome.PartiallyAccepted, 450, true), (result.Outcome, result.Status, result.IsTransient));
        Assert.Equal(["ann@example.org"], result.RetryRecipients);
        var retry = result.RetryEmail()!;
        Assert.Equal(["ann@example.org"], retry.Envelope!.Recipients);
        AssertAccepted(await SendAsync(transporter, async, retry));
        Assert.Equal(["ann@example.org"], server.Messages[1].Recipients);
        Assert.Equal(server.Messages[0].Message.MessageId, server.Messages[1].Message.MessageId);
    }

    [Theory]
    [InlineData(550, 550, Outcome.Refused, 550, false)]
    [InlineData(450, 450, Outcome.Deferred, 450, true)]
    [InlineData(550, 451, Outcome.Deferred, 451, true)]
    [InlineData(451, 550, Outcome.Deferred, 451, false)]
    public async Task No_message_is_sent_if_all_recipients_are_refused(int first, int second, Outcome outcome, int status, bool async)
    {
        await using var server = Start();
        server.Script.On(SmtpStep.RcptTo, "ann@").Reply(first, "no");
        server.Script.On(SmtpStep.RcptTo, "bob@").Reply(second, "no");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async, NewMail("ann@example.org, bob@example.org"));

        Assert.Equal((outcome, status), (result.Outcome, result.Status));
        Assert.Equal([first, second], result.Recipients.Select(r => r.Status));
        Assert.Empty(result.Errors);
        Assert.Empty(server.Messages);
    }

    [Theory]
    [MemberData(nameof(AsyncAndPipelining))]
    public async Task A_refused_sender_decides_the_result_and_later_replies_do_not(bool async, bool pipelining)
    {
        await using var server = Start(pipelining);
        server.Script.On(SmtpStep.MailFrom).Times(1).Reply(553, "5.7.1 Not yours");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async, NewMail(Three));

        Assert.Equal((Outcome.Refused, 553, "5.7.1 Not yours"), (result.Outcome, result.Status, result.StatusText));
        Assert.All(result.Recipients, r => Assert.Equal((RecipientState.Refused, 553), (r.State, r.Status)));
        AssertAccepted(await SendAsync(transporter, async));
        Assert.Equal(["ann@example.org"], Assert.Single(server.Messages).Recipients);
    }

    [Theory]
    [InlineData(SmtpStep.MailFrom, 451, Outcome.Deferred, false)]
    [InlineData(SmtpStep.Data, 451, Outcome.Deferred, true)]
    [InlineData(SmtpStep.Data, 554, Outcome.Refused, false)]
    [InlineData(SmtpStep.EndOfData, 452, Outcome.Deferred, true)]
    [InlineData(SmtpStep.EndOfData, 554, Outcome.Refused, false)]
    public async Task A_refusal_keeps_the_connection_for_the_next_email(SmtpStep step, int code, Outcome outcome, bool async)
    {
        await using var server = Start();
        server.Script.On(step).Times(1).Reply(code, $"{code / 100}.7.0 No");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async);

        Assert.Equal((outcome, code), (result.Outcome, result.Status));
        Assert.Equal(outcome == Outcome.Deferred, result.RetryEmail() is not null);
        AssertAccepted(await SendAsync(transporter, async));
        Assert.Single(server.Sessions);
        Assert.Single(server.Messages);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_connection_lost_right_after_the_final_dot_is_Unknown_and_causes_no_resend(bool async)
    {
        await using var server = Start();
        server.Script.On(SmtpStep.EndOfData).Times(1).Reset();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async);

        Assert.Equal(Outcome.Unknown, result.Outcome);
        Assert.Equal((0, SendResult.FailedText), (result.Status, result.StatusText));
        Assert.False(result.IsTransient);
        Assert.Null(result.RetryEmail());
        Assert.NotEmpty(result.Errors);
        Assert.Single(server.Messages);
        Assert.Single(server.Sessions);
        AssertAccepted(await SendAsync(transporter, async));
        Assert.Equal(2, server.Sessions.Count);
    }

    [Theory]
    [InlineData(SmtpStep.EndOfData, false)]
    [InlineData(SmtpStep.EndOfData, true)]
    public async Task A_missing_reply_to_the_final_dot_means_Unknown(SmtpStep step, bool async)
    {
        await WithGrowingLimit(async limit =>
        {
            await using var server = Start();
            var rule = server.Script.On(step).Times(1).Hang();
            await using var transporter = new SmtpTransporter(server.ToServerOptions() with { SendTimeout = limit });
            Assert.True((await CheckAsync(transporter, async)).Success);

            var result = await SendAsync(transporter, async);
            if (rule.Hits == 0)
                return false;

            Assert.Equal(Outcome.Unknown, result.Outcome);
            Assert.Contains(result.Errors, e => e.ErrCode == SmtpErrorCodes.ReplyTimeout);
            Assert.Single(server.Messages);
            return true;
        });
    }

    [Theory]
    [InlineData("garbage\r\n", false)]
    [InlineData("garbage\r\n", true)]
    [InlineData("354 Go on\r\n", false)]
    [InlineData("199 What\r\n", true)]
    [InlineData("250-Ok\r\n251 Ok\r\n", true)]
    public async Task A_malformed_reply_to_the_final_dot_means_Unknown(string answer, bool async)
    {
        await using var server = Start();
        server.Script.On(SmtpStep.EndOfData).Times(1).ReplyRaw(answer);
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { SendTimeout = TimeSpan.FromSeconds(5) });

        var result = await SendAsync(transporter, async);

        Assert.Equal(Outcome.Unknown, result.Outcome);
        AssertAccepted(await SendAsync(transporter, async));
        Assert.Equal(2, server.Sessions.Count);
    }

    [Theory]
    [InlineData(SmtpStep.MailFrom, false)]
    [InlineData(SmtpStep.MailFrom, true)]
    [InlineData(SmtpStep.RcptTo, false)]
    [InlineData(SmtpStep.RcptTo, true)]
    [InlineData(SmtpStep.Data, false)]
    [InlineData(SmtpStep.Data, true)]
    public async Task A_connection_lost_before_the_message_means_NotSent(SmtpStep step, bool async)
    {
        await using var server = Start();
        server.Script.On(step).Times(1).Close();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async);

        Assert.Equal((Outcome.NotSent, 0, true), (result.Outcome, result.Status, result.IsTransient));
        Assert.Equal(["ann@example.org"], result.RetryRecipients);
        Assert.Empty(server.Messages);
        AssertAccepted(await SendAsync(transporter, async, result.RetryEmail()));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(0, true)]
    [InlineData(100, true)]
    [InlineData(70_000, false)]
    [InlineData(70_000, true)]
    public async Task A_connection_lost_in_the_middle_of_the_message_means_NotSent(long bytes, bool async)
    {
        await using var server = Start();
        server.Script.On(SmtpStep.Body).Times(1).ResetAfterBytes(bytes);
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var email = NewMail();
        email.Attachments.Add(MailAttachment.FromBytes(new byte[4_000_000], "big.bin"));

        var result = await SendAsync(transporter, async, email);

        Assert.Equal((Outcome.NotSent, 0, true), (result.Outcome, result.Status, result.IsTransient));
        Assert.Empty(server.Messages);
        AssertAccepted(await SendAsync(transporter, async));
    }

    [Theory]
    [InlineData(SmtpStep.RcptTo, false)]
    [InlineData(SmtpStep.Data, true)]
    [InlineData(SmtpStep.EndOfData, false)]
    [InlineData(SmtpStep.EndOfData, true)]
    public async Task A_421_reply_means_Deferred_and_its_connection_is_not_used_again(SmtpStep step, bool async)
    {
        await using var server = Start(pipelining: false);
        server.Script.On(step).Times(1).ReplyAndClose(421, "4.3.2 Shutting down");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async);

        Assert.Equal((Outcome.Deferred, 421), (result.Outcome, result.Status));
        AssertAccepted(await SendAsync(transporter, async, result.RetryEmail()));
        Assert.Equal(2, server.Sessions.Count);
    }

    [Theory]
    [InlineData(SmtpStep.Connect, 554, false)]
    [InlineData(SmtpStep.Connect, 421, true)]
    [InlineData(SmtpStep.Ehlo, 550, false)]
    public async Task A_refused_connection_has_the_servers_reply(SmtpStep step, int code, bool async)
    {
        await using var server = Start();
        server.Script.On(step).Reply(code, "No service for you");
        server.Script.On(SmtpStep.Helo).Reply(code, "No service for you");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async);

        Assert.Equal((Outcome.NotSent, code, "No service for you"), (result.Outcome, result.Status, result.StatusText));
        Assert.Equal(code < 500, result.IsTransient);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Cancellation_by_the_caller_throws_and_says_whether_the_message_may_be_out(bool async)
    {
        await using var server = Start();
        var before = server.Script.On(SmtpStep.Data).Times(1).Hang();
        var after = server.Script.On(SmtpStep.EndOfData).Times(1).Hang();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        Assert.Equal(Outcome.NotSent, (await CanceledAtAsync(before)).Result.Outcome);
        Assert.Equal(Outcome.Unknown, (await CanceledAtAsync(after)).Result.Outcome);
        AssertAccepted(await SendAsync(transporter, async));

        async Task<SendCanceledException> CanceledAtAsync(SmtpRule rule)
        {
            using var cancel = new CancellationTokenSource();
            var sending = SendAsync(transporter, async, ct: cancel.Token);
            await rule.Reached;
            await cancel.CancelAsync();
            var exception = await Assert.ThrowsAsync<SendCanceledException>(() => sending);
            Assert.Equal(cancel.Token, exception.CancellationToken);
            return exception;
        }
    }
}
