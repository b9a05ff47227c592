using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>Emails in the transaction of a <see cref="DbContext"/> on PostgreSQL.</summary>
[Collection(PostgresCollection.Name)]
public sealed class EntityFrameworkTests(SharedPostgres shared)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public async Task An_email_is_stored_with_the_order_or_not_at_all(bool isCommitted, int count)
    {
        var database = await shared.CreateDatabaseAsync();
        await using var context = new ShopContext(database);
        await context.Database.EnsureCreatedAsync(Cancellation);
        await using var host = await OutboxHost.StartAsync(o => o.UsePostgres(database).EnableWorker = false);

        await using (var transaction = await context.Database.BeginTransactionAsync(Cancellation))
        {
            var order = new Order { Address = "ann@example.org" };
            context.Orders.Add(order);
            await context.SaveChangesAsync(Cancellation);
            await host.EnqueueAsync(TestEmail.To(order.Address), $"receipt-{order.Id}", transaction: transaction.GetDbTransaction());
            if (isCommitted)
                await transaction.CommitAsync(Cancellation);
        }

        Assert.Equal(count, await context.Orders.CountAsync(Cancellation));
        Assert.Equal(count, (await host.Outbox.CountAsync(new OutboxQuery(), 10, Cancellation)).Count);
    }

    [Fact]
    public async Task An_email_is_stored_once_if_the_strategy_of_execution_runs_the_transaction_again()
    {
        var database = await shared.CreateDatabaseAsync();
        await using var context = new ShopContext(database, maxRetryCount: 3);
        await context.Database.EnsureCreatedAsync(Cancellation);
        await using var host = await OutboxHost.StartAsync(o => o.UsePostgres(database).EnableWorker = false);
        var runs = 0;

        await context.Database.CreateExecutionStrategy().ExecuteAsync(async () =>
        {
            await using var transaction = await context.Database.BeginTransactionAsync(Cancellation);
            await host.EnqueueAsync(TestEmail.To("ann"), "receipt-1", transaction: transaction.GetDbTransaction());
            if (++runs == 1)
                await context.Database.ExecuteSqlAsync($"SELECT pg_terminate_backend(pg_backend_pid())", Cancellation);
            await transaction.CommitAsync(Cancellation);
        });

        Assert.Equal((2, 1), (runs, (await host.Outbox.CountAsync(new OutboxQuery(), 10, Cancellation)).Count));
    }

    private sealed class ShopContext(string connectionString, int maxRetryCount = 0) : DbContext
    {
        public DbSet<Order> Orders => Set<Order>();

        protected override void OnConfiguring(DbContextOptionsBuilder options) => options.UseNpgsql(
            connectionString, o => _ = maxRetryCount > 0 ? o.EnableRetryOnFailure(maxRetryCount) : o);
    }

    private sealed class Order
    {
        public int Id { get; set; }

        public string Address { get; set; } = "";
    }
}
