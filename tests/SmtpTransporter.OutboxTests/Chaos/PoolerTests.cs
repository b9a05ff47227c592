using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Npgsql;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>A pooler between the outbox and PostgreSQL.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PoolerTests(SharedPostgres shared)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("session", true)]
    [InlineData("transaction", false)]
    public async Task Two_workers_behind_a_pooler_send_each_email_once_and_say_whether_notifications_arrive(string mode, bool listens)
    {
        var database = await shared.CreateDatabaseAsync();
        using var pooler = await PgBouncer.StartAsync(database, mode);
        using var log = new LogLines();
        await using var first = await StartAsync();
        await using var second = await StartAsync();

        var ids = await first.EnqueueManyAsync(TestEmail.Many(200));
        await Poll.UntilAsync(
            () => Task.FromResult(first.Services.GetRequiredService<WorkerLoops>().IsListening is not null
                && second.Services.GetRequiredService<WorkerLoops>().IsListening is not null),
            Cancellation);
        foreach (var id in ids)
            Assert.Single((await second.UntilAsync(id, OutboxState.Sent)).History);
        var health = await CheckAsync(first);

        Assert.Equal(200, first.Server.Messages.Concat(second.Server.Messages).Select(m => m.Recipients[0]).Distinct().Count());
        Assert.Equal(200, first.Server.Messages.Count + second.Server.Messages.Count);
        Assert.Equal(listens ? HealthStatus.Healthy : HealthStatus.Degraded, health.Status);
        Assert.Equal(listens, health.Data["listening"]);
        // One for each process.
        Assert.Equal(
            listens ? 0 : 2,
            log.Warnings.Count(w => w.Contains("a pooler gives each transaction another session", StringComparison.Ordinal)));
        Assert.Equal(listens ? 0 : 2, log.Warnings.Count);

        Task<OutboxHost> StartAsync() => OutboxHost.StartAsync(
            o => o.UsePostgres(pooler.Through(database)),
            services =>
            {
                services.AddLogging(l => l.AddProvider(log));
                services.AddHealthChecks().AddSmtpOutbox();
            });
    }

    [Theory]
    [InlineData("session", "", false)]
    [InlineData("transaction", "", false)]
    [InlineData("transaction", "Max Auto Prepare=0", false)]
    [InlineData(null, "", true)]
    [InlineData(null, "Max Auto Prepare=0", false)]
    [InlineData(null, "Max Auto Prepare=7", true)]
    public async Task Statements_are_prepared_unless_there_is_a_pooler_or_the_connection_string_decides(
        string? mode, string given, bool isPrepared)
    {
        var builder = new NpgsqlConnectionStringBuilder(await shared.CreateDatabaseAsync());
        builder.Remove("Max Auto Prepare");
        var database = builder.ConnectionString;
        using var pooler = mode is null ? null : await PgBouncer.StartAsync(database, mode);
        await using var host = await OutboxHost.StartAsync(
            o => o.UsePostgres($"{pooler?.Through(database) ?? database};{given}").EnableWorker = false);
        var queue = host.Services.GetRequiredService<QueueTable>();
        for (var i = 0; i < 20; i++)
            await queue.ListQueuesAsync(null, 7, Cancellation);

        await using var connection = await host.Services.GetRequiredService<Database>().OpenAsync(Cancellation);
        var prepared = await connection.ScalarAsync("SELECT count(*) FROM pg_prepared_statements", Cancellation);

        Assert.Equal(isPrepared, (long)prepared! > 0);
    }

    private static async Task<HealthReportEntry> CheckAsync(OutboxHost host) =>
        (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancellation)).Entries["smtp-outbox"];
}
