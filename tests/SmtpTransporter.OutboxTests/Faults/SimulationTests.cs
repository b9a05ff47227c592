using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Xunit;

namespace SmtpTransport.OutboxTests.Faults;

/// <summary>
/// Processes that are killed, sleep and lose the database, in a time and an order that a seed decides. Each part runs in a process of its
/// own, whose pool has one thread. OUTBOX_SEEDS is how many seeds run, OUTBOX_FIRST_SEED the first one.
/// </summary>
public sealed class SimulationTests
{
    private const int DefaultSeeds = 160;

    private static readonly string Configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
    private static readonly string Program = Path.GetFullPath(Path.Combine(
        AppContext.BaseDirectory, "../../../../SmtpTransporter.OutboxSimulation/bin", Configuration,
        "net10.0/SmtpTransporter.OutboxSimulation.dll"));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_is_sent_twice_or_lost_and_everything_ends_whatever_the_seed()
    {
        var (first, seeds) = (Read("OUTBOX_FIRST_SEED", 1), Read("OUTBOX_SEEDS", DefaultSeeds));
        var parts = Math.Clamp(Environment.ProcessorCount, 1, 8);
        var size = (seeds + parts - 1) / parts;

        var outputs = await Task.WhenAll(Enumerable.Range(0, parts).Select(i => RunAsync(first + (i * size), size)));

        foreach (var output in outputs)
            TestContext.Current.TestOutputHelper?.WriteLine(output);
        Assert.All(outputs, output => Assert.Contains(", 0 failures,", output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_same_seeds_give_the_same_steps_in_each_process()
    {
        var first = RandomNumberGenerator.GetInt32(1_000_000);

        var outputs = await Task.WhenAll(RunAsync(first, 10), RunAsync(first, 10));

        Assert.True(outputs[0] == outputs[1], $"seeds from {first}: {string.Join(" | ", outputs)}");
    }

    private static async Task<string> RunAsync(int first, int count)
    {
        if (!File.Exists(Program))
            throw new FileNotFoundException("The program is missing. Build the solution first.", Program);
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        foreach (var argument in (string[])[Program, $"{first}", $"{count}"])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        try
        {
            var output = await process.StandardOutput.ReadToEndAsync(Cancellation);
            await process.WaitForExitAsync(Cancellation);
            return output;
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    private static int Read(string variable, int fallback) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var value) ? value : fallback;
}
