using Npgsql;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>An empty schema of PostgreSQL whose name needs quotes, over sessions that find nothing without its name.</summary>
internal sealed class QuotedSchema
{
    private const string Name = "Odd_1_Schema";

    private readonly string _database;

    private QuotedSchema(string database) => _database = database;

    public OutboxTables Tables => new(() => new NpgsqlConnection(WithPath($"\"{Name}\"")));

    /// <summary>Creates it in a database of its own.</summary>
    public static async Task<QuotedSchema> CreateAsync(SharedPostgres shared)
    {
        var database = await shared.CreateDatabaseAsync();
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync($"CREATE SCHEMA \"{Name}\"", TestContext.Current.CancellationToken);
        return new QuotedSchema(database);
    }

    /// <summary>Sets the database and the schema of the options.</summary>
    public void Use(OutboxOptions options) => options.UsePostgres(WithPath("")).Schema = Name;

    private string WithPath(string path) =>
        new NpgsqlConnectionStringBuilder(_database) { Options = $"-c search_path={path}" }.ConnectionString;
}
