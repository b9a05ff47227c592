using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>The clock of PostgreSQL jumps.</summary>
[Collection(PostgresCollection.Name)]
public sealed class ClockTests(SharedPostgres shared) : IAsyncLifetime
{
    private string _database = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await shared.CreateDatabaseAsync();
        await ExecuteAsync(
            """
            CREATE SCHEMA clock;
            CREATE TABLE clock.skew (hours integer);
            INSERT INTO clock.skew VALUES (0);
            CREATE FUNCTION clock.statement_timestamp() RETURNS timestamptz LANGUAGE sql STABLE
                AS 'SELECT pg_catalog.statement_timestamp() + hours * interval ''1 hour'' FROM clock.skew';
            """);
        _database = new NpgsqlConnectionStringBuilder(_database) { SearchPath = "clock,pg_catalog" }.ConnectionString;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task A_clock_that_jumps_takes_nothing_from_a_worker_that_lives_and_spares_none_that_has_ended(int hours)
    {
        await using var other = await StartAsync(sends: false);
        await using var host = await StartAsync(sends: true);
        var answer = new TaskCompletionSource();
        var transmitted = host.Server.Script.On(SmtpStep.EndOfData).WaitFor(answer.Task);
        var id = await other.EnqueueAsync(TestEmail.To("ann"));
        await transmitted.Reached.WaitAsync(Cancellation);
        var workers = other.Services.GetRequiredService<WorkerTable>();
        var living = Assert.Single(await workers.BeatAsync(null, Cancellation)).Key;
        await workers.RegisterAsync("dead", "dead", 0, Cancellation);
        var heartbeat = other.Services.GetRequiredService<Heartbeat>();

        await ExecuteAsync($"UPDATE clock.skew SET hours = {hours}");
        for (var look = 0; look < 6; look++)
        {
            await workers.BeatAsync(living, Cancellation);
            await heartbeat.BeatAsync(Cancellation);
        }
        Assert.Equal(living, Assert.Single(await workers.BeatAsync(null, Cancellation)).Key);
        answer.SetResult();

        Assert.Single((await other.UntilAsync(id, OutboxState.Sent)).History);
        Assert.Single(host.Server.Messages);
    }

    [Fact]
    public async Task Emails_that_were_stored_before_the_clock_went_back_are_sent_at_once_and_later_ones_in_their_time()
    {
        await using var other = await StartAsync(sends: false);
        var ids = await other.EnqueueManyAsync(TestEmail.Many(3));
        var later = await other.EnqueueAsync(TestEmail.To("later"), sendAt: DateTimeOffset.UtcNow.AddMinutes(5));
        await ExecuteAsync("UPDATE clock.skew SET hours = -1");

        await using var host = await StartAsync(sends: true);

        foreach (var id in ids)
            await host.UntilAsync(id, OutboxState.Sent);
        Assert.Equal(OutboxState.Waiting, (await host.Outbox.GetAsync(later, Cancellation))!.State);
    }

    private Task<OutboxHost> StartAsync(bool sends) => OutboxHost.StartAsync(o => o.UsePostgres(_database).EnableWorker = sends);

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_database);
        await connection.OpenAsync(Cancellation);
        await connection.ExecuteAsync(sql, Cancellation);
    }
}
