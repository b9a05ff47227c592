using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>LMTP (RFC 2033): the conversation before the message, and the answers for each recipient behind it.</summary>
public sealed class LmtpTests : SocketTest
{
    private static readonly SmtpTestServerOptions Lmtp = new() { Protocol = MailProtocol.Lmtp };

    private static readonly SmtpTestServerOptions[] Kinds =
    [
        Lmtp,
        Lmtp with { Pipelining = false },
        Lmtp with { Chunking = false },
        Lmtp with { Chunking = false, Pipelining = false },
    ];

    public static TheoryData<int, bool> KindsOfServers
    {
        get
        {
            var rows = new TheoryData<int, bool>();
            for (var kind = 0; kind < Kinds.Length; kind++)
            {
                rows.Add(kind, false);
                rows.Add(kind, true);
            }
            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(KindsOfServers))]
    public async Task The_client_begins_with_LHLO_and_the_server_answers_for_each_recipient(int kind, bool async)
    {
        await using var server = SmtpTestServer.Start(Kinds[kind]);
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        AssertAccepted(await SendAsync(transporter, async, ToThree()));
        AssertAccepted(await SendAsync(transporter, async, ToThree()));

        Assert.Equal(["LHLO", "STARTTLS", "LHLO", "MAIL"], Verbs(Assert.Single(server.Sessions)).Take(4));
        Assert.Equal(["ann@x.test", "bob@x.test", "carl@x.test"], server.Messages[1].Recipients);
        Assert.True(server.Messages[0].IsSecure);
    }

    [Theory]
    [MemberData(nameof(KindsOfServers))]
    public async Task A_recipient_who_is_over_quota_behind_the_message_is_refused_and_the_others_have_it(int kind, bool async)
    {
        await using var server = SmtpTestServer.Start(Kinds[kind]);
        server.Script.On(SmtpStep.EndOfData, "bob@").Reply(552, "5.2.2 <bob@x.test> Quota exceeded");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async, ToThree());

