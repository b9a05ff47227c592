using Microsoft.Data.Sqlite;

namespace SmtpTransport.OutboxTests;

/// <inheritdoc/>
public sealed class SqliteLeaseTests : LeaseTests
{
    private OutboxTables? _tables;

    private protected override OutboxTables Tables => _tables!;

    private protected override async Task<OutboxHost> StartAsync()
    {
        var host = await OutboxHost.StartAsync(o => o.EnableWorker = false);
        _tables = new OutboxTables(() => new SqliteConnection(host.ConnectionString));
        return host;
    }
}
