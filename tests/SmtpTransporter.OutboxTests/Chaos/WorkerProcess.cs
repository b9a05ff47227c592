using System.Diagnostics;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>A process with an outbox, which can be killed.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private static readonly string Configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
    private static readonly string Program = Path.GetFullPath(Path.Combine(
        AppContext.BaseDirectory,
        "../../../../SmtpTransporter.OutboxWorker/bin",
        Configuration,
        "net10.0/SmtpTransporter.OutboxWorker.dll"));

    private readonly Process _process;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _lines = [];

    private WorkerProcess(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, e) => Read(e.Data);
        _process.ErrorDataReceived += (_, e) => Read(e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Completes when the process sends, or when it has ended.</summary>
    public Task Ready => _ready.Task;

    public bool HasEnded => _process.HasExited;

    public string Output
    {
        get
        {
            lock (_lines)
                return string.Join("\n", _lines);
        }
    }

    /// <summary>Starts a process.</summary>
    /// <param name="port">The port of the SMTP server.</param>
    /// <param name="database">The connection string.</param>
    /// <param name="count">How many emails it enqueues.</param>
    /// <param name="promises">The file for their ids.</param>
    /// <param name="rate">How many it sends in a second; null for all.</param>
    /// <param name="release">The program of another release; null for this one.</param>
    public static WorkerProcess Start(
        int port, string database, int count, string promises, int? rate = null, string? release = null)
    {
        if (!File.Exists(Program))
            throw new FileNotFoundException("The program is missing. Build the solution first.", Program);
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[release ?? Program, $"{port}", database, $"{count}", promises])
            start.ArgumentList.Add(argument);
        if (rate is not null)
            start.ArgumentList.Add($"{rate}");
        return new WorkerProcess(Process.Start(start)!);
    }

    /// <summary>Kills the process with SIGKILL.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Sends a signal to the process.</summary>
    public async Task SignalAsync(string signal, CancellationToken cancellationToken)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        await kill.WaitForExitAsync(cancellationToken);
    }

    /// <summary>Ends the process with SIGTERM, as a deployment does.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        await SignalAsync("TERM", cancellationToken);
        await _process.WaitForExitAsync(cancellationToken);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
    }

    private void Read(string? line)
    {
        lock (_lines)
        {
            if (line is not null && _lines.Count < 1000)
                _lines.Add(line);
        }
        if (line is "ready" or null)
            _ready.TrySetResult();
    }
}
