using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>A server from a package of the system, which runs until it is killed.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process _process;

    private ServerProcess(Process process) => _process = process;

    /// <summary>Starts a server, and waits until it is ready.</summary>
    /// <param name="name">Its name, for errors.</param>
    /// <param name="folder">The folder that it runs in.</param>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="ready">A part of the line that it writes to its standard error once it accepts connections.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="InvalidOperationException">It ended before; the message has its last line.</exception>
    public static async Task<ServerProcess> StartAsync(
        string name, string folder, string[] command, string ready, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true, WorkingDirectory = folder };
        var isReady = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var last = "";
        var process = new Process { StartInfo = start };
        process.ErrorDataReceived += (_, e) =>
        {
            if (e.Data is null)
                isReady.TrySetException(new InvalidOperationException($"{name} did not start: {last}"));
            else if (e.Data.Contains(ready, StringComparison.Ordinal))
                isReady.TrySetResult();
            last = e.Data;
        };
        process.Start();
        process.BeginErrorReadLine();
        await isReady.Task.WaitAsync(cancellationToken);
        return new ServerProcess(process);
    }

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message has what it wrote to its standard error.</exception>
    public static async Task RunAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        })!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = await process.StandardError.ReadToEndAsync(cancellationToken);
        await output;
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program}: {error}");
    }

    /// <summary>A port on loopback that is free now.</summary>
    public static int FindPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Kills all processes of the server with SIGKILL.</summary>
    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }
}
