using System.Data;
using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>Transactions that want the same rows.</summary>
public abstract class ConflictTests : ServerDatabaseTests
{
    private static readonly QueueKey Key = new("", "", OutboxPriority.Normal, false);

    private readonly List<DbConnection> _connections = [];

    public override async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections)
            await connection.DisposeAsync();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
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
            await Database.UntilOneWaitsAsync();

            await first.RollbackAsync(Cancellation);
            var id = await waiting;
            await second.CommitAsync(Cancellation);

            Assert.Equal("bob@example.org", (await host.Outbox.GetAsync(id, Cancellation))!.Recipients[0].Address);
        }
        Assert.Equal(5, (await host.Outbox.CountAsync(Cancellation))[OutboxState.Waiting]);
    }

    [Fact]
    public async Task Statements_over_the_same_emails_in_different_orders_all_succeed()
    {
        await using var host = await OutboxHost.StartAsync(o => UseEager(o).EnableWorker = false);
        var queue = host.Services.GetRequiredService<QueueTable>();
        var workers = host.Services.GetRequiredService<WorkerTable>();
        var random = new Random(1);
        for (var round = 0; round < 20; round++)
        {
            var token = $"w{round}";
            // It acknowledges each decision before it is made: nobody waits for it.
            await workers.RegisterAsync(token, token, long.MaxValue, Cancellation);
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
        await using var host = await StartAsync(sends: true);
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

    /// <summary>Sets the database of the options, and lets it notice deadlocks at once.</summary>
    private protected virtual OutboxOptions UseEager(OutboxOptions options) => Database.Use(options);

    /// <summary>Claims all emails by four workers at once.</summary>
    /// <returns>How many.</returns>
    private protected static async Task<int> ClaimAllAsync(OutboxHost host)
    {
        var claimed = await Task.WhenAll(Enumerable.Range(0, 4).Select(async n =>
        {
            await host.Services.GetRequiredService<WorkerTable>().RegisterAsync($"w{n}", "worker", 0, Cancellation);
            var count = 0;
            while (await host.Services.GetRequiredService<QueueTable>().ClaimAsync($"w{n}", Key, 3, [], Cancellation) is [_, ..] batch)
                count += batch.Count;
            return count;
        }));
        return claimed.Sum();
    }

    private protected Task<OutboxHost> StartAsync(bool sends = false) =>
        OutboxHost.StartAsync(o => Database.Use(o).EnableWorker = sends);

    private protected async Task<DbTransaction> BeginAsync(IsolationLevel isolation)
    {
        var connection = await Database.OpenAsync();
        _connections.Add(connection);
        return await connection.BeginTransactionAsync(isolation, Cancellation);
    }
}
