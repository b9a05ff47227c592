using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests which emails do not go out before their turn, and what a shifted reply never becomes.</summary>
public sealed class OverlapLimitTests : OverlapTest
{
    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Whole_emails_do_not_overlap_without_codes_that_tell_what_a_reply_is_about(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Chunking = true, EnhancedStatusCodes = false });
        using var transporter = NewTransporter(server);

        Assert.All(await SendTogetherAsync(server, transporter, async, [.. Names.Select(NewNamed)], ready: 0), AssertAccepted);

        AssertStored(server, Names);
        Assert.DoesNotContain("RSET", Verbs(Assert.Single(server.Sessions)));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_reply_too_few_never_makes_the_reply_to_RSET_that_to_a_message(bool async)
    {
        await using var server = StartServer(chunking: true);
        using var transporter = NewTransporter(server);
        var second = NewNamed("b");
        second.Cc = "more@example.org";
        server.Script.On(SmtpStep.RcptTo, "more@").Times(1).ReplyRaw("");
        server.Script.On(SmtpStep.EndOfData, "b@").Times(1).Reply(550, "5.7.1 Not this one");

        var results = await SendTogetherAsync(server, transporter, async, [NewNamed("a"), second, NewNamed("c"), NewNamed("d")]);

        Assert.Equal(Outcome.Unknown, results[1].Outcome);
        Assert.DoesNotContain(server.Messages, m => m.Message.Subject == "b");
        Assert.Equal(SmtpErrorCodes.OverlapGivenUp, Assert.Single(results.SelectMany(r => r.Warnings)).ErrCode);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_refusal_behind_which_RSET_is_refused_may_have_been_that_of_something_else(bool async)
    {
        await using var server = StartServer(chunking: true);
        using var transporter = NewTransporter(server);
        server.Script.On(SmtpStep.EndOfData, "b@").Times(1).ReplyRaw("500 5.5.1 What?\r\n500 5.5.1 What?\r\n");

        var results = await SendTogetherAsync(server, transporter, async, [.. Names.Select(NewNamed)]);

        Assert.Equal(Outcome.Unknown, results[1].Outcome);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task No_more_whole_emails_follow_than_a_server_forgives_if_all_of_them_are_refused(bool async)
    {
        await using var server = StartServer(chunking: true);
        using var transporter = NewTransporter(server, o => o with { Overlap = 8 });
        var gate = new TaskCompletionSource();
        var held = server.Script.On(SmtpStep.EndOfData, "b@").WaitFor(gate.Task);
        var emails = Names.Append("e").Select(NewNamed).ToList();
        foreach (var email in emails.Skip(1))
            email.Cc = "1@example.org, 2@example.org, 3@example.org, 4@example.org";
        var waiting = 0;

        var results = await SendTogetherAsync(server, transporter, async, emails, async _ =>
        {
            await held.Reached.WaitAsync(Cancellation);
            waiting = transporter.Pool.Waiting;
            gate.SetResult();
        });

        Assert.All(results, AssertAccepted);
        // Behind b are c and d: with e, there could be 24 refusals.
        Assert.Equal(1, waiting);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Only_the_first_of_those_who_wait_write_their_emails(bool async)
    {
        await using var server = StartServer(chunking: false);
        using var transporter = NewTransporter(server, o => o with { Overlap = 1 });
        var calls = Enumerable.Range(0, 7).Select(i => (Func<Task<SendResult>>)(() =>
            SendAsync(transporter, async, NewNamed(i == 0 ? "a" : $"n{i}")))).ToList();

        var results = await SendTogetherAsync(server, transporter, calls, ready: 3);

        Assert.All(results, AssertAccepted);
        // The first three are ready; those behind them follow if they are by their turn.
        Assert.InRange(Verbs(Assert.Single(server.Sessions)).Count(v => v == "RSET"), 3, 6);
    }

    [Fact]
    public void A_sequence_is_sent_by_no_more_tasks_than_overlap_can_use()
    {
        var options = new ServerOptions { Host = "mail.example.com", Overlap = 4 };

        Assert.Equal(6, OverlapState.MostOver(options));
        Assert.Equal(2, OverlapState.MostOver(options with { KeepAlive = false }));
        Assert.Equal(2, OverlapState.MostOver(options with { Pipelining = false }));
        Assert.Equal(2, OverlapState.MostOver(options with { Overlap = 0 }));
    }

    [Fact]
    public void The_warning_about_emails_is_never_in_the_status_of_a_check()
    {
        var options = new ServerOptions { Host = "mail.example.com" };
        var asked = new List<bool>();
        var judge = new OutcomeJudge(new SecretRedactor([options]), ofEmails =>
        {
            asked.Add(ofEmails);
            return [];
        }, showsAddresses: false);
        using var deadline = new Deadline(TimeProvider.System, TimeSpan.FromHours(1), CancellationToken.None, CancellationToken.None);

        judge.JudgeCheck(new Reply(250, "2.0.0 Ok"), ConnectionFacts.None, wasUsed: false, deadline);
        judge.JudgeCheck(new IOException("Lost"), null, deadline);

        Assert.Equal([false, false], asked);
    }
}
