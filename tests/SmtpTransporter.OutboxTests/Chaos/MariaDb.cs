using System.Collections.Concurrent;
using System.Globalization;
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
    private readonly string _server;
    private readonly ConcurrentBag<string> _databases = [];
    private ServerProcess? _process;

    private MariaDb(string folder, int port, bool isDurable, string server) =>
        (_folder, _port, _isDurable, _server) = (folder, port, isDurable, server);

    public string ConnectionString => To("outbox");

    // That of somebody else has none.
    private bool IsOwn => _folder.Length > 0;

    /// <summary>A server that runs already. It is not ended, and loses the databases that were created in it.</summary>
    public static MariaDb Connect(string connectionString) => new("", 0, isDurable: false, connectionString);

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
        await ServerProcess.RunAsync("chown", ["mysql", folder], cancellationToken);
        await ServerProcess.RunAsync(
            "mariadb-install-db",
            [
                "--no-defaults", "--user=mysql", $"--datadir={folder}/data", "--auth-root-authentication-method=normal", "--skip-test-db",
            ],
            cancellationToken);
        var port = ServerProcess.FindPort();
        var server = new MariaDb(folder, port, isDurable, $"Server=127.0.0.1;Port={port};User ID=root");
        await server.StartAgainAsync(cancellationToken);
        await server.ExecuteAsync("CREATE DATABASE outbox", cancellationToken);
        return server;
    }

    public async Task StartAgainAsync(CancellationToken cancellationToken)
    {
        string[] command =
        [
            "/usr/sbin/mariadbd",
            "--no-defaults", "--user=mysql", $"--datadir={_folder}/data", $"--socket={_folder}/socket", "--bind-address=127.0.0.1",
            string.Create(CultureInfo.InvariantCulture, $"--port={_port}"), "--max-connections=2000", "--lc-messages=en_US",
            .. _isDurable ? (string[])[] : ["--innodb-flush-log-at-trx-commit=0"],
        ];
        _process = await ServerProcess.StartAsync("MariaDB", _folder, command, "ready for connections", cancellationToken);
    }

    /// <summary>Creates an empty database.</summary>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateDatabaseAsync(CancellationToken cancellationToken)
    {
        var name = $"test_{Guid.NewGuid():N}";
        await ExecuteAsync($"CREATE DATABASE {name}", cancellationToken);
        _databases.Add(name);
        return To(name);
    }

    /// <summary>Kills the server with SIGKILL.</summary>
    public void Kill()
    {
        if (!IsOwn)
            throw GivenServer.MustNotEnd();
        _process!.Dispose();
        // The connections of this process that the server has not closed.
        MySqlConnection.ClearAllPools();
    }

    public void Dispose()
    {
        if (IsOwn)
        {
            Kill();
            Directory.Delete(_folder, recursive: true);
            return;
        }
        MySqlConnection.ClearAllPools();
        using var connection = new MySqlConnection(To(""));
        connection.Open();
        foreach (var name in _databases)
        {
#pragma warning disable CA2100 // A name that was made here.
            using var command = new MySqlCommand($"DROP DATABASE IF EXISTS {name}", connection);
#pragma warning restore CA2100
            command.ExecuteNonQuery();
        }
    }

    private string To(string database) => new MySqlConnectionStringBuilder(_server)
    {
        Database = database,
        ConnectionTimeout = 3,
        DefaultCommandTimeout = 20,
        MaximumPoolSize = 40,
    }.ConnectionString;

    private async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var connection = new MySqlConnection(To(""));
        await connection.OpenAsync(cancellationToken);
#pragma warning disable CA2100 // Constants, and a name that is made here.
        await using var command = new MySqlCommand(sql, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
