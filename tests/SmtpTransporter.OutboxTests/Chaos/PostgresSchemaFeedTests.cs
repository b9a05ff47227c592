using Npgsql;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>The same in a schema whose name needs quotes, over sessions that find nothing without its name.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresSchemaFeedTests(SharedPostgres shared) : FeedTests
{
    private const string Schema = "Odd_1_Schema";

    private string _database = "";

    private protected override OutboxTables Tables => new(() => new NpgsqlConnection(WithPath($"\"{Schema}\"")));

    private protected override async Task<Action<OutboxOptions>> CreateDatabaseAsync()
    {
        _database = await shared.CreateDatabaseAsync();
        await using var connection = new NpgsqlConnection(_database);
        await connection.OpenAsync(Cancellation);
        await connection.ExecuteAsync($"CREATE SCHEMA \"{Schema}\"", Cancellation);
        return o => o.UsePostgres(WithPath("")).Schema = Schema;
    }

    private string WithPath(string path) =>
        new NpgsqlConnectionStringBuilder(_database) { Options = $"-c search_path={path}" }.ConnectionString;
}
