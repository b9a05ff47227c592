using System.Data;
using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using MySqlConnector;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <inheritdoc/>
[Collection(MariaDbCollection.Name)]
public sealed class MariaDbConflictTests(SharedMariaDb shared) : ConflictTests
{
    private protected override Task<ServerDatabase> CreateDatabaseAsync() => MariaDbServerDatabase.CreateAsync(shared.Server);

    [Theory]
    [InlineData(IsolationLevel.ReadCommitted)]
    [InlineData(IsolationLevel.RepeatableRead)]
    [InlineData(IsolationLevel.Serializable)]
    public async Task A_key_that_another_transaction_has_committed_is_found_in_each_isolation(IsolationLevel isolation)
    {
        await using var host = await StartAsync();
        await using var first = await BeginAsync(isolation);
        await using var second = await BeginAsync(isolation);
        // Its snapshot is older than the other email; as "serializable" it would lock all emails.
        if (isolation != IsolationLevel.Serializable)
            await second.Connection!.ScalarAsync("SELECT count(*) FROM smtp_outbox_email", Cancellation, second);
        var stored = await host.EnqueueAsync(TestEmail.To("ann"), "order-1", transaction: first);
        var waiting = host.EnqueueAsync(TestEmail.To("bob"), "order-1", transaction: second);
        await Database.UntilOneWaitsAsync();

        await first.CommitAsync(Cancellation);

        Assert.Equal(stored, await waiting);
    }

    [Fact]
    public async Task Workers_read_what_others_have_committed_whatever_isolation_the_server_prefers()
    {
        await using var host = await StartAsync();
        await host.EnqueueManyAsync(TestEmail.Many(200));
        await Database.ExecuteAsync("SET GLOBAL tx_isolation = 'SERIALIZABLE'");
        try
        {
            MySqlConnection.ClearAllPools();

            Assert.Equal("SERIALIZABLE", await Database.ScalarAsync("SELECT @@tx_isolation"));
            var isolation = await host.Services.GetRequiredService<SmtpTransport.Outbox.Database>().InTransactionAsync(
                t => t.Connection!.ScalarAsync("SELECT @@tx_isolation", Cancellation, t), Cancellation);
            Assert.Equal("READ-COMMITTED", isolation);
            Assert.Equal(200, await ClaimAllAsync(host));
        }
        finally
        {
            await Database.ExecuteAsync("SET GLOBAL tx_isolation = 'REPEATABLE-READ'");
            MySqlConnection.ClearAllPools();
        }
    }

    [Fact]
    public async Task A_transaction_that_a_deadlock_has_ended_stores_nothing()
    {
        await using var host = await StartAsync();
        await Database.ExecuteAsync(
            "CREATE TABLE stock (id INTEGER PRIMARY KEY, left_over INTEGER); INSERT INTO stock VALUES (1, 9), (2, 9)");
        await using var first = await BeginAsync(IsolationLevel.RepeatableRead);
        await using var second = await BeginAsync(IsolationLevel.RepeatableRead);
        await TakeAsync(first, 1);
        // More work than the other one, which is the victim.
        await host.EnqueueAsync(TestEmail.To("kept"), transaction: first);
        await TakeAsync(second, 2);
        var waiting = TakeAsync(first, 2);
        await Database.UntilOneWaitsAsync();
        Assert.Equal(1213, (await Assert.ThrowsAsync<MySqlException>(() => TakeAsync(second, 1))).Number);

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(
            () => host.EnqueueAsync(TestEmail.To("lost"), transaction: second));
        await waiting;
        await first.CommitAsync(Cancellation);

        Assert.Contains("has ended the transaction", exception.Message, StringComparison.Ordinal);
        var kept = Assert.Single((await host.Outbox.ListAsync(cancellationToken: Cancellation)).Entries);
        Assert.Equal("kept@example.org", kept.Recipients[0].Address);

        Task TakeAsync(DbTransaction transaction, int id) => transaction.Connection!.ExecuteAsync(
            "UPDATE stock SET left_over = left_over - 1 WHERE id = @id", Cancellation, transaction, ("id", id));
    }
}
