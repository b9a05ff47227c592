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

    public string Output
    {
        get
        {
            lock (_lines)
                return string.Join("\n", _lines);
        }
    }

    public static WorkerProcess Start(int port, string database, int count, string promises, int? rate = null)
    {
        if (!File.Exists(Program))
            throw new FileNotFoundException("The program is missing. Build the solution first.", Program);
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[Program, $"{port}", database, $"{count}", promises])
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

    /// <summary>Ends the process with SIGTERM, as a deployment does.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        using (var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]))
            await kill.WaitForExitAsync(cancellationToken);
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
