using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests emails that follow one another without waiting: what is sent when, and what becomes of each.</summary>
public sealed class OverlapTests : OverlapTest
{
    private static readonly SmtpStep[] Steps = [SmtpStep.MailFrom, SmtpStep.RcptTo, SmtpStep.EndOfData];
    private static readonly bool[] Both = [false, true];

    // The server holds its reply to the MAIL of the first email.
    public static IEnumerable<TheoryDataRow<SmtpStep, string, bool, bool>> Refusals =>
        from step in Steps
        from refused in Names
        where (step, refused) != (SmtpStep.MailFrom, "a")
        from chunking in Both
        from async in Both
        select new TheoryDataRow<SmtpStep, string, bool, bool>(step, refused, chunking, async);

    public static MatrixTheoryData<SmtpStep, bool, bool, bool> DoubledReplies => new(Steps, Both, Both, Both);

    [Theory]
    [MemberData(nameof(ChunkingAndAsync))]
    public async Task Emails_that_wait_follow_behind_RSET_and_arrive_once_each(bool chunking, bool async)
    {
        await using var server = StartServer(chunking);
        using var transporter = NewTransporter(server);

        Assert.All(await SendTogetherAsync(server, transporter, async, [.. Names.Select(NewNamed)]), AssertAccepted);

        AssertStored(server, Names);
        var verbs = Verbs(Assert.Single(server.Sessions)).SkipWhile(v => v != "MAIL").Skip(3).ToList();
        // With chunks, the first goes alone, because its flight is out before the others wait.
        Assert.Equal(chunking ? 2 : 3, verbs.Count(v => v == "RSET"));
        Assert.Equal((0, 0), (transporter.Pool.InUse, transporter.Pool.Waiting));
    }

    [Theory]
    [MemberData(nameof(ChunkingAndAsync))]
    public async Task Without_the_option_no_email_follows_before_its_turn(bool chunking, bool async)
    {
        await using var server = StartServer(chunking);
        using var transporter = NewTransporter(server, o => o with { Overlap = 0 });
        var gate = new TaskCompletionSource();
        var held = server.Script.On(SmtpStep.MailFrom).Times(1).WaitFor(gate.Task);

        var sends = Names.Select(name => SendAsync(transporter, async, NewNamed(name))).ToList();
        await held.Reached.WaitAsync(Cancellation);
        Assert.True(SpinWait.SpinUntil(() => transporter.Pool.Waiting == 3, TimeSpan.FromSeconds(30)));
        Assert.Equal(0, transporter.Pool.Ready);
        gate.SetResult();

        Assert.All(await Task.WhenAll(sends), AssertAccepted);
        Assert.DoesNotContain("RSET", Verbs(Assert.Single(server.Sessions)));
    }

