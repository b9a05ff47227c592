using System.Collections.Concurrent;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>
/// Cuts a connection over which three emails follow one another without waiting, behind each octet of each direction. What must become of
/// each is computed from whether its end had been sent and its answer read.
/// </summary>
/// <remarks>
/// Each octet is cut in one way, in turn, and with TLS some of them are. If SMTP_CUTS is "all" in the environment, each is cut in every
/// way.
/// </remarks>
public sealed class OverlapCutTests
{
    private const int TlsStep = 41;

    private static readonly bool IsComplete = Environment.GetEnvironmentVariable("SMTP_CUTS") == "all";
    private static readonly CutKind[] Kinds = Enum.GetValues<CutKind>();

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Emails_over_a_connection_that_is_cut_have_the_results_that_follow_from_what_was_read_and_sent(bool chunks, bool tls)
    {
        var problems = new ConcurrentQueue<string>();
        await Task.WhenAll(((bool[])[false, true]).Select(async => Task.Run(() => CutEverywhereAsync(chunks, tls, async, problems))));
        Assert.True(problems.IsEmpty, $"{problems.Count} problems:\n{string.Join('\n', problems.Take(20))}");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_answer_is_that_of_the_email_whose_commands_went_first_whatever_its_name(bool async)
    {
        string[] order = ["a", "c", "b"];
        await using var lab = new OverlapCutLab(chunks: false, tls: false);
        var whole = await lab.RunAsync(async, cut: null, order);
        Assert.Empty(whole.FindProblems(isSilent: false, isPlain: true));
        // MAIL, RCPT, DATA and the end for the first, and RSET before these for the second.
        var secondAnswered = whole.LineEnds.ToClient[4 + 5 - 1];

        var facts = await lab.RunAsync(async, new Cut(CutKind.Fin, ToServer: false, secondAnswered), order);

        Assert.Empty(facts.FindProblems(isSilent: false, isPlain: true));
        Assert.Equal(["a", "c"], facts.Answered);
        TestContext.Current.TestOutputHelper?.WriteLine($"{string.Join(' ', whole.LineEnds.ToClient)}; cut {secondAnswered}");
    }

    private static async Task CutEverywhereAsync(bool chunks, bool tls, bool async, ConcurrentQueue<string> problems)
    {
        await using var lab = new OverlapCutLab(chunks, tls);
        var whole = await lab.RunAsync(async, cut: null);
        Check(null, whole);
        if (!whole.Results.All(r => r.Success))
            return;
        foreach (var cut in Cuts(whole, tls, async))
            Check(cut, await lab.RunAsync(async, cut));

        void Check(Cut? cut, OverlapCutFacts facts)
        {
            foreach (var problem in facts.FindProblems(isSilent: cut?.Kind == CutKind.Silence, isPlain: !tls))
                problems.Enqueue($"{(async ? "async" : "sync")}, {cut}, answered [{string.Join(' ', facts.Answered)}]: {problem}");
        }
    }

    private static IEnumerable<Cut> Cuts(OverlapCutFacts whole, bool tls, bool async) =>
        from toServer in (bool[])[true, false]
        from at in Enumerable.Range(0, 1 + (toServer ? whole.Length.ToServer : whole.Length.ToClient))
        from kind in Kinds
        where IsComplete || ((at + (async ? 1 : 0)) % Kinds.Length == (int)kind && (!tls || at % TlsStep == 0))
        select new Cut(kind, toServer, at);
}
