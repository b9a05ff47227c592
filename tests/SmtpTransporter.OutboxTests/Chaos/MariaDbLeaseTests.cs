using MySqlConnector;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <inheritdoc/>
[Collection(MariaDbCollection.Name)]
public sealed class MariaDbLeaseTests(SharedMariaDb shared) : LeaseTests
{
    private string _database = "";

    private protected override OutboxTables Tables => new(() => new MySqlConnection(_database));

    private protected override async Task<OutboxHost> StartAsync()
    {
        _database = await shared.CreateDatabaseAsync();
        return await OutboxHost.StartAsync(o => o.UseMariaDb(_database).EnableWorker = false);
    }
}
