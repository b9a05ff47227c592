using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <inheritdoc/>
[Collection(PostgresCollection.Name)]
public sealed class PostgresGroupTests(SharedPostgres shared) : GroupTests
{
    private protected override Task<ServerDatabase> CreateDatabaseAsync() => PostgresServerDatabase.CreateAsync(shared.Server);

    [Fact]
    public async Task A_group_that_takes_longer_than_a_statement_may_is_written_in_parts()
    {
        var limited = new NpgsqlConnectionStringBuilder(Database.ConnectionString)
        {
            Options = "-c statement_timeout=400ms",
        }.ConnectionString;
        await using var host = await StartAsync(o => o.UsePostgres(limited));
        var ids = await host.EnqueueManyAsync(TestEmail.Many(20));
        await host.Services.GetRequiredService<WorkerTable>().RegisterAsync("w", "w", Cancellation);
        var claims = await host.Services.GetRequiredService<QueueTable>().ClaimAsync(
            "w", new QueueKey("", "", OutboxPriority.Normal, false), 20, [], Cancellation);
        // All of them take half a second.
        await ((PostgresServerDatabase)Database).OnAttemptAsync("PERFORM pg_sleep(0.025);");
        var writer = host.Services.GetRequiredService<GroupWriter>();
        var settling = claims.Select(c => writer.SettleAsync(new Settlement(
            c, new StateTransition(OutboxState.Sent), new AttemptDetails("run", Outcome.Accepted, 250, "2.0.0 Ok", 1)))).ToList();

        var running = writer.RunAsync();

        Assert.All(await Task.WhenAll(settling), Assert.True);
        writer.Complete();
        await running;
        Assert.Equal(ids.Count, (await host.Outbox.CountAsync(Cancellation))[OutboxState.Sent]);
    }
}
