using Npgsql;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>One server for all tests of a class. Nothing on it must survive: it does not wait for the disk.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private Postgres? _postgres;

    /// <summary>The connection string of an empty database.</summary>
    internal string Database { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        _postgres = await Postgres.StartAsync(cancellationToken);
        Database = await _postgres.CreateDatabaseAsync(cancellationToken);
        await using var connection = new NpgsqlConnection(Database);
        await connection.OpenAsync(cancellationToken);
        foreach (var sql in (string[])["ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()"])
        {
#pragma warning disable CA2100 // One of the two above.
            await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    public ValueTask DisposeAsync()
    {
        _postgres?.Dispose();
        return ValueTask.CompletedTask;
    }
}
