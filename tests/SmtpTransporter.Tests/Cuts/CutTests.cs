using System.Collections.Concurrent;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>
/// Cuts the connection behind each octet of each direction. The expected result is computed from the replies that had been read by then
/// and from whether the end of the message had been sent; no recipient's copy is stored twice, and nothing is sent again behind the end.
/// </summary>
/// <remarks>
/// The shortest exchanges are cut in every way at every octet, in turn in a synchronous call and in an asynchronous one; the others, of
/// which many have octets in common, at a part of the octets in one way, in turn. If SMTP_CUTS is "all" in the environment, all of them are
/// cut in every way at every octet.
/// </remarks>
public sealed class CutTests
{
    private static readonly bool IsComplete = Environment.GetEnvironmentVariable("SMTP_CUTS") == "all";

    private static readonly CutKind[] Kinds = Enum.GetValues<CutKind>();

    // Each kind in a synchronous call and in an asynchronous one.
    private static readonly int Ways = 2 * Kinds.Length;

    public static TheoryData<string> Scenarios => [.. CutScenario.All.Select(scenario => scenario.ToString())];

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task A_connection_that_is_cut_has_the_result_that_follows_from_what_was_read_and_sent(string name)
    {
        var scenario = CutScenario.All.Single(s => s.ToString() == name);
        var problems = new ConcurrentQueue<string>();
        await Task.WhenAll(((bool[])[false, true]).Select(async => Task.Run(() => CutEverywhereAsync(scenario, async, problems))));
        Assert.True(problems.IsEmpty, $"{problems.Count} problems:\n{string.Join('\n', problems.Take(20))}");
    }

    private static async Task CutEverywhereAsync(CutScenario scenario, bool async, ConcurrentQueue<string> problems)
    {
        await using var lab = new CutLab(scenario);
        // The first handshake has no session to resume, and is longer.
        await lab.RunAsync(async, cut: null);
        var whole = await lab.RunAsync(async, cut: null);
        Check(null, whole);
        Check(null, await lab.RunAsync(async, cut: null, singleOctets: true));
        foreach (var cut in Cuts(scenario, async, whole))
            Check(cut, await lab.RunAsync(async, cut));

        void Check(Cut? cut, CutFacts facts)
        {
            var run = new CutCase(scenario, whole, cut, facts);
            foreach (var problem in run.FindProblems())
                problems.Enqueue($"{(async ? "async" : "sync")}, {run}: {problem}");
        }
    }

    private static IEnumerable<Cut> Cuts(CutScenario scenario, bool async, CutFacts whole) =>
        from toServer in (bool[])[true, false]
        from at in Enumerable.Range(0, 1 + (toServer ? whole.Length.ToServer : whole.Length.ToClient))
        from kind in Kinds
        where IsComplete || (scenario.IsShort ? (at + (int)kind) % 2 == (async ? 1 : 0) : IsTurn(scenario, async, at, kind))
        select new Cut(kind, toServer, at);

    /// <summary>
    /// One way in turn for each octet; for fewer of them where many exchanges have the same login or the same handshake.
    /// </summary>
    private static bool IsTurn(CutScenario scenario, bool async, int at, CutKind kind)
    {
        var share = scenario.Tls ? 16 : scenario.Login is null ? 2 : 4;
        return at % Ways == (int)kind + (async ? 0 : Kinds.Length) && (at / Ways + scenario.Number) % share == 0;
    }
}
