using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace SmtpTransport.Benchmarks;

/// <summary>An empty database for one queue in one round: a file of SQLite in WAL mode, or a database of a PostgreSQL of the run's own.</summary>
internal sealed class QueueDatabase : IAsyncDisposable
{
    private readonly string? _file;
    private readonly string? _server;

    private QueueDatabase(string connectionString, string? file, string? server) => (ConnectionString, _file, _server) = (connectionString, file, server);

    public string ConnectionString { get; }

    public bool IsSqlite => _file is not null;

    /// <summary>The file of SQLite.</summary>
    public string File => _file ?? throw new InvalidOperationException("It is no file.");

    /// <summary>Makes one.</summary>
    /// <param name="server">The connection string of a PostgreSQL; null for SQLite.</param>
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

    /// <summary>A connection whose commits are on the disk.</summary>
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

    public static async Task<int> ExecuteAsync(DbConnection connection, DbTransaction? transaction, string sql, params (string Name, object Value)[] parameters)
    {
        await using var command = Command(connection, transaction, sql, parameters);
        return await command.ExecuteNonQueryAsync();
    }

    public async Task<long> ScalarAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await using var command = Command(connection, null, sql, []);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public static DbCommand Command(DbConnection connection, DbTransaction? transaction, string sql, params (string Name, object Value)[] parameters)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
#pragma warning disable CA2100 // Constants of the benchmark's.
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
            foreach (var path in Directory.GetFiles(Artifacts.Folder, Path.GetFileName(_file) + "*"))
                System.IO.File.Delete(path);
            return;
        }
        NpgsqlConnection.ClearAllPools();
        await using var connection = new NpgsqlConnection(_server);
        await connection.OpenAsync();
        await ExecuteAsync(connection, null, $"DROP DATABASE \"{new NpgsqlConnectionStringBuilder(ConnectionString).Database}\" WITH (FORCE)");
    }
}
