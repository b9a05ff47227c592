using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>A PostgreSQL of the machine's package, with a folder and a port of its own, on loopback. Its process can be killed and started again.</summary>
internal sealed class Postgres : IDisposable
{
    private static readonly string Programs = Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Order().Select(d => Path.Combine(d, "bin")).LastOrDefault() ?? ""
        : "";

    private readonly string _folder;
    private readonly int _port;
    private Process? _process;

    private Postgres(string folder, int port) => (_folder, _port) = (folder, port);

    public string ConnectionString => $"Host=127.0.0.1;Port={_port};Username=postgres;Database=postgres;Timeout=3;Command Timeout=20;Maximum Pool Size=40;Max Auto Prepare=100";

    /// <summary>Runs as the user that the package has made.</summary>
    public static async Task<Postgres> StartAsync(CancellationToken cancellationToken)
    {
        if (Programs.Length == 0)
            throw new InvalidOperationException("PostgreSQL is missing: apt-get install postgresql");
        var folder = Directory.CreateTempSubdirectory("postgres").FullName;
        await RunAsync("chown", ["postgres", folder], cancellationToken);
        await RunAsync("setpriv", [.. AsUser, $"{Programs}/initdb", "-D", $"{folder}/data", "--auth=trust", "-U", "postgres", "--no-sync"], cancellationToken);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var postgres = new Postgres(folder, ((IPEndPoint)listener.LocalEndpoint).Port);
        listener.Stop();
        await postgres.StartAgainAsync(cancellationToken);
        return postgres;
    }

    private static string[] AsUser => ["--reuid=postgres", "--regid=postgres", "--clear-groups"];

    public async Task StartAgainAsync(CancellationToken cancellationToken)
    {
        // Durable, as a server is that one relies on.
        var start = new ProcessStartInfo("setpriv") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder };
        foreach (var argument in (string[])[.. AsUser, $"{Programs}/postgres", "-D", $"{_folder}/data", "-p", $"{_port}", "-h", "127.0.0.1", "-k", _folder])
            start.ArgumentList.Add(argument);
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        for (var tries = 0; ; tries++)
        {
            try
            {
                await using var connection = new NpgsqlConnection($"{ConnectionString};Pooling=false");
                await connection.OpenAsync(cancellationToken);
                return;
            }
            catch (NpgsqlException) when (tries < 150)
            {
                await Task.Delay(100, cancellationToken);
            }
        }
    }

    /// <summary>An empty database of its own; its connection string.</summary>
    public async Task<string> CreateDatabaseAsync(CancellationToken cancellationToken)
    {
        var name = $"test_{Guid.NewGuid():N}";
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
        return new NpgsqlConnectionStringBuilder(ConnectionString) { Database = name }.ConnectionString;
    }

    /// <summary>SIGKILL to all of its processes.</summary>
    public void Kill()
    {
        _process!.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        // Connections of this process to it, which it has not closed.
        NpgsqlConnection.ClearAllPools();
        // It would not start while it believes that one lives.
        File.Delete($"{_folder}/data/postmaster.pid");
    }

    public void Dispose()
    {
        Kill();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task RunAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = await process.StandardError.ReadToEndAsync(cancellationToken);
        await output;
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program}: {error}");
    }
}
