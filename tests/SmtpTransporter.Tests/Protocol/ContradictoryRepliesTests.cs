using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>
/// Tests a server that takes, or may have taken, a message behind a refusal of its sender or of its recipients: the message was on its way
/// before they were answered. It must not be sent again.
/// </summary>
public sealed class ContradictoryRepliesTests : SocketTest
{
    private const string Two = "ann@example.org, bob@example.org";

    private static SmtpTestServer Start() => SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });

    private static async Task<SmtpTransporter> WithUsedSessionAsync(SmtpTestServer server, bool async)
    {
        var transporter = new SmtpTransporter(server.ToServerOptions());
        AssertAccepted(await SendAsync(transporter, async));
        return transporter;
    }

    private static void AssertUnknown(SendResult result, SmtpTestServer server)
    {
        Assert.True(result.Outcome == Outcome.Unknown, Describe(result));
        Assert.All(result.Recipients, r => Assert.True(r.IsInDoubt));
        Assert.Null(result.RetryEmail());
        Assert.Contains(result.Errors, e => e.ErrCode == SmtpErrorCodes.ProtocolError);
        AssertSentOnce(server);
    }

    /// <summary>One message in the session before, and one now.</summary>
    private static void AssertSentOnce(SmtpTestServer server) =>
        Assert.Equal(2, Verbs(Assert.Single(server.Sessions)).Count(v => v == "BDAT"));

    [Theory]
    [InlineData(451, "4.4.2 Timeout waiting for data from client", false)]
    [InlineData(451, "4.4.2 Timeout waiting for data from client", true)]
    [InlineData(503, "5.5.1 EHLO first", false)]
    [InlineData(500, "5.5.2 What", true)]
    [InlineData(421, "4.3.2 Closing", true)]
    public async Task A_message_that_was_taken_behind_a_refused_sender_is_in_doubt(int code, string text, bool async)
    {
        await using var server = Start();
        await using var transporter = await WithUsedSessionAsync(server, async);
        server.Script.On(SmtpStep.MailFrom).Times(1).Reply(code, text);
        server.Script.On(SmtpStep.RcptTo).Times(2).Reply(250, "2.1.5 Ok");
        server.Script.On(SmtpStep.Bdat).Times(1).Reply(250, "2.0.0 Ok");

        AssertUnknown(await SendAsync(transporter, async, NewMail(Two)), server);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Replies_that_are_shifted_by_one_do_not_hide_that_the_message_was_taken(bool async)
    {
        // A reply too many before that to MAIL: what stands for the answer to the message is a recipient's.
        await using var server = Start();
        await using var transporter = await WithUsedSessionAsync(server, async);
        server.Script.On(SmtpStep.MailFrom).Times(1).ReplyRaw("500 5.5.2 What\r\n250 2.1.0 Ok\r\n");
        server.Script.On(SmtpStep.RcptTo, "ann@").Times(1).Reply(250, "2.1.5 Ok");
        server.Script.On(SmtpStep.RcptTo, "bob@").Times(1).Reply(450, "4.2.1 Busy");
        server.Script.On(SmtpStep.Bdat).Times(1).Reply(250, "2.0.0 Ok");

        AssertUnknown(await SendAsync(transporter, async, NewMail(Two)), server);
    }

    [Theory]
    [InlineData(503, "5.5.1 MAIL first", false)]
    [InlineData(421, "4.7.0 Too many errors", true)]
    [InlineData(452, "4.5.3 Too many recipients", false)]
    public async Task A_message_that_was_taken_although_every_recipient_was_put_off_is_in_doubt(int code, string text, bool async)
    {
        await using var server = Start();
        await using var transporter = await WithUsedSessionAsync(server, async);
        server.Script.On(SmtpStep.RcptTo).Times(2).Reply(code, text);
        server.Script.On(SmtpStep.Bdat).Times(1).Reply(250, "2.0.0 Ok");

        AssertUnknown(await SendAsync(transporter, async, NewMail(Two)), server);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_recipient_who_was_refused_does_not_have_a_message_that_was_taken_for_nobody(bool async)
    {
        await using var server = Start();
        await using var transporter = await WithUsedSessionAsync(server, async);
        server.Script.On(SmtpStep.RcptTo, "ann@").Reply(550, "5.1.1 Unknown");
        server.Script.On(SmtpStep.RcptTo, "bob@").Times(1).Reply(421, "4.3.2 Closing");
        server.Script.On(SmtpStep.Bdat).Times(1).Reply(250, "2.0.0 Ok");

        var one = await SendAsync(transporter, async, NewMail(Two));

        Assert.Equal(Outcome.Unknown, one.Outcome);
        Assert.Equal(
            [(RecipientState.Refused, false), (RecipientState.Accepted, true)], one.Recipients.Select(r => (r.State, r.IsInDoubt)));
        Assert.Null(one.RetryEmail());

        server.Script.On(SmtpStep.Bdat).Times(1).Reply(250, "2.0.0 Ok");
        var two = await SendAsync(transporter, async);

        Assert.Equal((Outcome.Refused, 550), (two.Outcome, two.Status));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_connection_that_is_lost_behind_a_recipient_without_a_sender_leaves_the_message_in_doubt(bool async)
    {
        await using var server = Start();
        await using var transporter = await WithUsedSessionAsync(server, async);
        server.Script.On(SmtpStep.MailFrom).Times(1).Reply(451, "4.4.2 Timeout");
        server.Script.On(SmtpStep.RcptTo).Times(2).Reply(250, "2.1.5 Ok");
        server.Script.On(SmtpStep.Bdat).Times(1).Close();

        var result = await SendAsync(transporter, async, NewMail(Two));

        Assert.Equal(Outcome.Unknown, result.Outcome);
        AssertSentOnce(server);
    }

    [Theory]
    [InlineData(SmtpStep.MailFrom, false)]
    [InlineData(SmtpStep.MailFrom, true)]
    [InlineData(SmtpStep.RcptTo, true)]
    public async Task A_message_that_was_refused_as_well_is_sent_over_a_new_connection(SmtpStep step, bool async)
    {
        await using var server = Start();
        await using var transporter = await WithUsedSessionAsync(server, async);
        server.Script.On(step).Times(step == SmtpStep.MailFrom ? 1 : 2).Reply(503, "5.5.1 EHLO first");

        AssertAccepted(await SendAsync(transporter, async, NewMail(Two)));

        Assert.Equal([1, 2], server.Messages.Select(m => m.Recipients.Count));
        Assert.Equal(2, server.Sessions.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_goodbye_to_a_recipient_does_not_hide_that_the_others_have_the_message(bool async)
    {
        await using var server = Start();
        await using var transporter = await WithUsedSessionAsync(server, async);
        server.Script.On(SmtpStep.RcptTo, "bob@").Times(1).Reply(421, "4.7.0 Try again later");

        AssertAccepted(await SendAsync(transporter, async, NewMail(Two)));

        Assert.Equal(
            ["ann@example.org", "ann@example.org", "bob@example.org"], server.Messages.SelectMany(m => m.Recipients));
        Assert.Equal(2, server.Sessions.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_goodbye_to_a_recipient_decides_if_the_server_closes_behind_it(bool async)
    {
        await using var server = Start();
        await using var transporter = await WithUsedSessionAsync(server, async);
        server.Script.On(SmtpStep.RcptTo, "bob@").ReplyAndClose(421, "4.7.0 Too many errors");

        var result = await SendAsync(transporter, async, NewMail(Two));

        Assert.Equal((Outcome.Deferred, 421), (result.Outcome, result.Status));
        Assert.Single(server.Sessions);
        Assert.Single(server.Messages);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_goodbye_to_the_first_recipient_replaces_the_session(bool async)
    {
        await using var server = Start();
        await using var transporter = await WithUsedSessionAsync(server, async);
        server.Script.On(SmtpStep.RcptTo, "ann@").Times(1).ReplyAndClose(421, "4.3.2 Closing");

        AssertAccepted(await SendAsync(transporter, async, NewMail(Two)));

        Assert.Equal([1, 2], server.Messages.Select(m => m.Recipients.Count));
        Assert.Equal(2, server.Sessions.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_follows_a_goodbye_does_not_decide(bool async)
    {
        await using var server = Start();
        await using var transporter = await WithUsedSessionAsync(server, async);
        server.Script.On(SmtpStep.RcptTo, "bob@").Reply(421, "4.3.2 Closing");
        server.Script.On(SmtpStep.Bdat).Reply(503, "5.5.1 Closing");

        var result = await SendAsync(transporter, async, NewMail(Two));

        Assert.Equal((Outcome.Deferred, 421), (result.Outcome, result.Status));
    }

    [Theory]
    [InlineData(SmtpStep.MailFrom, 451, false)]
    [InlineData(SmtpStep.RcptTo, 550, true)]
    public async Task A_session_is_not_used_again_behind_a_goodbye_to_a_message_that_was_refused_before(SmtpStep step, int code, bool async)
    {
        foreach (var chunking in (bool[])[false, true])
        {
            await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None, Chunking = chunking });
            await using var transporter = await WithUsedSessionAsync(server, async);
            server.Script.On(step).Times(1).Reply(code, "What");
            server.Script.On(chunking ? SmtpStep.Bdat : SmtpStep.Data).Times(1).Reply(421, "4.3.2 Closing");

            Assert.Equal(code, (await SendAsync(transporter, async)).Status);
            AssertAccepted(await SendAsync(transporter, async));

            Assert.Equal(2, server.Sessions.Count);
            Assert.DoesNotContain("QUIT", Verbs(server.Sessions[0]));
        }
    }
}
