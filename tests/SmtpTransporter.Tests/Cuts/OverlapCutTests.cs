using System.Collections.Concurrent;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>
/// Cuts a connection over which three emails follow one another without waiting, behind octets of each direction. What must become of
/// each is computed from whether its end had been sent and its answer read.
/// </summary>
/// <remarks>
/// The ends of replies are cut in every way, those of other lines in one way, and what lies between them at every so many octets, as all of
/// it is with TLS. If SMTP_CUTS is "all" in the environment, each octet is cut in every way.
/// </remarks>
public sealed class OverlapCutTests
{
    // No multiples of the number of ways: so each way has its turn.
    private const int StepToServer = 151;
    private const int StepToClient = 73;
    private const int TlsStep = 167;

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
    public async Task Answers_are_those_of_the_emails_in_the_order_in_which_they_went(bool async)
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

    private static IEnumerable<Cut> Cuts(OverlapCutFacts whole, bool tls, bool async)
    {
        var ends = tls ? (ToServer: [], ToClient: []) : whole.LineEnds;
        return Cuts(true, whole.Length.ToServer, [.. ends.ToServer], StepToServer)
            .Concat(Cuts(false, whole.Length.ToClient, [.. ends.ToClient], StepToClient));

        IEnumerable<Cut> Cuts(bool toServer, int length, HashSet<int> ends, int step) =>
            from at in Enumerable.Range(0, 1 + length)
            from kind in Kinds
            where IsComplete || IsChosen(at, kind, toServer, ends, tls ? TlsStep : step, async ? 1 : 0)
            select new Cut(kind, toServer, at);
    }

    /// <summary>
    /// Whether the connection is cut there in a run of the gate: behind each reply in every way, and in one of the ways, in turn, behind
    /// each line to the server, within the end of each line, and at every so many octets of the rest.
    /// </summary>
    private static bool IsChosen(int at, CutKind kind, bool toServer, HashSet<int> ends, int step, int turn) =>
        (!toServer && ends.Contains(at))
        || ((at + turn) % Kinds.Length == (int)kind && (at % step == 0 || ends.Contains(at) || ends.Contains(at + 1)));
}