        Assert.Equal((Outcome.PartiallyAccepted, 552), (result.Outcome, result.Status));
        Assert.Equal(
            [RecipientState.Accepted, RecipientState.Refused, RecipientState.Accepted], result.Recipients.Select(r => r.State));
        Assert.Equal(new EnhancedStatus(5, 2, 2), result.Recipients[1].EnhancedStatus);
        Assert.Empty(result.RetryRecipients);
        Assert.Equal(["ann@x.test", "carl@x.test"], Assert.Single(server.Messages).Recipients);
    }

    [Theory]
    [InlineData(452, "4.2.2 Over quota")]
    [InlineData(452, "Over quota")]
    [InlineData(431, "Try again")]
    [InlineData(450, "4.5.3 Too many recipients")]
    public async Task A_recipient_who_is_deferred_behind_the_message_does_not_get_it_in_another_transaction(int code, string text)
    {
        await using var server = SmtpTestServer.Start(Lmtp);
        server.Script.On(SmtpStep.EndOfData, "carl@").Reply(code, text);
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async: true, ToThree());

        Assert.Equal(Outcome.PartiallyAccepted, result.Outcome);
        Assert.Equal(RecipientState.Deferred, result.Recipients[2].State);
        Assert.Equal(["carl@x.test"], result.RetryRecipients);
        Assert.Equal(1, server.Sessions.Sum(s => Verbs(s).Count(v => v == "MAIL")));
    }

    [Theory]
    [InlineData(550, 550, Outcome.Refused, 550)]
    [InlineData(550, 450, Outcome.Deferred, 450)]
    [InlineData(450, 452, Outcome.Deferred, 450)]
    public async Task If_all_are_refused_behind_the_message_nobody_has_it(int first, int second, Outcome outcome, int status)
    {
        await using var server = SmtpTestServer.Start(Lmtp);
        server.Script.On(SmtpStep.EndOfData, "ann@").Reply(first, "No");
        server.Script.On(SmtpStep.EndOfData, "bob@").Reply(second, "No");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async: true, NewMail("ann@x.test, bob@x.test"));

        Assert.Equal((outcome, status), (result.Outcome, result.Status));
        Assert.Equal([first, second], result.Recipients.Select(r => r.Status));
        Assert.Empty(server.Messages);
        Assert.Equal(1, server.Sessions.Sum(s => Verbs(s).Count(v => v == "MAIL")));
    }

    [Theory]
    [MemberData(nameof(KindsOfServers))]
    public async Task Recipients_that_were_refused_before_the_message_get_no_reply_behind_it(int kind, bool async)
    {
        await using var server = SmtpTestServer.Start(Kinds[kind]);
        server.Script.On(SmtpStep.RcptTo, "ann@").Reply(550, "5.1.1 No such user");
        server.Script.On(SmtpStep.EndOfData, "carl@").Reply(450, "4.2.0 Busy");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async, ToThree());
        var next = await SendAsync(transporter, async, NewMail("dora@x.test"));

        Assert.Equal(
            [RecipientState.Refused, RecipientState.Accepted, RecipientState.Deferred], result.Recipients.Select(r => r.State));
        Assert.Equal(["bob@x.test"], server.Messages[0].Recipients);
        AssertAccepted(next);
        Assert.Single(server.Sessions);
    }

    [Theory]
    [MemberData(nameof(KindsOfServers))]
    public async Task If_every_recipient_is_refused_before_the_message_there_is_no_message(int kind, bool async)
    {
        await using var server = SmtpTestServer.Start(Kinds[kind]);
        server.Script.On(SmtpStep.RcptTo).Times(3).Reply(550, "5.1.1 No such user");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async, ToThree());
        var next = await SendAsync(transporter, async, NewMail("dora@x.test"));

        Assert.Equal((Outcome.Refused, 550), (result.Outcome, result.Status));
        AssertAccepted(next);
        Assert.Single(server.Sessions);
    }

    [Theory]
    [MemberData(nameof(KindsOfServers))]
    public async Task If_the_connection_is_lost_between_two_answers_those_before_it_are_known(int kind, bool async)
    {
        await using var server = SmtpTestServer.Start(Kinds[kind]);
        server.Script.On(SmtpStep.EndOfData, "bob@").Reply(552, "5.2.2 Quota exceeded");
        server.Script.On(SmtpStep.EndOfData, "carl@").Close();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async, NewMail("ann@x.test, bob@x.test, carl@x.test, dora@x.test"));

        Assert.Equal((Outcome.Unknown, 0), (result.Outcome, result.Status));
        Assert.Equal(
            [
                (RecipientState.Accepted, false), (RecipientState.Refused, false), (RecipientState.Accepted, true),
                (RecipientState.Accepted, true),
            ],
            result.Recipients.Select(r => (r.State, r.IsInDoubt)));
        Assert.Empty(result.RetryRecipients);
        Assert.Equal(1, server.Sessions.Sum(s => Verbs(s).Count(v => v == "MAIL")));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_goodbye_between_two_answers_is_the_answer_for_its_recipient_only(bool async)
    {
        await using var server = SmtpTestServer.Start(Lmtp);
        server.Script.On(SmtpStep.EndOfData, "bob@").ReplyAndClose(421, "4.3.2 Shutting down");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async, ToThree());

        Assert.Equal(Outcome.Unknown, result.Outcome);
        Assert.Equal(
            [(RecipientState.Accepted, false), (RecipientState.Deferred, false), (RecipientState.Accepted, true)],
            result.Recipients.Select(r => (r.State, r.IsInDoubt)));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_server_that_stops_answering_between_two_recipients_leaves_the_rest_in_doubt(bool async)
    {
        await WithGrowingLimit(async limit =>
        {
            await using var server = SmtpTestServer.Start(Lmtp);
            var hang = server.Script.On(SmtpStep.EndOfData, "carl@").Hang();
            await using var transporter = new SmtpTransporter(server.ToServerOptions() with { SendTimeout = limit });

            var result = await SendAsync(transporter, async, ToThree());

            if (!hang.Reached.IsCompleted)
                return false;
            Assert.Equal(Outcome.Unknown, result.Outcome);
            Assert.Equal([false, false, true], result.Recipients.Select(r => r.IsInDoubt));
            return true;
        });
    }

    [Theory]
    [MemberData(nameof(KindsOfServers))]
    public async Task A_large_message_is_answered_for_each_recipient_too(int kind, bool async)
    {
        await using var server = SmtpTestServer.Start(Kinds[kind]);
        server.Script.On(SmtpStep.EndOfData, "ann@").Reply(452, "4.2.2 Over quota");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var email = ToThree();
        email.Attachments.Add(MailAttachment.FromBytes(new byte[3_000_000], "zeros.bin"));

        var result = await SendAsync(transporter, async, email);

        Assert.Equal(
            [RecipientState.Deferred, RecipientState.Accepted, RecipientState.Accepted], result.Recipients.Select(r => r.State));
        Assert.Equal(["bob@x.test", "carl@x.test"], Assert.Single(server.Messages).Recipients);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task The_message_as_a_whole_may_be_refused_before_it_is_sent(bool async)
    {
        await using var server = SmtpTestServer.Start(Lmtp with { Chunking = false });
        server.Script.On(SmtpStep.Data).Times(1).Reply(451, "4.3.0 Not now");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async, ToThree());

        Assert.Equal((Outcome.Deferred, 451), (result.Outcome, result.Status));
        Assert.All(result.Recipients, r => Assert.Equal(RecipientState.Deferred, r.State));
        AssertAccepted(await SendAsync(transporter, async, ToThree()));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task An_answer_that_SMTP_does_not_have_leaves_the_message_in_doubt(bool async)
    {
        await using var server = SmtpTestServer.Start(Lmtp);
        server.Script.On(SmtpStep.EndOfData, "bob@").Reply(354, "Go on");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async, ToThree());

        Assert.Equal(Outcome.Unknown, result.Outcome);
        Assert.Equal([false, true, true], result.Recipients.Select(r => r.IsInDoubt));
    }

    private static Email ToThree() => NewMail("ann@x.test, bob@x.test, carl@x.test");
}
