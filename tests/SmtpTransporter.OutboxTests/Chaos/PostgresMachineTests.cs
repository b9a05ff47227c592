using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <inheritdoc/>
[Collection(PostgresCollection.Name)]
public sealed class PostgresMachineTests(SharedPostgres shared) : MachineTests
{
    private protected override Task<ServerDatabase> CreateDatabaseAsync() => PostgresServerDatabase.CreateAsync(shared.Server);

    [Fact]
    public async Task Commits_of_the_outbox_wait_for_the_disk_even_if_the_servers_default_does_not()
    {
        var lazy = new NpgsqlConnectionStringBuilder(Database.ConnectionString) { Options = "-c synchronous_commit=off" }.ConnectionString;
        await using var host = await StartAsync(o => o.UsePostgres(lazy));

        var database = host.Services.GetRequiredService<SmtpTransport.Outbox.Database>();
        await using var connection = await database.OpenAsync(Cancellation);

        Assert.Equal("on", await connection.ScalarAsync("SHOW synchronous_commit", Cancellation));
        Assert.Equal("off", await new OutboxTables(() => new NpgsqlConnection(lazy)).GetSynchronousCommitAsync());
    }
}
