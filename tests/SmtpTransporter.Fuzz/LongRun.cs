using System.Diagnostics;
using System.Globalization;

namespace SmtpTransport.Fuzz;

/// <summary>Runs many cases on each target, and reports statistics.</summary>
internal static class LongRun
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    public static int Start(string[] args)
    {
        var cases = args.Length > 0 ? int.Parse(args[0], NumberStyles.AllowThousands, CultureInfo.InvariantCulture) : 1_000_000;
        var targets = args.Length > 1 && args[1] != "all" ? Target.All.Where(t => t.Name == args[1]).ToList() : Target.All;
        var seed = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : Environment.TickCount;
        if (targets.Count == 0)
        {
            Console.WriteLine($"The targets are {string.Join(", ", Target.All.Select(t => t.Name))}.");
            return 2;
        }
        Console.WriteLine($"{cases:N0} cases on each target, seed {seed}");
        var code = 0;
        foreach (var target in targets)
            code = Math.Max(code, Run(target, cases, seed));
        return code;
    }

    private static int Run(Target target, int cases, int seed)
    {
        var watch = Stopwatch.StartNew();
        var fuzzer = new Fuzzer(target, seed);
        using var watchdog = new Timer(_ => EndIfHanging(target, fuzzer), null, Timeout, Timeout);
        var reported = watch.Elapsed;
        while (fuzzer.Found is null && fuzzer.Cases < cases)
        {
            fuzzer.Run(Math.Min(1000, cases - fuzzer.Cases));
            if (watch.Elapsed - reported > TimeSpan.FromMinutes(1))
            {
                reported = watch.Elapsed;
                Report("  …");
            }
        }
        Report(fuzzer.Found is null ? "ok" : "FAILED");
        if (fuzzer.Found is null)
            return 0;
        Console.WriteLine($"{fuzzer.Found}\nWritten to {Corpus.WriteFailure(target, fuzzer.Found.Input)}");
        return 1;

        void Report(string word) => Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{word,-6} {target.Name,-9} {fuzzer.Cases,11:N0} cases in {watch.Elapsed.TotalSeconds,6:N0} s "
            + $"({fuzzer.Cases / watch.Elapsed.TotalSeconds,7:N0}/s), slowest {fuzzer.Slowest.TotalMilliseconds,4:N0} ms, "
            + $"{fuzzer.Branches:N0} pairs of branches, {fuzzer.Outcomes:N0} outcomes, {fuzzer.Kept:N0} inputs kept"));
    }

    // A case that never ends can be ended only together with the process.
    private static void EndIfHanging(Target target, Fuzzer fuzzer)
    {
        if (fuzzer.Began == 0 || Stopwatch.GetElapsedTime(fuzzer.Began) < Timeout)
            return;
        var file = Corpus.WriteFailure(target, fuzzer.Current);
        Console.WriteLine($"FAILED {target.Name}: a case did not end within {Timeout.TotalSeconds} s. Written to {file}");
        Environment.Exit(1);
    }
}
