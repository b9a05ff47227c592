using Npgsql;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <inheritdoc/>
[Collection(PostgresCollection.Name)]
public sealed class PostgresQuotaTests(SharedPostgres shared) : QuotaTests
{
    private string _database = "";

    private protected override OutboxTables Tables => new(() => new NpgsqlConnection(_database));

    private protected override async Task<Action<OutboxOptions>> CreateDatabaseAsync()
    {
        _database = await shared.CreateDatabaseAsync();
        return o => o.UsePostgres(_database);
    }
}
