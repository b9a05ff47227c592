using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>What differs on a server: concurrent transactions, and several machines.</summary>
public abstract class MachineTests : ServerDatabaseTests
{
    [Fact]
    public async Task A_rolled_back_email_is_never_sent_and_two_machines_store_one_email_for_a_key()
    {
        await using var first = await StartAsync();
        await using var second = await StartAsync();
        await using var connection = await Database.OpenAsync();
        Guid rolledBack;
        await using (var transaction = await connection.BeginTransactionAsync(Cancellation))
        {
            rolledBack = await first.EnqueueAsync(TestEmail.To("ann"), idempotencyKey: "order-1", transaction: transaction);
            await transaction.RollbackAsync(Cancellation);
        }

        var ids = await Task.WhenAll(Enumerable.Range(0, 10).Select(i =>
            (i % 2 == 0 ? first : second).EnqueueAsync(TestEmail.To("bob"), idempotencyKey: "order-1")));
        var id = Assert.Single(ids.Distinct());
        await first.UntilAsync(id, OutboxState.Sent);

        Assert.Null(await second.Outbox.GetAsync(rolledBack, Cancellation));
        Assert.Equal(["bob@example.org"], first.Server.Messages.Concat(second.Server.Messages).Select(m => m.Recipients[0]));
    }

    [Fact]
    public async Task EnqueueAsync_rejects_a_transaction_on_another_database_but_not_on_another_name_of_the_same()
    {
        await using var host = await StartAsync();
        var another = await Database.CreateOtherAsync();
        await using var other = await OutboxHost.StartAsync(o => another.Use(o));
        await using var wrong = await another.OpenAsync();
        await using var wrongTransaction = await wrong.BeginTransactionAsync(Cancellation);
        await using var right = await Database.WithOtherHost().OpenAsync();
        await using var rightTransaction = await right.BeginTransactionAsync(Cancellation);

        await Assert.ThrowsAsync<ArgumentException>(() => host.EnqueueAsync(TestEmail.To("ann"), transaction: wrongTransaction));
        var id = await host.EnqueueAsync(TestEmail.To("ann"), transaction: rightTransaction);
        await rightTransaction.CommitAsync(Cancellation);

        await host.UntilAsync(id, OutboxState.Sent);
    }

