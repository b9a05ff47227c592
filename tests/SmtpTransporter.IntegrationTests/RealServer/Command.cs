using System.Diagnostics;

namespace SmtpTransport.IntegrationTests.RealServer;

/// <summary>
/// Runs the servers' own commands. Their output goes to a file: a daemon keeps what it inherits,
/// and a pipe that it holds open would keep the reader of this process's output waiting for ever.
/// </summary>
internal static class Command
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <exception cref="InvalidOperationException">The command ended with another exit code than 0.</exception>
    public static async Task RunAsync(string log, string program, params string[] arguments)
    {
        if (await TryRunAsync(log, program, arguments) is var code and not 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with exit code {code}.");
    }

    public static async Task<int> TryRunAsync(string log, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", log, program, .. arguments]);
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} did not end within {Limit.TotalSeconds} s.");
        }
    }
}
