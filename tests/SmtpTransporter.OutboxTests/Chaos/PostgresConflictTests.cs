using System.Data;
using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <inheritdoc/>
[Collection(PostgresCollection.Name)]
public sealed class PostgresConflictTests(SharedPostgres shared) : ConflictTests
{
    private protected override Task<ServerDatabase> CreateDatabaseAsync() => PostgresServerDatabase.CreateAsync(shared.Server);

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
        await Database.UntilOneWaitsAsync();

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
        var name = new NpgsqlConnectionStringBuilder(Database.ConnectionString).Database;
        await Database.ExecuteAsync($"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'");
        NpgsqlConnection.ClearAllPools();
        await using var host = await StartAsync();
        await host.EnqueueManyAsync(TestEmail.Many(200));
        await using var connection = await host.Services.GetRequiredService<SmtpTransport.Outbox.Database>().OpenAsync(Cancellation);

        Assert.Equal("read committed", await connection.ScalarAsync("SHOW transaction_isolation", Cancellation));
        Assert.Equal(200, await ClaimAllAsync(host));
    }

    private protected override OutboxOptions UseEager(OutboxOptions options) => options.UsePostgres(
        new NpgsqlConnectionStringBuilder(Database.ConnectionString) { Options = "-c deadlock_timeout=20ms" }.ConnectionString);
}