    [Theory]
    [MemberData(nameof(ChunkingAndAsync))]
    public async Task A_connection_that_is_at_rest_gets_no_RSET(bool chunking, bool async)
    {
        await using var server = StartServer(chunking);
        using var transporter = NewTransporter(server);

        foreach (var name in Names)
            AssertAccepted(await SendAsync(transporter, async, NewNamed(name)));

        AssertStored(server, Names);
        Assert.DoesNotContain("RSET", Verbs(Assert.Single(server.Sessions)));
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_refusal_is_that_of_its_own_email_only(SmtpStep step, string refused, bool chunking, bool async)
    {
        await using var server = StartServer(chunking);
        using var transporter = NewTransporter(server);
        server.Script.On(step, $"{refused}@").Reply(550, "5.7.1 Not this one");

        var results = await SendTogetherAsync(server, transporter, async, [.. Names.Select(NewNamed)]);

        for (var i = 0; i < Names.Length; i++)
        {
            if (Names[i] == refused)
                Assert.Equal((Outcome.Refused, 550), (results[i].Outcome, results[i].Status));
            else
                AssertAccepted(results[i]);
            Assert.Empty(results[i].Warnings);
        }
        AssertStored(server, [.. Names.Where(n => n != refused)]);
        Assert.Equal((0, 0), (transporter.Pool.InUse, transporter.Pool.Waiting));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Only_the_email_whose_end_was_sent_is_unknown_without_chunks(bool async)
    {
        await using var server = StartServer(chunking: false);
        using var transporter = NewTransporter(server);
        server.Script.On(SmtpStep.EndOfData, "b@").Times(1).Close();

        var results = await SendTogetherAsync(server, transporter, async, [.. Names.Select(NewNamed)]);

        Assert.Equal(
            [Outcome.Accepted, Outcome.Unknown, Outcome.Accepted, Outcome.Accepted], results.Select(r => r.Outcome));
        AssertStored(server, "a", "b", "c", "d");
        AssertGivenUp(results);
        Assert.Equal(2, server.Sessions.Count);
        Assert.DoesNotContain("RSET", Verbs(server.Sessions[1]));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Each_email_that_was_sent_and_not_answered_is_unknown_with_chunks(bool async)
    {
        await using var server = StartServer(chunking: true);
        using var transporter = NewTransporter(server);
        server.Script.On(SmtpStep.EndOfData, "b@").Times(1).Close();

        var results = await SendTogetherAsync(server, transporter, async, [.. Names.Select(NewNamed)]);

        Assert.Equal(
            [Outcome.Accepted, Outcome.Unknown, Outcome.Unknown, Outcome.Unknown], results.Select(r => r.Outcome));
        AssertStored(server, "a", "b");
        AssertGivenUp(results);
        Assert.All(results.Skip(1), r => Assert.Contains(
            r.Errors, e => e.ErrCode is SmtpErrorCodes.ConnectionClosed or SmtpErrorCodes.ConnectionLost));
        Assert.Equal((0, 0), (transporter.Pool.InUse, transporter.Pool.Waiting));
        AssertAccepted(await SendAsync(transporter, async, NewNamed("first")));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_server_that_answers_and_closes_is_not_sent_overlapped_emails_again(bool async)
    {
        await using var server = StartServer(chunking: true);
        using var transporter = NewTransporter(server);
        server.Script.On(SmtpStep.EndOfData, "b@").Times(1).ReplyAndClose(250, "2.0.0 Ok");

        var results = await SendTogetherAsync(server, transporter, async, [.. Names.Select(NewNamed)]);

        Assert.Equal(
            [Outcome.Accepted, Outcome.Accepted, Outcome.Unknown, Outcome.Unknown], results.Select(r => r.Outcome));
        AssertGivenUp(results);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_refused_RSET_ends_the_connection_and_the_overlap(bool async)
    {
        await using var server = StartServer(chunking: false);
        using var transporter = NewTransporter(server);
        server.Script.On(SmtpStep.Rset).Times(1).Reply(502, "5.5.1 What?");

        var results = await SendTogetherAsync(server, transporter, async, [.. Names.Select(NewNamed)]);

        Assert.All(results, AssertAccepted);
        AssertStored(server, Names);
        AssertGivenUp(results);
        Assert.Equal(2, server.Sessions.Count);
        Assert.DoesNotContain("RSET", Verbs(server.Sessions[1]));
        var more = await SendWithoutOverlapAsync(transporter, async);
        Assert.All(more, r => Assert.Empty(r.Warnings));
        Assert.Equal(2, server.Sessions.Count);
        Assert.DoesNotContain("RSET", Verbs(server.Sessions[1]));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_refused_RSET_behind_a_chunk_leaves_in_doubt_whose_answer_was_read(bool async)
    {
        await using var server = StartServer(chunking: true);
        using var transporter = NewTransporter(server);
        server.Script.On(SmtpStep.Rset).Times(1).Reply(502, "5.5.1 What?");

        var results = await SendTogetherAsync(server, transporter, async, [.. Names.Select(NewNamed)]);

        // The reply that was taken for that to b may have been another one, and those to c and d are not read.
        Assert.Equal(
            [Outcome.Accepted, Outcome.Unknown, Outcome.Unknown, Outcome.Unknown], results.Select(r => r.Outcome));
        AssertGivenUp(results);
    }

    [Theory]
    [MemberData(nameof(DoubledReplies))]
    public async Task A_reply_too_many_is_never_the_answer_for_another_email(SmtpStep step, bool enhanced, bool chunking, bool async)
    {
        await using var server = StartServer(chunking);
        using var transporter = NewTransporter(server);
        var ok = enhanced ? "250 2.1.5 Ok\r\n" : "250 Ok\r\n";
        server.Script.On(step, "b@").Times(1).ReplyRaw(ok + ok);
        server.Script.On(SmtpStep.EndOfData, chunking ? "b@" : "c@").Times(1).Reply(554, "5.6.0 Not this one");

        var results = await SendTogetherAsync(server, transporter, async, [.. Names.Select(NewNamed)]);

        AssertGivenUp(results);
        for (var i = 0; i < Names.Length; i++)
        {
            var copies = server.Messages.Count(m => m.Message.Subject == Names[i]);
            Assert.True(copies <= 1, Describe(results[i]));
            if (results[i].Outcome != Outcome.Unknown)
                Assert.True(copies == (results[i].Outcome == Outcome.Accepted ? 1 : 0), $"{copies} copies: {Describe(results[i])}");
        }
        Assert.All(results, r => Assert.NotEqual(Outcome.NotSent, r.Outcome));
    }

    [Theory]
    [MemberData(nameof(ChunkingAndAsync))]
    public async Task A_server_that_closes_with_421_has_kept_step(bool chunking, bool async)
    {
        await using var server = StartServer(chunking);
        using var transporter = NewTransporter(server);
        server.Script.On(SmtpStep.EndOfData, "b@").Times(1).ReplyAndClose(421, "4.3.2 Closing");

        var results = await SendTogetherAsync(server, transporter, async, [.. Names.Select(NewNamed)]);

        Assert.Equal((Outcome.Deferred, 421), (results[1].Outcome, results[1].Status));
        // It has taken nothing of what followed: that goes out over another connection.
        Assert.All(results.Skip(2), AssertAccepted);
        Assert.All(results, r => Assert.Empty(r.Warnings));
        AssertStored(server, "a", "c", "d");
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_canceled_email_of_which_only_the_envelope_was_sent_is_not_sent(bool async)
    {
        await using var server = StartServer(chunking: false);
        using var transporter = NewTransporter(server);

        var results = await CancelOneAsync(server, transporter, async, held: "a", canceled: 1);

        Assert.Equal([Outcome.Accepted, Outcome.NotSent, Outcome.Accepted, Outcome.Accepted], results.Select(r => r.Outcome));
        AssertStored(server, "a", "c", "d");
        Assert.All(results, r => Assert.Empty(r.Warnings));
        Assert.Equal((0, 0), (transporter.Pool.InUse, transporter.Pool.Waiting));
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(3, true)]
    public async Task A_canceled_email_that_was_sent_as_a_whole_is_unknown_and_spoils_no_other(int canceled, bool async)
    {
        await using var server = StartServer(chunking: true);
        using var transporter = NewTransporter(server);

        var results = await CancelOneAsync(server, transporter, async, held: "b", canceled);

        Assert.Equal(
            Names.Select((_, i) => i == canceled ? Outcome.Unknown : Outcome.Accepted), results.Select(r => r.Outcome));
        await AssertStoredInTheEndAsync(server);
        Assert.All(results, r => Assert.Empty(r.Warnings));
        Assert.Equal((0, 0), (transporter.Pool.InUse, transporter.Pool.Waiting));
        // The replies that nobody waited for are not those to the next email.
        AssertAccepted(await SendAsync(transporter, async, NewNamed("first")));
        Assert.Equal(canceled == 2 ? 1 : 2, server.Sessions.Count);
    }

    [Theory]
    [MemberData(nameof(ChunkingAndAsync))]
    public async Task A_connection_that_is_worn_out_carries_no_further_email(bool chunking, bool async)
    {
        await using var server = StartServer(chunking);
        using var transporter = NewTransporter(server, o => o with { MaxMessagesPerConnection = 3 });

        Assert.All(await SendTogetherAsync(server, transporter, async, [.. Names.Select(NewNamed)]), AssertAccepted);

        AssertStored(server, Names);
        Assert.Equal([3, 2], server.Sessions.Select(s => Verbs(s).Count(v => v == "MAIL")));
    }

    [Theory]
    [MemberData(nameof(ChunkingAndAsync))]
    public async Task Recipients_that_are_left_get_the_email_behind_those_that_follow(bool chunking, bool async)
    {
        await using var server = StartServer(chunking);
        using var transporter = NewTransporter(server);
        server.Script.On(SmtpStep.RcptTo, "more@").Times(1).Reply(452, "4.5.3 Too many recipients");
        var second = NewNamed("b");
        second.Cc = "more@example.org";

        var results = await SendTogetherAsync(
            server, transporter, async, [NewNamed("a"), second, NewNamed("c"), NewNamed("d")]);

        Assert.All(results, AssertAccepted);
        Assert.Equal(
            ["a@example.org", "b@example.org", "c@example.org", "d@example.org", "first@example.org", "more@example.org"],
            server.Messages.SelectMany(m => m.Recipients).Order());
        Assert.Equal((0, 0), (transporter.Pool.InUse, transporter.Pool.Waiting));
        Assert.Single(server.Sessions);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task An_email_whose_commands_the_server_has_lost_goes_out_over_another_connection(bool async)
    {
        var time = NewTime();
        await using var server = StartServer(chunking: false);
        // Not that of the other connection, which is made while the clock goes on.
        var hour = TimeSpan.FromHours(1);
        using var transporter = NewTransporter(server, o => o with { ConnectionTimeout = hour, SendTimeout = hour }, time);
        var silent = server.Script.On(SmtpStep.Rset).Times(1).Hang();

        var results = await SendTogetherAsync(server, transporter, async, [.. Names.Select(NewNamed)], async sends =>
        {
            await silent.Reached.WaitAsync(Cancellation);
            await sends[0];
            // Only then the second begins to wait for its first reply, for ten seconds.
            for (var i = 0; i < 100 && !sends[1].IsCompleted; i++)
            {
                time.Advance(TimeSpan.FromSeconds(11));
                SpinWait.SpinUntil(() => sends[1].IsCompleted, TimeSpan.FromMilliseconds(100));
            }
        });

        Assert.All(results, AssertAccepted);
        AssertStored(server, Names);
        AssertGivenUp(results);
        Assert.Equal(2, server.Sessions.Count);
    }

    public static MatrixTheoryData<string, bool, bool> Plain => new(["KeepAlive", "Pipelining", "Large", "One"], Both, Both);

    [Theory]
    [MemberData(nameof(Plain))]
    public async Task What_has_demands_waits_for_its_turn(string demand, bool chunking, bool async)
    {
        await using var server = StartServer(chunking);
        using var transporter = NewTransporter(server, o => o with
        {
            KeepAlive = demand != "KeepAlive",
            Pipelining = demand != "Pipelining",
            Overlap = demand == "One" && chunking ? 1 : 4,
        });
        AssertAccepted(await SendAsync(transporter, async, NewNamed("first")));
        var gate = new TaskCompletionSource();
        var held = server.Script.On(SmtpStep.MailFrom, "a@").WaitFor(gate.Task);
        // Without chunks, one email that is on its way is the least there is.
        var isLarge = demand == "Large" || (demand == "One" && !chunking);

        var sends = new List<Task<SendResult>> { SendAsync(transporter, async, NewNamed("a")) };
        await held.Reached.WaitAsync(Cancellation);
        foreach (var name in Names[1..])
        {
            var email = NewNamed(name);
            if (isLarge)
                email.Attachments.Add(MailAttachment.FromBytes(new byte[50_000], "zero.bin"));
            sends.Add(SendAsync(transporter, async, email));
        }
        Assert.True(SpinWait.SpinUntil(() => transporter.Pool.Waiting == 3, TimeSpan.FromSeconds(30)));
        gate.SetResult();

        Assert.All(await Task.WhenAll(sends), AssertAccepted);
        AssertStored(server, Names);
        Assert.DoesNotContain("RSET", server.Sessions.SelectMany(Verbs));
    }

    private static void AssertGivenUp(IReadOnlyList<SendResult> results) => Assert.Equal(
        SmtpErrorCodes.OverlapGivenUp, Assert.Single(results.SelectMany(r => r.Warnings)).ErrCode);

    /// <summary>Cancels one of four emails, while the server holds its reply to the end of one before it.</summary>
    private static async Task<SendResult[]> CancelOneAsync(
        SmtpTestServer server, SmtpTransporter transporter, bool async, string held, int canceled)
    {
        using var cancellation = new CancellationTokenSource();
        var gate = new TaskCompletionSource();
        var reply = server.Script.On(SmtpStep.EndOfData, $"{held}@").WaitFor(gate.Task);
        return await SendTogetherAsync(
            server, transporter, async, [.. Names.Select(NewNamed)], CancelAsync, (canceled, cancellation.Token));

        async Task CancelAsync(IReadOnlyList<Task> sends)
        {
            await reply.Reached.WaitAsync(Cancellation);
            await cancellation.CancelAsync();
            await Task.WhenAny(sends[canceled]);
            gate.SetResult();
        }
    }

    private static async Task AssertStoredInTheEndAsync(SmtpTestServer server)
    {
        await server.WaitForMessageAsync(Names.Length, Cancellation);
        AssertStored(server, Names);
    }

    private static async Task<SendResult[]> SendWithoutOverlapAsync(SmtpTransporter transporter, bool async)
    {
        var results = await Task.WhenAll(Names.Select(name => SendAsync(transporter, async, NewNamed(name))));
        Assert.All(results, AssertAccepted);
        return results;
    }
}
