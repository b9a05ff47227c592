using SmtpTransport.OutboxSimulation;

// Runs simulations: FIRST_SEED COUNT [trace]. It prints each seed that finds a fault with its steps, and a digest of all runs: the same
// seeds have the same digest in each process.
var (first, count) = (int.Parse(args[0], null), int.Parse(args[1], null));
// From here on everything runs on the one thread of the pool.
await Task.Yield();
ThreadPool.GetMaxThreads(out var threads, out _);
if (threads != 1)
    throw new InvalidOperationException($"The pool has {threads} threads; needed: 1.");
using var store = new SimulationStore();
var (digest, steps, failures) = (17L, 0L, 0);
for (var seed = first; seed < first + count; seed++)
{
    var simulation = new Simulation(seed, store, isTraced: args.Length > 2);
    await simulation.RunAsync();
    if (simulation.Violations.Count > 0)
    {
        failures++;
        var again = new Simulation(seed, store, isTraced: true);
        await again.RunAsync();
        Console.WriteLine($"seed {seed}: {string.Join("; ", simulation.Violations)}");
        if (failures == 1)
            Console.WriteLine(string.Join("\n", again.Trace.TakeLast(args.Length > 2 ? int.MaxValue : 400)));
        if (again.Digest != simulation.Digest)
            Console.WriteLine($"seed {seed} has another end when it is repeated");
    }
    else if (args.Length > 2)
    {
        Console.WriteLine(string.Join("\n", simulation.Trace));
    }
    digest = (digest * 31) + simulation.Digest;
    steps += simulation.Steps;
}
Console.WriteLine($"{count} seeds, {steps} steps, {failures} failures, digest {digest:x16}");
return failures == 0 ? 0 : 1;
