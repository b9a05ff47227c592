using System.Diagnostics;
using System.Globalization;
using SmtpTransport.Feedback;
using SmtpTransport.IntegrationTests.RealServer;

namespace SmtpTransport.IntegrationTests.Reports;

/// <summary>A process that reads reports from a mailbox into an outbox, and can be killed.</summary>
internal sealed class ReaderProcess : IDisposable
{
    private static readonly string Configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
    private static readonly string Program = Path.GetFullPath(Path.Combine(
        AppContext.BaseDirectory,
        "../../../../SmtpTransporter.FeedbackWorker/bin",
        Configuration,
        "net10.0/SmtpTransporter.FeedbackWorker.dll"));

    private readonly Process _process;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _lines = [];

    private ReaderProcess(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, e) => Read(e.Data);
        _process.ErrorDataReceived += (_, e) => Read(e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Completes when the process reads, or when it has ended.</summary>
    public Task Ready => _ready.Task;

    public string Output
    {
        get
        {
            lock (_lines)
                return string.Join('\n', _lines);
        }
    }

    /// <summary>Starts a process.</summary>
    /// <param name="mailbox">The mailbox.</param>
    /// <param name="database">The connection string of the outbox.</param>
    /// <param name="told">The file for what the application is told.</param>
    public static ReaderProcess Start(FeedbackMailboxOptions mailbox, string database, string told)
    {
        if (!File.Exists(Program))
            throw new FileNotFoundException("The program is missing. Build the solution first.", Program);
        var url = string.Create(
            CultureInfo.InvariantCulture,
            $"imap://{mailbox.Server.User}:{mailbox.Server.Password}@{mailbox.Server.Host}:{mailbox.Server.Port}/{mailbox.Folder}");
        var start = new ProcessStartInfo("dotnet", [Program, url, database, told])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return new ReaderProcess(Process.Start(start)!);
    }

    /// <summary>Kills the process with SIGKILL.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Ends the process with SIGTERM, as a deployment does.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> EndAsync(CancellationToken cancellationToken)
    {
        await Command.RunAsync("/dev/null", "/bin/kill", "-TERM", string.Create(CultureInfo.InvariantCulture, $"{_process.Id}"));
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
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
