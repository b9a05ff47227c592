using System.Data;
using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>Transactions on PostgreSQL that want the same rows.</summary>
[Collection(PostgresCollection.Name)]
public sealed class ConflictTests(SharedPostgres shared) : IAsyncLifetime
{
    private static readonly QueueKey Key = new("", "", OutboxPriority.Normal, false);

    private readonly List<NpgsqlConnection> _connections = [];
    private string _database = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await shared.CreateDatabaseAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections)
            await connection.DisposeAsync();
    }

    [Theory]
    [InlineData(IsolationLevel.ReadCommitted)]
    [InlineData(IsolationLevel.RepeatableRead)]
    [InlineData(IsolationLevel.Serializable)]
    public async Task An_email_is_stored_whose_key_another_transaction_has_taken_and_rolled_back(IsolationLevel isolation)
    {
        await using var host = await StartAsync();
        for (var round = 0; round < 5; round++)
        {
            var key = $"order-{round}";
            await using var first = await BeginAsync(isolation);
            await using var second = await BeginAsync(isolation);
            await host.EnqueueAsync(TestEmail.To("ann"), key, transaction: first);
            var waiting = host.EnqueueAsync(TestEmail.To("bob"), key, transaction: second);
            await UntilOneWaitsAsync();

            await first.RollbackAsync(Cancellation);
            var id = await waiting;
            await second.CommitAsync(Cancellation);

            Assert.Equal("bob@example.org", (await host.Outbox.GetAsync(id, Cancellation))!.Recipients[0].Address);
        }
        Assert.Equal(5, (await host.Outbox.CountAsync(Cancellation))[OutboxState.Waiting]);
    }

    [Theory]
    [InlineData(IsolationLevel.ReadCommitted, false)]
    [InlineData(IsolationLevel.RepeatableRead, true)]
    [InlineData(IsolationLevel.Serializable, true)]
    public async Task A_key_that_another_transaction_has_committed_is_found_or_the_caller_is_told_to_try_again(
        IsolationLevel isolation, bool isToldToTryAgain)
    {
        await using var host = await StartAsync();
        await using var first = await BeginAsync(isolation);
        await using var second = await BeginAsync(isolation);
        var stored = await host.EnqueueAsync(TestEmail.To("ann"), "order-1", transaction: first);
        var waiting = host.EnqueueAsync(TestEmail.To("bob"), "order-1", transaction: second);
        await UntilOneWaitsAsync();

        await first.CommitAsync(Cancellation);

        if (isToldToTryAgain)
        {
            var exception = await Assert.ThrowsAnyAsync<DbException>(() => waiting);
            Assert.Equal((true, "40001"), (exception.IsTransient, exception.SqlState));
            await second.RollbackAsync(Cancellation);
            await using var again = await BeginAsync(isolation);
            waiting = host.EnqueueAsync(TestEmail.To("bob"), "order-1", transaction: again);
            Assert.Equal(stored, await waiting);
        }
        Assert.Equal(stored, await waiting);
    }

    [Fact]
    public async Task Workers_are_never_refused_because_of_the_isolation_that_the_database_prefers()
    {
        var name = new NpgsqlConnectionStringBuilder(_database).Database;
        await ExecuteAsync($"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'");
        NpgsqlConnection.ClearAllPools();
        await using var host = await StartAsync();
        await host.EnqueueManyAsync(TestEmail.Many(200));
        var queue = host.Services.GetRequiredService<QueueTable>();
        await using var connection = await host.Services.GetRequiredService<Database>().OpenAsync(Cancellation);

        Assert.Equal("read committed", await connection.ScalarAsync("SHOW transaction_isolation", Cancellation));
        var claimed = await Task.WhenAll(Enumerable.Range(0, 4).Select(async n =>
        {
            await host.Services.GetRequiredService<WorkerTable>().RegisterAsync($"w{n}", "worker", Cancellation);
            var count = 0;
            while (await queue.ClaimAsync($"w{n}", Key, 3, [], Cancellation) is [_, ..] batch)
                count += batch.Count;
            return count;
        }));
        Assert.Equal(200, claimed.Sum());
    }

    [Fact]
    public async Task Statements_over_the_same_emails_in_different_orders_all_succeed()
    {
        var eager = new NpgsqlConnectionStringBuilder(_database) { Options = "-c deadlock_timeout=20ms" }.ConnectionString;
        await using var host = await StartAsync(eager);
        var queue = host.Services.GetRequiredService<QueueTable>();
        var workers = host.Services.GetRequiredService<WorkerTable>();
        var random = new Random(1);
        for (var round = 0; round < 20; round++)
        {
            var token = $"w{round}";
            await workers.RegisterAsync(token, token, Cancellation);
            await host.EnqueueManyAsync(TestEmail.Many(100));
            var claims = (await queue.ClaimAsync(token, Key, 100, [], Cancellation)).ToArray();
            var groups = Enumerable.Range(0, 4).Select(_ =>
            {
                var shuffled = claims.ToArray();
#pragma warning disable CA5394 // Reproducible on purpose.
                random.Shuffle(shuffled);
#pragma warning restore CA5394
                return shuffled;
            }).ToList();

            await Task.WhenAll(
                WriteAsync(new WriteGroup([.. groups[0].Select(c => (c, "run"))], [], [])),
                WriteAsync(new WriteGroup([], [.. groups[1].Take(50).Select(Settle)], [])),
                WriteAsync(new WriteGroup([], [], groups[2][..50])),
                workers.UnregisterAsync(token, Cancellation),
                CancelAsync(groups[3][..20]));
        }

        Assert.Equal(2000, (await host.Outbox.CountAsync(Cancellation)).ByState.Values.Sum());

        async Task WriteAsync(WriteGroup group)
        {
            await using var connection = await host.Services.GetRequiredService<Database>().OpenAsync(Cancellation);
            await queue.WriteAsync(connection, group);
        }

        async Task CancelAsync(IEnumerable<Claim> claims)
        {
            foreach (var claim in claims)
                await host.Outbox.CancelAsync(claim.Row.Id, Cancellation);
        }

        static Settlement Settle(Claim claim) => new(
            claim, new StateTransition(OutboxState.Sent), new AttemptDetails("run", Outcome.Accepted, 250, "2.0.0 Ok", 1));
    }

    [Fact]
    public async Task Ordered_emails_of_transactions_that_overlap_are_all_sent_once()
    {
        await using var host = await StartAsync(_database, sends: true);
        var ids = new List<Guid>();
        for (var round = 0; round < 5; round++)
        {
            await using var first = await BeginAsync(IsolationLevel.ReadCommitted);
            await using var second = await BeginAsync(IsolationLevel.ReadCommitted);
            ids.Add(await host.EnqueueAsync(TestEmail.To($"first{round}"), ordered: true, transaction: first));
            ids.Add(await host.EnqueueAsync(TestEmail.To($"second{round}"), ordered: true, transaction: second));
            await second.CommitAsync(Cancellation);
            await host.UntilAsync(ids[^1], OutboxState.Sent);
            await first.CommitAsync(Cancellation);
        }

        foreach (var id in ids)
            await host.UntilAsync(id, OutboxState.Sent);
        Assert.Equal(10, host.Server.Messages.Select(m => m.Recipients[0]).Distinct().Count());
        Assert.Equal(10, host.Server.Messages.Count);
    }

    private Task<OutboxHost> StartAsync(string? database = null, bool sends = false) =>
        OutboxHost.StartAsync(o => o.UsePostgres(database ?? _database).EnableWorker = sends);

    private async Task<NpgsqlTransaction> BeginAsync(IsolationLevel isolation)
    {
        var connection = new NpgsqlConnection(_database);
        _connections.Add(connection);
        await connection.OpenAsync(Cancellation);
        return await connection.BeginTransactionAsync(isolation, Cancellation);
    }

    private Task UntilOneWaitsAsync() => Poll.UntilAsync(async () => await ScalarAsync(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") is > 0L);

    private async Task<object?> ScalarAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_database);
        await connection.OpenAsync(Cancellation);
        return await connection.ScalarAsync(sql, Cancellation);
    }

    private async Task ExecuteAsync(string sql) => await ScalarAsync(sql);
}
