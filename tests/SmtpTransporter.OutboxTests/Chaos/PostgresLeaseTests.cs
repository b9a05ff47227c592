using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <inheritdoc/>
[Collection(PostgresCollection.Name)]
public sealed class PostgresLeaseTests(SharedPostgres shared) : LeaseTests
{
    private string _database = "";

    private protected override OutboxTables Tables => new(() => new NpgsqlConnection(_database));

    [Fact]
    public async Task A_worker_that_has_ended_is_found_however_many_emails_the_living_ones_hold()
    {
        await Host.EnqueueManyAsync(TestEmail.Many(1500));
        for (var i = 0; i < 15; i++)
            Assert.Equal(100, (await ClaimAsync("a", 100)).Count);
        var id = await Host.EnqueueAsync(TestEmail.To("last"));
        await ClaimAsync("b", 1);
        var heartbeat = Host.Services.GetRequiredService<Heartbeat>();

        for (var look = 0; look < 5; look++)
        {
            await Workers.BeatAsync("a", Cancellation);
            await heartbeat.BeatAsync(Cancellation);
        }

        Assert.Equal(id, Assert.Single(await ClaimAllSuspectsAsync("a")).Row.Id);
        Assert.Equal(1501, await Tables.CountHeldAsync());
    }

    private protected override async Task<OutboxHost> StartAsync()
    {
        _database = await shared.CreateDatabaseAsync();
        return await OutboxHost.StartAsync(o => o.UsePostgres(_database).EnableWorker = false);
    }
}
