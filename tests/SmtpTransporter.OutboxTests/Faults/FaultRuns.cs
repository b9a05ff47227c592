using System.Collections.Concurrent;
using System.Globalization;
using Xunit;

namespace SmtpTransport.OutboxTests.Faults;

/// <summary>Runs a scenario once for each call of the database.</summary>
/// <param name="stores">Where the runs take place, side by side.</param>
internal sealed class FaultRuns(IReadOnlyList<FaultStore> stores)
{
    private const int Acceleration = 300;

    // 1 for each call, 5 for each fifth one: different ones for each kind.
    private static readonly int Step =
        int.Parse(Environment.GetEnvironmentVariable("OUTBOX_FAULT_STEP") ?? "5", CultureInfo.InvariantCulture);

    private readonly AcceleratedTime _time = new(Acceleration);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Counts the calls, and lets those whose turn it is fail once.</summary>
    /// <param name="kind">How they fail.</param>
    /// <param name="isFirstStart">Whether there are no tables yet, and only the calls of the start fail.</param>
    public async Task RunAsync(FaultKind kind, bool isFirstStart)
    {
        var counting = new FaultPlan(FaultKind.None, 0, stores[0].Errors, _time);
        using var scenario = new FaultScenario(stores[0], counting, _time, Cancellation);
        Assert.Empty(await scenario.RunAsync(isFirstStart));
        var calls = isFirstStart ? scenario.StartCalls : counting.Calls;
        var chosen = Enumerable.Range(1, calls).Where(at => at % Step == (int)kind % Step).ToList();
        var free = new ConcurrentBag<FaultStore>(stores);
        var violations = new ConcurrentQueue<string>();
        var failed = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = stores.Count, CancellationToken = Cancellation };
        await Parallel.ForEachAsync(chosen, options, async (at, _) =>
        {
            Assert.True(free.TryTake(out var store));
            var plan = new FaultPlan(kind, at, store.Errors, _time);
            using var run = new FaultScenario(store, plan, _time, Cancellation);
            foreach (var violation in await run.RunAsync(isFirstStart))
                violations.Enqueue($"{kind} at call {at} ({plan.Failed}): {violation}");
            if (plan.Failed is not null)
                Interlocked.Increment(ref failed);
            free.Add(store);
        });
        TestContext.Current.TestOutputHelper?.WriteLine($"{kind}: {calls} calls, {failed} of {chosen.Count} failed");
        Assert.True(violations.IsEmpty, string.Join("\n", violations.Take(20)));
        // A fault before may make the run shorter than the one that was counted.
        Assert.InRange(failed, chosen.Count * 9 / 10, chosen.Count);
    }
}
