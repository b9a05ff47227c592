using MySqlConnector;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <inheritdoc/>
[Collection(MariaDbCollection.Name)]
public sealed class MariaDbQuotaTests(SharedMariaDb shared) : QuotaTests
{
    private string _database = "";

    private protected override OutboxTables Tables => new(() => new MySqlConnection(_database));

    private protected override async Task<Action<OutboxOptions>> CreateDatabaseAsync()
    {
        _database = await shared.CreateDatabaseAsync();
        return o => o.UseMariaDb(_database);
    }
}
