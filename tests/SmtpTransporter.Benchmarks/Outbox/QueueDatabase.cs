using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace SmtpTransport.Benchmarks;

/// <summary>
/// An empty database for one queue in one round: a SQLite file in WAL mode, or a database in the PostgreSQL server of the run.
/// </summary>
internal sealed class QueueDatabase : IAsyncDisposable
{
    private readonly string? _file;
    private readonly string? _server;

    private readonly bool _isKept;

    private QueueDatabase(string connectionString, string? file, string? server, bool isKept = false) =>
        (ConnectionString, _file, _server, _isKept) = (connectionString, file, server, isKept);

    public string ConnectionString { get; }

    public bool IsSqlite => _file is not null;

    /// <summary>The SQLite file.</summary>
    public string File => _file ?? throw new InvalidOperationException("The database is not a file.");

    /// <summary>Creates a database.</summary>
    /// <param name="server">The connection string of a PostgreSQL server; null for SQLite.</param>
    public static async Task<QueueDatabase> CreateAsync(string? server)
    {
        var name = $"queue_{Guid.NewGuid():N}";
        if (server is null)
        {
            Directory.CreateDirectory(Artifacts.Folder);
            var file = Path.Combine(Artifacts.Folder, $"{name}.db");
            var made = new QueueDatabase($"Data Source={file}", file, null);
            await made.ExecuteAsync("PRAGMA journal_mode = WAL");
            return made;
        }
        await using (var connection = new NpgsqlConnection(server))
        {
            await connection.OpenAsync();
            await ExecuteAsync(connection, null, $"CREATE DATABASE {name}");
        }
        return new QueueDatabase(new NpgsqlConnectionStringBuilder(server) { Database = name }.ConnectionString, null, server);
    }

    /// <summary>Uses a SQLite file that stays where it is.</summary>
    public static QueueDatabase Keep(string file) => new($"Data Source={file}", file, null, isKept: true);

    /// <summary>Opens a connection whose commits reach the disk.</summary>
    public async Task<DbConnection> OpenAsync()
    {
        DbConnection connection = IsSqlite ? new SqliteConnection(ConnectionString) : new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        if (IsSqlite)
            await ExecuteAsync(connection, null, "PRAGMA synchronous = FULL; PRAGMA busy_timeout = 20000");
        return connection;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await ExecuteAsync(connection, null, sql);
    }

    /// <summary>Adds a row of the application.</summary>
    public static Task<int> AddOrderAsync(DbConnection connection, DbTransaction? transaction) =>
        ExecuteAsync(connection, transaction, "INSERT INTO orders (id) VALUES (@id)", ("id", Guid.NewGuid().ToString("N")));

    public static async Task<int> ExecuteAsync(
        DbConnection connection, DbTransaction? transaction, string sql, params (string Name, object Value)[] parameters)
    {
        await using var command = CreateCommand(connection, transaction, sql, parameters);
        return await command.ExecuteNonQueryAsync();
    }

    public async Task<long> ScalarAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await using var command = CreateCommand(connection, null, sql, []);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public static DbCommand CreateCommand(
        DbConnection connection, DbTransaction? transaction, string sql, params (string Name, object Value)[] parameters)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
        // A statement that fills a large table takes minutes.
        command.CommandTimeout = 3600;
#pragma warning disable CA2100 // The texts are constants of this benchmark.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }
        return command;
    }

    public async ValueTask DisposeAsync()
    {
        if (_file is not null)
        {
            SqliteConnection.ClearAllPools();
            if (_isKept)
                return;
            foreach (var path in Directory.GetFiles(Artifacts.Folder, Path.GetFileName(_file) + "*"))
                System.IO.File.Delete(path);
            return;
        }
        NpgsqlConnection.ClearAllPools();
        await using var connection = new NpgsqlConnection(_server);
        await connection.OpenAsync();
        var name = new NpgsqlConnectionStringBuilder(ConnectionString).Database;
        await ExecuteAsync(connection, null, $"DROP DATABASE \"{name}\" WITH (FORCE)");
    }
}
