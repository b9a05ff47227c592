using System.Diagnostics;

namespace SmtpTransport.IntegrationTests.RealServer;

/// <summary>
/// Runs the commands of the servers. Their output goes to a file, because a daemon keeps the handles that it inherits: with an open pipe,
/// the reader of the output would wait without end.
/// </summary>
internal static class Command
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <exception cref="InvalidOperationException">The exit code of the command is not 0.</exception>
    public static async Task RunAsync(string log, string program, params string[] arguments)
    {
        if (await TryRunAsync(log, program, arguments) is var code and not 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with exit code {code}.");
    }

    public static async Task<int> TryRunAsync(string log, string program, params string[] arguments)
    {
        const string Script = "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null";
        var start = new ProcessStartInfo("/bin/sh", ["-c", Script, "sh", log, program, .. arguments]);
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