    [Fact]
    public async Task Concurrent_bulks_with_the_same_keys_in_any_order_store_each_email_once()
    {
        await using var host = await StartAsync(o => o.EnableWorker = false);
        var keys = Enumerable.Range(0, 50).Select(i => $"key-{i}").ToArray();

        var calls = await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            var own = keys.ToArray();
            new Random(i).Shuffle(own);
            var ids = await host.EnqueueManyAsync(own.Select(k => new OutboxEmail(TestEmail.To("ann")) { IdempotencyKey = k }));
            return own.Zip(ids).ToDictionary(p => p.First, p => p.Second);
        }));

        Assert.All(calls, c => Assert.Equal(calls[0], c));
        Assert.Equal(50, (await host.Outbox.CountAsync(Cancellation)).ByState.Values.Sum());
    }

    [Fact]
    public async Task An_open_transaction_of_the_caller_blocks_neither_a_start_nor_other_emails()
    {
        await using var first = await StartAsync();
        await using var connection = await Database.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync(Cancellation);
        var mine = await first.EnqueueAsync(TestEmail.To("ann"), transaction: transaction);

        await using var second = await StartAsync();
        await second.UntilAsync(await second.EnqueueAsync(TestEmail.To("bob")), OutboxState.Sent);
        Assert.Null(await second.Outbox.GetAsync(mine, Cancellation));
        await transaction.CommitAsync(Cancellation);

        await second.UntilAsync(mine, OutboxState.Sent);
    }

    [Fact]
    public async Task Transactions_that_store_the_same_attachments_do_not_block_each_other()
    {
        await using var host = await StartAsync(o => o.EnableWorker = false);
        var (one, two) = (Noise(1), Noise(2));
        await host.EnqueueAsync(TestEmail.To("known", one, two));
        await using var left = await Database.OpenAsync();
        await using var right = await Database.OpenAsync();
        await using var leftTransaction = await left.BeginTransactionAsync(Cancellation);
        await using var rightTransaction = await right.BeginTransactionAsync(Cancellation);

        var ids = new List<Guid>
        {
            await host.EnqueueAsync(TestEmail.To("ann", one), transaction: leftTransaction),
            await host.EnqueueAsync(TestEmail.To("bob", two), transaction: rightTransaction),
            await host.EnqueueAsync(TestEmail.To("cid", two), transaction: leftTransaction),
            await host.EnqueueAsync(TestEmail.To("dan", one), transaction: rightTransaction),
        };
        await leftTransaction.CommitAsync(Cancellation);
        await rightTransaction.CommitAsync(Cancellation);

        Assert.Equal(2, await Database.Tables.CountPartsAsync());
        foreach (var id in ids)
            Assert.Single(Email.FromMime((await host.Outbox.GetMessageAsync(id, Cancellation))!.Message.ToArray()).Attachments);
    }

    [Fact]
    public async Task The_clean_up_keeps_an_old_part_that_an_open_transaction_uses_again()
    {
        await using var host = await StartAsync(o => o.EnableWorker = false);
        var part = Noise(1);
        var id = await host.EnqueueAsync(TestEmail.To("ann", part));
        await host.Outbox.CancelAsync(id, Cancellation);
        await Database.Tables.RemoveEmailsAsync();
        await Database.Tables.MarkPartsUnusedAsync();
        await using var connection = await Database.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync(Cancellation);
        var again = await host.EnqueueAsync(TestEmail.To("bob", part), transaction: transaction);

        var cleaning = host.Services.GetRequiredService<Sweeper>().CleanUpAsync(Cancellation);
        await transaction.CommitAsync(Cancellation);
        await cleaning;

        var message = await host.Outbox.GetMessageAsync(again, Cancellation);
        Assert.Equal(part, Email.FromMime(message!.Message.ToArray()).Attachments[0].GetContent());
    }

    [Theory]
    [InlineData(UnknownDecision.Resend, OutboxState.Sent, 2)]
    [InlineData(UnknownDecision.Discard, OutboxState.Discarded, 1)]
    public async Task The_application_decides_once_on_one_of_the_machines(UnknownDecision decision, OutboxState state, int arrived)
    {
        var asked = 0;
        await using var server = SmtpTestServer.Start();
        server.Script.On(SmtpStep.EndOfData).Times(1).Close();
        await using var first = await StartAsync(Decide, Use);
        await using var second = await StartAsync(Decide, Use);

        var id = await first.EnqueueAsync(TestEmail.To("ann"), transporterName: "one");
        await first.UntilAsync(id, state);

        Assert.Equal(1, asked);
        Assert.Equal(arrived, server.Messages.Count);

        void Use(IServiceCollection services) => services.AddKeyedSmtpTransporter("one", _ => server.ToServerOptions());

        void Decide(OutboxOptions options) => options.OnUnknown = (_, _) =>
        {
            Interlocked.Increment(ref asked);
            return ValueTask.FromResult(decision);
        };
    }

    private protected Task<OutboxHost> StartAsync(Action<OutboxOptions>? configure = null, Action<IServiceCollection>? services = null) =>
        OutboxHost.StartAsync(
            o =>
            {
                Database.Use(o);
                configure?.Invoke(o);
            },
            services);

    private protected static byte[] Noise(int seed, int length = 100_000)
    {
        var noise = new byte[length];
#pragma warning disable CA5394 // Reproducible on purpose.
        new Random(seed).NextBytes(noise);
#pragma warning restore CA5394
        return noise;
    }
}
