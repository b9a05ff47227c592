using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>What is special to SQLite: one writer, and a log that readers keep.</summary>
public sealed class SqliteTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_deferred_transaction_that_has_read_is_told_to_begin_as_a_write_transaction()
    {
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false);
        await using var connection = await OpenAsync(host);
        await using (var transaction = connection.BeginTransaction(deferred: true))
        {
            await connection.ScalarAsync("SELECT count(*) FROM smtp_outbox_email", Cancellation, transaction);
            await host.EnqueueAsync(TestEmail.To("another"));

            var exception = await Assert.ThrowsAsync<InvalidOperationException>(
                () => host.EnqueueAsync(TestEmail.To("ann"), transaction: transaction));

            Assert.Contains("connection.BeginTransaction(deferred: false)", exception.Message, StringComparison.Ordinal);
            await transaction.RollbackAsync(Cancellation);
        }
        await using (var again = connection.BeginTransaction())
        {
            await host.EnqueueAsync(TestEmail.To("ann"), transaction: again);
            await again.CommitAsync(Cancellation);
        }
        Assert.Equal(2, await host.Tables.CountEmailsAsync());
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 2)]
    public async Task Queues_are_listed_with_one_step_in_the_index_for_each(bool isFirst, int steps)
    {
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false);
        var queue = host.Services.GetRequiredService<QueueTable>();
        await using var connection = await OpenAsync(host);

        var plan = await connection.ListAsync(
            $"EXPLAIN QUERY PLAN {queue.ListQueuesSql(isFirst)}", reader => reader.GetString(3), Cancellation, null,
            ("transporter", ""), ("lane", ""), ("priority", 0), ("ordered", 0), ("limit", 100), ("now", 0L));

        const string Step = "smtp_outbox_email_ready ((transporter,lane,priority,is_ordered,due_at)>(?,?,?,?,?))";
        Assert.Equal(steps, plan.Count(line => line.Contains(Step, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_deferred_transaction_waits_for_another_one_that_writes()
    {
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false);
        await using var writer = await OpenAsync(host);
        await using var caller = await OpenAsync(host);
        await using var writing = writer.BeginTransaction();
        await using var transaction = caller.BeginTransaction(deferred: true);

        var waiting = Task.Run(() => host.EnqueueAsync(TestEmail.To("ann"), transaction: transaction), Cancellation);
        await writing.CommitAsync(Cancellation);

        await waiting;
        await transaction.CommitAsync(Cancellation);
        Assert.Equal(1, await host.Tables.CountEmailsAsync());
    }

    [Fact]
    public async Task The_log_shrinks_when_a_long_reader_ends_and_until_then_the_health_check_tells_of_it()
    {
        await using var host = await OutboxHost.StartAsync(
            o => o.EnableWorker = false,
            services =>
            {
                services.AddLogging();
                services.AddHealthChecks().AddSmtpOutbox();
            });
        var database = (SqliteDatabase)host.Services.GetRequiredService<Database>();
        database.MaxLog = 17 * 1024 * 1024;
        await using var connection = await OpenAsync(host);
        HealthReportEntry during;
        await using (var reading = connection.BeginTransaction(deferred: true))
        {
            await connection.ScalarAsync("SELECT count(*) FROM smtp_outbox_email", Cancellation, reading);
            for (var i = 0; i < 12; i++)
                await host.EnqueueAsync(TestEmail.To("ann", Noise(i)));
            await database.CompactAsync(Cancellation);
            during = await CheckAsync(host);
        }
        Assert.True(LogSize(host) > 18_000_000);

        await database.CompactAsync(Cancellation);

        Assert.Equal(0, LogSize(host));
        Assert.Equal(HealthStatus.Degraded, during.Status);
        Assert.True((long)during.Data["logBytes"] > 18_000_000);
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(host)).Status);
    }

    [Fact]
    public async Task Each_session_writes_its_commits_to_the_disk_and_bounds_its_log()
    {
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false);
        for (var i = 0; i < 3; i++)
        {
            await using var connection = await host.Services.GetRequiredService<Database>().OpenAsync(Cancellation);
            // 2 is FULL.
            Assert.Equal(2L, await connection.ScalarAsync("PRAGMA synchronous", Cancellation));
            Assert.Equal("wal", await connection.ScalarAsync("PRAGMA journal_mode", Cancellation));
            Assert.Equal(16L * 1024 * 1024, await connection.ScalarAsync("PRAGMA journal_size_limit", Cancellation));
        }
    }

    [Fact]
    public async Task The_file_shrinks_once_many_emails_are_removed_and_the_others_remain()
    {
        await using var host = await OutboxHost.StartAsync(o => (o.EnableWorker, o.RetentionPeriod) = (false, TimeSpan.Zero));
        await StoreManyAsync(host);
        var waiting = await host.EnqueueAsync(TestEmail.To("bob", Noise(99)));

        await RemoveEndedAsync(host);

        Assert.InRange(new FileInfo(host.Path).Length, 1_600_000, 6_000_000);
        var message = (await host.Outbox.GetMessageAsync(waiting, Cancellation))!;
        Assert.Equal(Noise(99), Email.FromMime(message.Message.ToArray()).Attachments[0].GetContent());
        await using var connection = await OpenAsync(host);
        Assert.Equal("ok", await connection.ScalarAsync("PRAGMA integrity_check", Cancellation));
    }

    [Fact]
    public async Task A_file_of_an_earlier_version_shrinks_once_it_is_told_to()
    {
        await using var host = await OutboxHost.StartAsync(o => (o.EnableWorker, o.RetentionPeriod) = (false, TimeSpan.Zero));
        await using var connection = await OpenAsync(host);
        await connection.ExecuteAsync("PRAGMA auto_vacuum = NONE; VACUUM", Cancellation);
        await StoreManyAsync(host);
        await RemoveEndedAsync(host);
        Assert.True(new FileInfo(host.Path).Length > 18_000_000);

        await connection.ExecuteAsync("PRAGMA auto_vacuum = INCREMENTAL; VACUUM", Cancellation);
        await StoreManyAsync(host);
        await RemoveEndedAsync(host);

        Assert.InRange(new FileInfo(host.Path).Length, 1, 6_000_000);
    }

    private static async Task StoreManyAsync(OutboxHost host)
    {
        for (var i = 0; i < 12; i++)
            await host.EnqueueAsync(TestEmail.To("ann", Noise(i)));
        await host.Tables.EndAsync(OutboxState.Sent);
    }

    /// <summary>What the worker does in an hour.</summary>
    private static async Task RemoveEndedAsync(OutboxHost host)
    {
        await host.Tables.MakeOldAsync();
        await host.Tables.MarkPartsUnusedAsync();
        await host.Services.GetRequiredService<Sweeper>().CleanUpAsync(Cancellation);
        for (var i = 0; i < 3; i++)
            await host.Services.GetRequiredService<Database>().CompactAsync(Cancellation);
    }

    private static long LogSize(OutboxHost host) => new FileInfo(host.Path + "-wal").Length;

    private static byte[] Noise(int seed)
    {
        var noise = new byte[1_600_000];
#pragma warning disable CA5394 // Reproducible on purpose.
        new Random(seed).NextBytes(noise);
#pragma warning restore CA5394
        return noise;
    }

    private static async Task<SqliteConnection> OpenAsync(OutboxHost host)
    {
        var connection = new SqliteConnection(host.ConnectionString);
        await connection.OpenAsync(Cancellation);
        return connection;
    }

    private static async Task<HealthReportEntry> CheckAsync(OutboxHost host)
    {
        host.Services.GetRequiredService<HealthReading>().Invalidate();
        return (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancellation)).Entries["smtp-outbox"];
    }
}
