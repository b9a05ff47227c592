using Npgsql;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <inheritdoc/>
[Collection(PostgresCollection.Name)]
public sealed class PoolerLeaseTests(SharedPostgres shared) : LeaseTests
{
    private PgBouncer? _pooler;
    private string _database = "";

    private protected override OutboxTables Tables => new(() => new NpgsqlConnection(_database));

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _pooler?.Dispose();
    }

    private protected override async Task<OutboxHost> StartAsync()
    {
        _database = await shared.CreateDatabaseAsync();
        _pooler = await PgBouncer.StartAsync(_database, "transaction");
        return await OutboxHost.StartAsync(o => o.UsePostgres(_pooler.Through(_database)).EnableWorker = false);
    }
}
