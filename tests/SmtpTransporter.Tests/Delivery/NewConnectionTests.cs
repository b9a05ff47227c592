using Microsoft.Extensions.Time.Testing;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests that an email of which a session has taken nothing is sent over a new connection, and only then.</summary>
public sealed class NewConnectionTests : SocketTest
{
    private static readonly SmtpTestServerOptions Plain = new() { Tls = SmtpTestTlsMode.None };

    private static SmtpTestServer Start(bool chunking = false) => SmtpTestServer.Start(Plain with { Chunking = chunking });

    private static string Recipients(int count) => string.Join(", ", Enumerable.Range(0, count).Select(i => $"r{i}@example.org"));

    private static int Errors(SmtpTestSession session) => session.Transcript.Count(
        l => l.StartsWith("S: 4", StringComparison.Ordinal) || l.StartsWith("S: 5", StringComparison.Ordinal));

    [Theory]
    [InlineData(SmtpStep.MailFrom, 503, "5.5.1 EHLO first", false)]
    [InlineData(SmtpStep.MailFrom, 503, "Bad sequence of commands", true)]
    [InlineData(SmtpStep.MailFrom, 451, "4.4.2 timeout waiting for data from client", false)]
    [InlineData(SmtpStep.MailFrom, 451, "4.4.2 timeout waiting for data from client", true)]
    [InlineData(SmtpStep.MailFrom, 421, "4.3.2 Closing", false)]
    [InlineData(SmtpStep.RcptTo, 421, "4.7.0 Too many errors", false)]
    [InlineData(SmtpStep.RcptTo, 421, "4.7.0 Too many errors", true)]
    [InlineData(SmtpStep.Data, 421, "4.3.2 Closing", true)]
    [InlineData(SmtpStep.Data, 451, "4.4.2 Timeout", false)]
    [InlineData(SmtpStep.Data, 503, "5.5.1 RCPT first", false)]
    public async Task What_a_used_session_says_of_itself_is_not_the_answer_to_the_email(SmtpStep step, int code, string text, bool async)
    {
        foreach (var closes in (bool[])[false, true])
        {
            await using var server = Start();
            await using var transporter = new SmtpTransporter(server.ToServerOptions());
            AssertAccepted(await SendAsync(transporter, async));
            var rule = server.Script.On(step).Times(1);
            _ = closes ? rule.ReplyAndClose(code, text) : rule.Reply(code, text);

            AssertAccepted(await SendAsync(transporter, async, NewMail(Recipients(2))));

            Assert.Equal(1, rule.Hits);
            Assert.Equal([1, 2], server.Messages.Select(m => m.Recipients.Count));
            Assert.Equal(2, server.Sessions.Count);
        }
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_used_session_that_has_forgotten_MAIL_is_replaced(bool async)
    {
        await using var server = Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        AssertAccepted(await SendAsync(transporter, async));
        server.Script.On(SmtpStep.RcptTo).Times(2).Reply(503, "5.5.1 MAIL first");

        AssertAccepted(await SendAsync(transporter, async, NewMail(Recipients(2))));

        Assert.Equal([1, 2], server.Messages.Select(m => m.Recipients.Count));
        Assert.Equal(2, server.Sessions.Count);
    }

    [Theory]
    [InlineData(SmtpStep.MailFrom, 503, Outcome.Refused, false)]
    [InlineData(SmtpStep.MailFrom, 421, Outcome.Deferred, true)]
    [InlineData(SmtpStep.RcptTo, 421, Outcome.Deferred, false)]
    [InlineData(SmtpStep.Data, 421, Outcome.Deferred, true)]
    public async Task What_a_new_session_says_as_well_is_the_answer(SmtpStep step, int code, Outcome outcome, bool async)
    {
        await using var server = Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        AssertAccepted(await SendAsync(transporter, async));
        server.Script.On(step).ReplyAndClose(code, "What");

        var result = await SendAsync(transporter, async);

        Assert.Equal((outcome, code), (result.Outcome, result.Status));
        Assert.Equal(2, server.Sessions.Count);
        Assert.Single(server.Messages);
    }

    [Theory]
    [InlineData(SmtpStep.RcptTo, false)]
    [InlineData(SmtpStep.Data, false)]
    [InlineData(SmtpStep.Data, true)]
    [InlineData(SmtpStep.Body, false)]
    [InlineData(SmtpStep.Body, true)]
    public async Task A_used_connection_that_is_lost_before_the_end_of_the_message_is_replaced(SmtpStep step, bool async)
    {
        await using var server = Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        AssertAccepted(await SendAsync(transporter, async));
        var rule = server.Script.On(step).Times(1);
        _ = step == SmtpStep.Body ? rule.ResetAfterBytes(1) : rule.Close();
        var email = NewMail();
        email.Attachments.Add(MailAttachment.FromBytes(new byte[6_000_000], "large.bin"));

        AssertAccepted(await SendAsync(transporter, async, email));

        Assert.Equal(2, server.Messages.Count);
        Assert.Equal(2, server.Sessions.Count);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_message_whose_end_was_sent_is_not_sent_again(bool async)
    {
        foreach (var (code, outcome) in new[] { (421, Outcome.Deferred), (503, Outcome.Refused), (0, Outcome.Unknown) })
        {
            await using var server = Start();
            await using var transporter = new SmtpTransporter(server.ToServerOptions() with { Reconnect = ReconnectMode.Always });
            AssertAccepted(await SendAsync(transporter, async));
            var rule = server.Script.On(SmtpStep.EndOfData).Times(1);
            _ = code == 0 ? rule.Close() : rule.ReplyAndClose(code, "4.4.2 Timeout");

            Assert.Equal(outcome, (await SendAsync(transporter, async)).Outcome);

            Assert.Single(server.Sessions);
        }
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_goodbye_behind_the_reply_to_the_message_leaves_the_message_accepted(bool chunking, bool async)
    {
        await using var server = Start(chunking);
        server.Script.On(SmtpStep.EndOfData).ReplyRaw("250 2.0.0 Ok: queued as 4F1C2A0B9D\r\n421 4.7.0 too many messages, bye\r\n");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        for (var i = 0; i < 3; i++)
        {
            var result = await SendAsync(transporter, async);

            AssertAccepted(result);
            Assert.Equal("4F1C2A0B9D", result.QueueId);
        }
        Assert.Equal(3, server.Sessions.Count);
        Assert.All(server.Sessions, s => Assert.DoesNotContain("QUIT", Verbs(s)));
    }

    [Theory]
    [InlineData("250 2.0.0 Ok\r\n4", Outcome.Accepted, false)]
    [InlineData("250 2.0.0 Ok\r\n42", Outcome.Accepted, true)]
    [InlineData("250 2.0.0 Ok\r\n421-4.7.0 bye\r\n", Outcome.Accepted, false)]
    [InlineData("250 2.0.0 Ok\r\n450 4.2.0 What\r\n", Outcome.Unknown, false)]
    [InlineData("250 2.0.0 Ok\r\n250 2.0.0 Ok\r\n", Outcome.Unknown, true)]
    public async Task Only_a_goodbye_may_follow_the_reply_to_a_message_in_one_flight(string replies, Outcome outcome, bool async)
    {
        await using var server = Start(chunking: true);
        server.Script.On(SmtpStep.EndOfData).ReplyRaw(replies);
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        Assert.Equal(outcome, (await SendAsync(transporter, async)).Outcome);
    }

    [Theory]
    [InlineData(SmtpStep.MailFrom, "250 2.1.0 Ok\r\n421 4.3.2 Closing\r\n", false)]
    [InlineData(SmtpStep.RcptTo, "250 2.1.5 Ok\r\n421 4.3.2 Closing\r\n", true)]
    [InlineData(SmtpStep.Data, "354 Go on\r\n421 4.3.2 Closing\r\n", true)]
    public async Task A_goodbye_between_commands_of_a_used_session_replaces_it(SmtpStep step, string replies, bool async)
    {
        await using var server = SmtpTestServer.Start(Plain with { Chunking = false, Pipelining = false });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        AssertAccepted(await SendAsync(transporter, async));
        server.Script.On(step).Times(1).ReplyRaw(replies);

        AssertAccepted(await SendAsync(transporter, async));

        Assert.Equal(2, server.Messages.Count);
        Assert.Equal(2, server.Sessions.Count);
    }

    [Theory]
    [InlineData(false, false, SmtpTestTlsMode.None)]
    [InlineData(false, true, SmtpTestTlsMode.StartTls)]
    [InlineData(true, false, SmtpTestTlsMode.StartTls)]
    [InlineData(true, true, SmtpTestTlsMode.None)]
    public async Task Replies_that_were_read_before_the_connection_was_lost_count(bool chunking, bool async, SmtpTestTlsMode tls)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = tls, Chunking = chunking });
        server.Script.On(SmtpStep.RcptTo).Reply(550, "5.1.1 Unknown");
        server.Script.On(chunking ? SmtpStep.Bdat : SmtpStep.Data).Reset();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var one = await SendAsync(transporter, async);
        var three = await SendAsync(transporter, async, NewMail(Recipients(3)));

        foreach (var result in new[] { one, three })
        {
            Assert.Equal((Outcome.Refused, 550), (result.Outcome, result.Status));
            Assert.All(result.Recipients, r => Assert.Equal((RecipientState.Refused, 550), (r.State, r.Status)));
            Assert.Null(result.RetryEmail());
        }
        Assert.Equal(2, server.Sessions.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_refused_sender_counts_though_the_connection_is_lost_behind_it(bool async)
    {
        await using var server = Start();
        server.Script.On(SmtpStep.MailFrom).Reply(550, "5.7.1 Not you");
        server.Script.On(SmtpStep.RcptTo).Reset();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async, NewMail(Recipients(3)));

        Assert.Equal((Outcome.Refused, 550), (result.Outcome, result.Status));
        Assert.Single(server.Sessions);
    }

    [Theory]
    [InlineData(SmtpStep.MailFrom, false)]
    [InlineData(SmtpStep.MailFrom, true)]
    public async Task A_connection_that_cannot_be_replaced_leaves_the_refusals_that_are_known(SmtpStep step, bool async)
    {
        await using var server = Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        server.Script.On(step).Times(1).Do(_ => server.Script.On(SmtpStep.Connect).ReplyAndClose(554, "5.3.2 No service"));
        server.Script.On(SmtpStep.RcptTo, "r0@").Reply(550, "5.1.1 Unknown");
        server.Script.On(SmtpStep.RcptTo, "r1@").ReplyAndClose(421, "4.7.0 Too many errors");

        var result = await SendAsync(transporter, async, NewMail(Recipients(3)));

        Assert.Equal((Outcome.NotSent, 554), (result.Outcome, result.Status));
        Assert.Equal(RecipientState.Refused, result.Recipients[0].State);
        Assert.Empty(server.Messages);
    }

    [Theory]
    [InlineData(4, 1)]
    [InlineData(5, 2)]
    public async Task A_session_in_which_a_refusal_took_five_seconds_is_replaced(int seconds, int sessions)
    {
        foreach (var async in (bool[])[false, true])
        {
            var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
            await using var server = Start(chunking: true);
            server.Script.On(SmtpStep.MailFrom).Do(_ => time.Advance(TimeSpan.FromSeconds(seconds)));
            server.Script.On(SmtpStep.RcptTo).After(1).Times(1).Reply(550, "5.1.1 Unknown");
            using var transporter = new SmtpTransporter(server.ToServerOptions(), null, time, new SystemResolver());

            AssertAccepted(await SendAsync(transporter, async));
            Assert.Equal(Outcome.Refused, (await SendAsync(transporter, async)).Outcome);
            AssertAccepted(await SendAsync(transporter, async));

            Assert.Equal(sessions, server.Sessions.Count);
        }
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Many_refused_recipients_bring_no_session_to_its_limit_of_errors(bool async)
    {
        foreach (var chunking in (bool[])[false, true])
        {
            await using var server = Start(chunking);
            server.Script.On(SmtpStep.RcptTo).Reply(550, "5.1.1 Unknown");
            await using var transporter = new SmtpTransporter(server.ToServerOptions());

            for (var i = 0; i < 40; i++)
                Assert.Equal((Outcome.Refused, 550), Result(await SendAsync(transporter, async, NewMail($"r{i}@example.org"))));

            Assert.All(server.Sessions, s => Assert.InRange(Errors(s), 1, SessionHealth.MaxErrors));
            Assert.Equal(10, server.Sessions.Count);
            // Only the first in each session is followed by its message, which is a second error.
            Assert.All(server.Sessions, s => Assert.Equal(1, Verbs(s).Count(v => v is "DATA" or "BDAT")));
        }

        static (Outcome, int) Result(SendResult result) => (result.Outcome, result.Status);
    }

    [Theory]
    [InlineData("250\tqueued", false)]
    [InlineData("250\t2.0.0 Ok: queued as 4F1C2A0B9D", true)]
    public async Task The_code_counts_if_a_tab_follows_it(string reply, bool async)
    {
        await using var server = Start();
        server.Script.On(SmtpStep.EndOfData).ReplyRaw($"{reply}\r\n");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async);

        AssertAccepted(result);
        Assert.Equal(reply[4..], result.StatusText);
    }

    [Theory]
    [InlineData(500, false)]
    [InlineData(500, true)]
    [InlineData(502, true)]
    public async Task A_server_that_does_not_know_NOOP_can_be_used(int code, bool async)
    {
        await using var server = Start();
        server.Script.On(SmtpStep.NoOp).Reply(code, "5.5.1 Command unknown");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        for (var i = 0; i < 2; i++)
        {
            var status = await CheckAsync(transporter, async);

            Assert.True(status.Success);
            Assert.Equal((code, "5.5.1 Command unknown"), (status.Status, status.StatusText));
            Assert.Equal("", status.Reason);
            Assert.Empty(status.Errors);
            Assert.Contains("NOOP", Assert.Single(status.Warnings).Message, StringComparison.Ordinal);
        }
        AssertAccepted(await SendAsync(transporter, async));
        Assert.Single(server.Sessions);
    }
}
