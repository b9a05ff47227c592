using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>Sessions of PostgreSQL keep prepared statements while someone changes the tables.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PreparedStatementTests(SharedPostgres shared)
{
    private const string Read = "SELECT lane FROM smtp_outbox_email";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Statements_go_on_whose_columns_have_another_type_than_when_they_were_prepared()
    {
        var builder = new NpgsqlConnectionStringBuilder(await shared.CreateDatabaseAsync()) { MaxPoolSize = 1 };
        builder.Remove("Max Auto Prepare");
        await using var host = await OutboxHost.StartAsync(o => o.UsePostgres(builder.ConnectionString).EnableWorker = false);
        var queue = host.Services.GetRequiredService<QueueTable>();
        var workers = host.Services.GetRequiredService<WorkerTable>();
        var id = await host.EnqueueAsync(TestEmail.To("ann"));
        await workers.RegisterAsync("w", "w", 0, Cancellation);
        for (var i = 0; i < 10; i++)
        {
            await ReadAsync();
            await ClaimAsync();
            await workers.UnregisterAsync("w", Cancellation);
            await workers.RegisterAsync("w", "w", 0, Cancellation);
            await workers.TakeOverAsync("w", 0, TimeSpan.Zero, "test", Cancellation);
            await workers.RegisterAsync("w", "w", 0, Cancellation);
        }

        await using (var other = new NpgsqlConnection(builder.ConnectionString))
        {
            await other.OpenAsync(Cancellation);
            await other.ExecuteAsync(
                "ALTER TABLE smtp_outbox_email ALTER lane TYPE varchar(200), ALTER transporter TYPE varchar(200)", Cancellation);
        }

        Assert.Equal("0A000", (await Assert.ThrowsAsync<PostgresException>(ReadAsync)).SqlState);
        Assert.Single(await queue.ListQueuesAsync(null, 10, Cancellation));
        Assert.Equal(id, Assert.Single(await ClaimAsync()).Row.Id);
        Assert.Equal(id, Assert.Single((await workers.TakeOverAsync("w", 0, TimeSpan.Zero, "test", Cancellation))!.Freed).Id);

        async Task ReadAsync()
        {
            await using var session = await host.Services.GetRequiredService<Database>().OpenAsync(Cancellation);
            await session.ListAsync(Read, reader => reader.GetString(0), Cancellation);
        }

        async Task<List<Claim>> ClaimAsync()
        {
            var head = Assert.Single(await queue.ListQueuesAsync(null, 10, Cancellation));
            return await queue.ClaimAsync("w", head.Key, 10, [], Cancellation);
        }
    }
}
