using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace SmtpTransport.Lab;

/// <summary>The processes of one server. They have numbers and files of their own, and end with the box.</summary>
internal sealed partial class ServerBox(LabServer server, LabFolder folder) : IDisposable
{
    private const int Kill = 9, Continue = 18, Stop = 19;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private Process? _box;

    private Process Box => _box ?? throw new InvalidOperationException($"{server} was not started.");

    public bool HasEnded => Box.HasExited;

    /// <summary>Starts the box; the server in it will listen a little later.</summary>
    public void Start() =>
        _box = Process.Start(new ProcessStartInfo(Path.Combine(LabFolder.Project, "box"), ["run", server.Name, folder.Root]))!;

    /// <summary>Does in the box what the script <c>serve</c> knows: restart, limit, reset.</summary>
    public async Task DoAsync(string what)
    {
        var arguments = new[] { "-t", $"{First()}", "-m", "-p", "-u", "-r", "-w", "/bin/bash", "/lab/serve", server.Name, what };
        var log = Path.Combine(folder.Root, "log");
        const string Script = "log=$1; shift; exec nsenter \"$@\" >>\"$log\" 2>&1 </dev/null";
        using var process = Process.Start("/bin/sh", ["-c", Script, "sh", log, .. arguments]);
        using var limit = new CancellationTokenSource(Limit);
        await process.WaitForExitAsync(limit.Token);
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{server}: {what} ended with exit code {process.ExitCode}.\n{folder.Report()}");
    }

    /// <summary>Stops every process of the server where it is: its sockets stay open, and nothing answers.</summary>
    public void Freeze() => Signal(Stop);

    public void Thaw() => Signal(Continue);

    public void Dispose()
    {
        if (_box is not { } box)
            return;
        // The end of a box's first process is the end of all of them.
        if (First() is { } first)
            _ = SendSignal(first, Kill);
        box.WaitForExit(Limit);
        box.Dispose();
    }

    private void Signal(int signal)
    {
        var space = new FileInfo($"/proc/{First()}/ns/pid").LinkTarget;
        foreach (var process in Directory.GetDirectories("/proc").Select(Path.GetFileName))
        {
            if (int.TryParse(process, CultureInfo.InvariantCulture, out var id) && NamespaceOf(id) == space)
                _ = SendSignal(id, signal);
        }
    }

    // Null if the process has ended meanwhile.
    private static string? NamespaceOf(int process)
    {
        try
        {
            return new FileInfo($"/proc/{process}/ns/pid").LinkTarget;
        }
        catch (IOException)
        {
            return null;
        }
    }

    // The first process of the box is the only child of the one that made it.
    private int? First()
    {
        var children = $"/proc/{Box.Id}/task/{Box.Id}/children";
        return File.Exists(children) && File.ReadAllText(children).Trim() is { Length: > 0 } child
            ? int.Parse(child, CultureInfo.InvariantCulture)
            : null;
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);
}
