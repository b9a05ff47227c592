using System.Collections.Concurrent;
using Npgsql;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>
/// A PostgreSQL from the package of the system, with a folder and a port of its own, on loopback. Its process can be killed and started
/// again.
/// </summary>
internal sealed class Postgres : IDisposable
{
    private static readonly string Programs = Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Order().Select(d => Path.Combine(d, "bin")).LastOrDefault() ?? ""
        : "";

    private readonly string _folder;
    private readonly int _port;
    private readonly bool _isDurable;
    private readonly ConcurrentBag<string> _databases = [];
    private ServerProcess? _process;

    private Postgres(string folder, int port, bool isDurable, string server)
    {
        (_folder, _port, _isDurable) = (folder, port, isDurable);
        ConnectionString = $"{server.TrimEnd(';')};Timeout=3;Command Timeout=20;Maximum Pool Size=40;Max Auto Prepare=100;"
            + "Connection Idle Lifetime=20;Connection Pruning Interval=5";
    }

    public string ConnectionString { get; }

    // That of somebody else has none.
    private bool IsOwn => _folder.Length > 0;

    /// <summary>A server that runs already. It is not ended, and loses the databases that were created in it.</summary>
    public static Postgres Connect(string connectionString) => new("", 0, isDurable: false, connectionString);

    /// <summary>Starts a server as the user that the package created.</summary>
    /// <param name="isDurable">
    /// Whether it waits for the disk, as in production. Without that, a killed server loses nothing either: the system has what it wrote.
    /// </param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public static async Task<Postgres> StartAsync(bool isDurable, CancellationToken cancellationToken)
    {
        if (Programs.Length == 0)
            throw new InvalidOperationException("PostgreSQL is missing: apt-get install postgresql");
        var folder = Directory.CreateTempSubdirectory("postgres").FullName;
        await ServerProcess.RunAsync("chown", ["postgres", folder], cancellationToken);
        string[] initialize = [$"{Programs}/initdb", "-D", $"{folder}/data", "--auth=trust", "-U", "postgres", "--no-sync"];
        await ServerProcess.RunAsync("setpriv", [.. AsUser, .. initialize], cancellationToken);
        var port = ServerProcess.FindPort();
        var postgres = new Postgres(
            folder, port, isDurable, $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres");
        await postgres.StartAgainAsync(cancellationToken);
        return postgres;
    }

    private static string[] AsUser => ["--reuid=postgres", "--regid=postgres", "--clear-groups"];

    public async Task StartAgainAsync(CancellationToken cancellationToken)
    {
        // The log is in English, for the line that it waits for.
        string[] server = [$"{Programs}/postgres", "-D", $"{_folder}/data", "-p", $"{_port}", "-h", "127.0.0.1", "-k", _folder];
        _process = await ServerProcess.StartAsync(
            "PostgreSQL", _folder,
            [
                "setpriv", .. AsUser, .. server, "-c", "lc_messages=C", "-c", "max_connections=900",
                "-c", "max_prepared_transactions=10",
                .. _isDurable ? (string[])[] : ["-c", "fsync=off"],
            ],
            "database system is ready to accept connections", cancellationToken);
    }

    /// <summary>Creates an empty database.</summary>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateDatabaseAsync(CancellationToken cancellationToken)
    {
        var name = $"test_{Guid.NewGuid():N}";
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
        _databases.Add(name);
        return new NpgsqlConnectionStringBuilder(ConnectionString) { Database = name }.ConnectionString;
    }

    /// <summary>Writes a database to a file as <c>pg_dump</c> does.</summary>
    public static Task DumpAsync(string database, string file) =>
        ServerProcess.RunAsync($"{Programs}/pg_dump", ["--clean", "-f", file, Uri(database)], CancellationToken.None);

    /// <summary>Restores a dump, over what is there.</summary>
    public static Task RestoreAsync(string database, string file) =>
        ServerProcess.RunAsync($"{Programs}/psql", ["-q", "-v", "ON_ERROR_STOP=1", "-f", file, Uri(database)], CancellationToken.None);

    private static string Uri(string database)
    {
        var parts = new NpgsqlConnectionStringBuilder(database);
        var password = parts.Password is null ? "" : $":{System.Uri.EscapeDataString(parts.Password)}";
        return $"postgresql://{parts.Username}{password}@{parts.Host}:{parts.Port}/{parts.Database}";
    }

    /// <summary>Kills all processes of the server with SIGKILL.</summary>
    public void Kill()
    {
        if (!IsOwn)
            throw GivenServer.MustNotEnd();
        _process!.Dispose();
        // The connections of this process that the server has not closed.
        NpgsqlConnection.ClearAllPools();
        // The server does not start while this file says that another one runs.
        File.Delete($"{_folder}/data/postmaster.pid");
    }

    public void Dispose()
    {
        if (IsOwn)
        {
            Kill();
            Directory.Delete(_folder, recursive: true);
            return;
        }
        NpgsqlConnection.ClearAllPools();
        using var connection = new NpgsqlConnection(ConnectionString);
        connection.Open();
        foreach (var name in _databases)
        {
            using var command = new NpgsqlCommand($"DROP DATABASE IF EXISTS {name} WITH (FORCE)", connection);
            command.ExecuteNonQuery();
        }
    }
}
