using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MySqlConnector;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>
/// A MariaDB from the package of the system, with a folder and a port of its own, on loopback. Its process can be killed and started again.
/// </summary>
internal sealed class MariaDb : IDisposable
{
    private readonly string _folder;
    private readonly int _port;
    private readonly bool _isDurable;
    private Process? _process;

    private MariaDb(string folder, int port, bool isDurable) => (_folder, _port, _isDurable) = (folder, port, isDurable);

    public string ConnectionString => Connect("outbox");

    /// <summary>Starts a server.</summary>
    /// <param name="isDurable">Whether it waits for the disk, as in production.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public static async Task<MariaDb> StartAsync(bool isDurable, CancellationToken cancellationToken)
    {
        if (!File.Exists("/usr/sbin/mariadbd"))
            throw new InvalidOperationException("MariaDB is missing: apt-get install mariadb-server");
        // In memory if there is such a folder and nothing must survive: each new table reaches the disk, whatever the settings are.
        var parent = !isDurable && Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        var folder = Directory.CreateDirectory(Path.Combine(parent, $"mariadb-{Guid.NewGuid():N}")).FullName;
        await RunAsync("chown", ["mysql", folder], cancellationToken);
        await RunAsync(
            "mariadb-install-db",
            [
                "--no-defaults", "--user=mysql", $"--datadir={folder}/data", "--auth-root-authentication-method=normal", "--skip-test-db",
            ],
            cancellationToken);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var server = new MariaDb(folder, ((IPEndPoint)listener.LocalEndpoint).Port, isDurable);
        listener.Stop();
        await server.StartAgainAsync(cancellationToken);
        await server.ExecuteAsync("CREATE DATABASE outbox", cancellationToken);
        return server;
    }

    public async Task StartAgainAsync(CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("/usr/sbin/mariadbd") { RedirectStandardError = true, WorkingDirectory = _folder };
        string[] arguments =
        [
            "--no-defaults", "--user=mysql", $"--datadir={_folder}/data", $"--socket={_folder}/socket", "--bind-address=127.0.0.1",
            string.Create(CultureInfo.InvariantCulture, $"--port={_port}"), "--max-connections=2000", "--lc-messages=en_US",
            .. _isDurable ? (string[])[] : ["--innodb-flush-log-at-trx-commit=0"],
        ];
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        var isReady = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var last = "";
        _process = new Process { StartInfo = start };
        _process.ErrorDataReceived += (_, e) =>
        {
            if (e.Data is null)
                isReady.TrySetException(new InvalidOperationException($"MariaDB did not start: {last}"));
            else if (e.Data.Contains("ready for connections", StringComparison.Ordinal))
                isReady.TrySetResult();
            last = e.Data;
        };
        _process.Start();
        _process.BeginErrorReadLine();
        await isReady.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Creates an empty database.</summary>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateDatabaseAsync(CancellationToken cancellationToken)
    {
        var name = $"test_{Guid.NewGuid():N}";
        await ExecuteAsync($"CREATE DATABASE {name}", cancellationToken);
        return Connect(name);
    }

    /// <summary>Kills the server with SIGKILL.</summary>
    public void Kill()
    {
        _process!.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        // The connections of this process that the server has not closed.
        MySqlConnection.ClearAllPools();
    }

    public void Dispose()
    {
        Kill();
        Directory.Delete(_folder, recursive: true);
    }

    private string Connect(string database) => new MySqlConnectionStringBuilder
    {
        Server = "127.0.0.1",
        Port = (uint)_port,
        UserID = "root",
        Database = database,
        ConnectionTimeout = 3,
        DefaultCommandTimeout = 20,
        MaximumPoolSize = 40,
    }.ConnectionString;

    private async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var connection = new MySqlConnection(Connect(""));
        await connection.OpenAsync(cancellationToken);
#pragma warning disable CA2100 // Constants, and a name that is made here.
        await using var command = new MySqlCommand(sql, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(cancellationToken);
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
