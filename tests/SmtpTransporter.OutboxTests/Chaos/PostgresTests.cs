using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>What is different on PostgreSQL: transactions beside each other, and a database that may be gone.</summary>
[Collection("beside chaos")]
public sealed class PostgresTests : IAsyncLifetime
{
    private Postgres? _postgres;
    private string _database = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _postgres = await Postgres.StartAsync(Cancellation);
        _database = await _postgres.CreateDatabaseAsync(Cancellation);
    }

    public ValueTask DisposeAsync()
    {
        _postgres?.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Rolled_back_means_never_sent_and_a_key_of_two_machines_is_one_mail()
    {
        await using var first = await StartAsync();
        await using var second = await StartAsync();
        await using var connection = await OpenAsync();
        Guid rolledBack;
        await using (var transaction = await connection.BeginTransactionAsync(Cancellation))
        {
            rolledBack = await first.Outbox.EnqueueAsync(Mail("ann"), idempotencyKey: "order-1", transaction: transaction, cancellationToken: Cancellation);
            await transaction.RollbackAsync(Cancellation);
        }

        var ids = await Task.WhenAll(Enumerable.Range(0, 10).Select(i =>
            (i % 2 == 0 ? first : second).Outbox.EnqueueAsync(Mail("bob"), idempotencyKey: "order-1", cancellationToken: Cancellation)));
        var id = Assert.Single(ids.Distinct());
        await first.UntilAsync(id, OutboxState.Sent);

        Assert.Null(await second.Outbox.GetAsync(rolledBack, Cancellation));
        Assert.Equal(["bob@example.org"], first.Server.Messages.Concat(second.Server.Messages).Select(m => m.Recipients[0]));
    }

    [Fact]
    public async Task A_transaction_on_another_database_is_refused_and_one_by_another_name_of_the_same_is_not()
    {
        await using var host = await StartAsync();
        var (mine, another) = (_database, await _postgres!.CreateDatabaseAsync(Cancellation));
        _database = another;
        await using var other = await StartAsync();
        await using var wrong = await OpenAsync();
        await using var wrongTransaction = await wrong.BeginTransactionAsync(Cancellation);
        _database = new NpgsqlConnectionStringBuilder(mine) { Host = "localhost" }.ConnectionString;
        await using var right = await OpenAsync();
        await using var rightTransaction = await right.BeginTransactionAsync(Cancellation);

        await Assert.ThrowsAsync<ArgumentException>(() => host.Outbox.EnqueueAsync(Mail("ann"), transaction: wrongTransaction, cancellationToken: Cancellation));
        var id = await host.Outbox.EnqueueAsync(Mail("ann"), transaction: rightTransaction, cancellationToken: Cancellation);
        await rightTransaction.CommitAsync(Cancellation);

        await host.UntilAsync(id, OutboxState.Sent);
    }

    [Fact]
    public async Task Bulks_with_the_same_keys_in_any_order_store_each_once()
    {
        await using var host = await StartAsync(o => o.EnableWorker = false);
        var keys = Enumerable.Range(0, 50).Select(i => $"key-{i}").ToArray();

        var calls = await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            var own = keys.ToArray();
            new Random(i).Shuffle(own);
            var ids = await host.Outbox.EnqueueManyAsync(own.Select(k => new OutboxEmail(Mail("ann")) { IdempotencyKey = k }), cancellationToken: Cancellation);
            return own.Zip(ids).ToDictionary(p => p.First, p => p.Second);
        }));

        Assert.All(calls, c => Assert.Equal(calls[0], c));
        Assert.Equal(50L, await AskAsync("SELECT count(*) FROM smtp_outbox"));
    }

    [Fact]
    public async Task A_machine_starts_and_others_store_while_a_transaction_of_the_callers_is_open()
    {
        await using var first = await StartAsync();
        await using var connection = await OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync(Cancellation);
        var mine = await first.Outbox.EnqueueAsync(Mail("ann"), transaction: transaction, cancellationToken: Cancellation);

        await using var second = await StartAsync();
        await second.UntilAsync(await second.Outbox.EnqueueAsync(Mail("bob"), cancellationToken: Cancellation), OutboxState.Sent);
        Assert.Null(await second.Outbox.GetAsync(mine, Cancellation));
        await transaction.CommitAsync(Cancellation);

        await second.UntilAsync(mine, OutboxState.Sent);
    }

    [Fact]
    public async Task Transactions_that_store_the_same_attachments_do_not_wait_for_each_other()
    {
        await using var host = await StartAsync(o => o.EnableWorker = false);
        var (one, two) = (Noise(1), Noise(2));
        await host.Outbox.EnqueueAsync(Mail("known", one, two), cancellationToken: Cancellation);
        await using var left = await OpenAsync();
        await using var right = await OpenAsync();
        await using var leftTransaction = await left.BeginTransactionAsync(Cancellation);
        await using var rightTransaction = await right.BeginTransactionAsync(Cancellation);

        var ids = new List<Guid>
        {
            await host.Outbox.EnqueueAsync(Mail("ann", one), transaction: leftTransaction, cancellationToken: Cancellation),
            await host.Outbox.EnqueueAsync(Mail("bob", two), transaction: rightTransaction, cancellationToken: Cancellation),
            await host.Outbox.EnqueueAsync(Mail("cid", two), transaction: leftTransaction, cancellationToken: Cancellation),
            await host.Outbox.EnqueueAsync(Mail("dan", one), transaction: rightTransaction, cancellationToken: Cancellation),
        };
        await leftTransaction.CommitAsync(Cancellation);
        await rightTransaction.CommitAsync(Cancellation);

        Assert.Equal(2L, await AskAsync("SELECT count(*) FROM smtp_outbox_part"));
        foreach (var id in ids)
            Assert.Single(Email.FromMime((await host.Outbox.GetMessageAsync(id, Cancellation))!.Message.ToArray()).Attachments);
    }

    [Fact]
    public async Task A_part_that_was_not_used_for_long_is_kept_from_the_clean_up_by_being_used()
    {
        await using var host = await StartAsync(o => o.EnableWorker = false);
        var part = Noise(1);
        var id = await host.Outbox.EnqueueAsync(Mail("ann", part), cancellationToken: Cancellation);
        await host.Outbox.CancelAsync(id, Cancellation);
        await AskAsync("DELETE FROM smtp_outbox");
        await AskAsync("UPDATE smtp_outbox_part SET used_at = 0");
        await using var connection = await OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync(Cancellation);
        var again = await host.Outbox.EnqueueAsync(Mail("bob", part), transaction: transaction, cancellationToken: Cancellation);

        var cleaning = host.Services.GetRequiredService<Sweeper>().CleanAsync(DateTimeOffset.UtcNow, Cancellation);
        await transaction.CommitAsync(Cancellation);
        await cleaning;

        Assert.Equal(part, Email.FromMime((await host.Outbox.GetMessageAsync(again, Cancellation))!.Message.ToArray()).Attachments[0].GetContent());
    }

    [Theory]
    [InlineData(UnknownDecision.Resend, OutboxState.Sent, 2)]
    [InlineData(UnknownDecision.Discard, OutboxState.Discarded, 1)]
    public async Task A_policy_decides_once_on_one_of_the_machines(UnknownDecision decision, OutboxState state, int arrived)
    {
        var asked = 0;
        await using var server = SmtpTestServer.Start();
        server.Script.On(SmtpStep.EndOfData).Times(1).Close();
        await using var first = await StartAsync(Decide, Use);
        await using var second = await StartAsync(Decide, Use);

        var id = await first.Outbox.EnqueueAsync(Mail("ann"), transporterName: "one", cancellationToken: Cancellation);
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

    [Fact]
    public async Task Commits_of_the_outbox_wait_for_the_disk_even_where_those_of_the_server_do_not()
    {
        _database = new NpgsqlConnectionStringBuilder(_database) { Options = "-c synchronous_commit=off" }.ConnectionString;
        await using var host = await StartAsync();

        var database = host.Services.GetRequiredService<Database>();
        await using var connection = await database.OpenAsync(Cancellation);

        Assert.Equal("on", await ScalarAsync(connection, "SHOW synchronous_commit"));
        Assert.Equal("off", await AskAsync("SHOW synchronous_commit"));
    }

    private Task<OutboxHost> StartAsync(Action<OutboxOptions>? configure = null, Action<IServiceCollection>? services = null) => OutboxHost.StartAsync(
        o =>
        {
            o.UsePostgres(_database);
            configure?.Invoke(o);
        },
        services);

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(_database);
        await connection.OpenAsync(Cancellation);
        return connection;
    }

    private async Task<object?> AskAsync(string sql)
    {
        await using var connection = await OpenAsync();
        return await ScalarAsync(connection, sql);
    }

    private static async Task<object?> ScalarAsync(DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // A constant of the test's.
        command.CommandText = sql;
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync(Cancellation);
    }

    private static byte[] Noise(int seed)
    {
        var noise = new byte[100_000];
#pragma warning disable CA5394 // Reproducible on purpose.
        new Random(seed).NextBytes(noise);
#pragma warning restore CA5394
        return noise;
    }

    private static Email Mail(string to, params byte[][] attachments)
    {
        var email = new Email { From = "shop@example.com", To = $"{to}@example.org", Subject = "Hello", TextBody = "Hello" };
        foreach (var attachment in attachments)
            email.Attachments.Add(MailAttachment.FromBytes(attachment, "noise.bin"));
        return email;
    }
}
