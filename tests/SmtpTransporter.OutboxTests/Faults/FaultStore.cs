using System.Data.Common;
using System.Globalization;
using SmtpTransport.Outbox;

namespace SmtpTransport.OutboxTests.Faults;

/// <summary>The tables of one outbox, for one run after the other, and what they hold, read on connections that never fail.</summary>
/// <param name="use">Sets the database of the options.</param>
/// <param name="provider">The provider of its connections.</param>
/// <param name="connectionString">How to reach the tables without the outbox.</param>
/// <param name="errors">The exceptions of the provider.</param>
internal sealed class FaultStore(
    Action<OutboxOptions> use, DbProviderFactory provider, string connectionString, IDatabaseErrors errors)
{
    private static readonly string[] Tables = ["email", "worker", "part", "rate", "setting", "pause"];

    public IDatabaseErrors Errors => errors;

    public DbProviderFactory Provider => provider;

    public string ConnectionString => connectionString;

    /// <summary>What the names of the tables begin with.</summary>
    public string Prefix { get; init; } = TableNames.DefaultPrefix;

    public void Use(OutboxOptions options)
    {
        use(options);
        options.TablePrefix = Prefix;
    }

    /// <summary>Removes all rows, but not the tables.</summary>
    public Task EmptyAsync(CancellationToken cancellationToken) =>
        ExecuteAsync(string.Concat(Tables.Select(table => $"DELETE FROM {Prefix}_{table};")), cancellationToken);

    public Task DropAsync(CancellationToken cancellationToken) => ExecuteAsync(
        string.Concat(((string[])
            [
                "attempt", "message", "part_use", "part", "term", "secret", "email", "worker", "rate", "setting", "pause", "suppression",
                "quota", "version",
            ])
            .Select(table => $"DROP TABLE IF EXISTS {Prefix}_{table};"))
            + (errors is PostgresErrors or MariaDbErrors ? $"DROP SEQUENCE IF EXISTS {Prefix}_number" : ""),
        cancellationToken);

    /// <summary>How many rows a table has, or those of a condition.</summary>
    public async Task<long> CountAsync(string from, CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(cancellationToken);
        await using (connection)
        {
            return Convert.ToInt64(
                await connection.ScalarAsync($"SELECT count(*) FROM {Prefix}_{from}", cancellationToken), CultureInfo.InvariantCulture);
        }
    }

    /// <summary>The states of the emails of a size.</summary>
    public async Task<List<OutboxState>> ReadStatesAsync(int size, CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(cancellationToken);
        await using (connection)
        {
            return await connection.ListAsync(
                $"SELECT state FROM {Prefix}_email WHERE size = @size", reader => (OutboxState)reader.GetInt32(0), cancellationToken, null,
                ("size", size));
        }
    }

    public async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(cancellationToken);
        await using (connection)
            await connection.ExecuteAsync(sql, cancellationToken);
    }

    private async Task<DbConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = provider.CreateConnection()!;
        connection.ConnectionString = connectionString;
        await connection.OpenAsync(cancellationToken);
        return connection;
    }
}
