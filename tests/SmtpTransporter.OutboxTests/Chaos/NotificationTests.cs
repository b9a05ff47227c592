using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>What the outbox tells PostgreSQL, and what PostgreSQL tells it about others.</summary>
[Collection(PostgresCollection.Name)]
public sealed class NotificationTests(SharedPostgres shared) : IAsyncLifetime
{
    private string _database = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await shared.CreateDatabaseAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Many_emails_in_an_interval_are_one_notification()
    {
        await using var relay = DatabaseRelay.Start(_database);
        var time = new FakeTimeProvider();
        await using var host = await OutboxHost.StartAsync(
            o => o.UsePostgres(relay.Through(_database)).EnableWorker = false, s => s.AddSingleton<TimeProvider>(time));

        var first = relay.WaitForAsync("pg_notify");
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => host.EnqueueAsync(TestEmail.To($"u{i}"))));
        await first.WaitAsync(Cancellation);
        await using var connection = await OpenAsync();
        await using (var transaction = await connection.BeginTransactionAsync(Cancellation))
        {
            await host.EnqueueAsync(TestEmail.To("ann"), transaction: transaction);
            await transaction.CommitAsync(Cancellation);
        }
        Assert.Equal(1, relay.CountOf("pg_notify"));

        // What was left out follows at the end of the interval.
        time.Advance(TimeSpan.FromSeconds(1));
        await Poll.UntilAsync(() => Task.FromResult(relay.CountOf("pg_notify") == 2), Cancellation);
    }

    [Fact]
    public async Task A_full_queue_of_notifications_fails_no_transaction()
    {
        // As PostgreSQL answers when a session listens and never reads.
        await ExecuteAsync(
            """
            CREATE SCHEMA busy;
            CREATE FUNCTION busy.pg_notification_queue_usage() RETURNS float8 LANGUAGE sql AS 'SELECT 0.9::float8';
            CREATE FUNCTION busy.pg_notify(text, text) RETURNS void LANGUAGE plpgsql
                AS $$ BEGIN RAISE EXCEPTION 'too many notifications in the NOTIFY queue'; END $$;
            """);
        _database = new NpgsqlConnectionStringBuilder(_database) { SearchPath = "busy,pg_catalog" }.ConnectionString;
        await using var host = await OutboxHost.StartAsync(o => o.UsePostgres(_database));
        await using var connection = await OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync(Cancellation);

        var id = await host.EnqueueAsync(TestEmail.To("ann"), transaction: transaction);
        await transaction.CommitAsync(Cancellation);

        await host.UntilAsync(id, OutboxState.Sent);
        await host.UntilAsync(await host.EnqueueAsync(TestEmail.To("bob")), OutboxState.Sent);
    }

    [Fact]
    public async Task Twenty_callers_with_transactions_of_their_own_notify_once_though_a_listener_never_reads()
    {
        await using var relay = DatabaseRelay.Start(_database);
        var time = new FakeTimeProvider();
        await using var host = await OutboxHost.StartAsync(
            o => o.UsePostgres(relay.Through(_database)).EnableWorker = false, s => s.AddSingleton<TimeProvider>(time));
        await using var listener = await OpenAsync();
        await listener.ExecuteAsync("LISTEN other", Cancellation);
        await using var idle = await listener.BeginTransactionAsync(Cancellation);
        await listener.ExecuteAsync("SELECT 1", Cancellation, idle);
        var callers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => OpenAsync(relay.Through(_database))));

        var ids = await Task.WhenAll(callers.Select(async (caller, i) =>
        {
            await using var transaction = await caller.BeginTransactionAsync(Cancellation);
            var id = await host.EnqueueAsync(TestEmail.To($"u{i}"), transaction: transaction);
            await transaction.CommitAsync(Cancellation);
            await caller.DisposeAsync();
            return id;
        }));

        Assert.Equal(1, relay.CountOf("pg_notify"));
        foreach (var id in ids)
            Assert.NotNull(await host.Outbox.GetAsync(id, Cancellation));
        // One more for all that were left out, at the end of the interval.
        time.Advance(TimeSpan.FromSeconds(1));
        await Poll.UntilAsync(() => Task.FromResult(relay.CountOf("pg_notify") == 2), Cancellation);
    }

    [Theory]
    [InlineData(System.Data.IsolationLevel.RepeatableRead, "SELECT 1")]
    [InlineData(System.Data.IsolationLevel.ReadCommitted, "CREATE TABLE other (id int)")]
    public async Task The_health_check_names_the_process_whose_transaction_keeps_the_database_from_cleaning_up(
        System.Data.IsolationLevel isolation, string sql)
    {
        await using var host = await OutboxHost.StartAsync(
            o => o.UsePostgres(_database + ";Application Name=outbox").EnableWorker = false, AddHealthCheck);
        host.Services.GetRequiredService<OutboxOptions>().DegradedAfter = TimeSpan.FromMilliseconds(1);
        await using var connection = await OpenAsync();
        var process = await connection.ScalarAsync("SELECT pg_backend_pid()", Cancellation);
        HealthReportEntry during;
        await using (var transaction = await connection.BeginTransactionAsync(isolation, Cancellation))
        {
            await connection.ExecuteAsync(sql, Cancellation, transaction);
            during = await CheckAsync(host);
        }

        var after = await CheckAsync(host);

        Assert.Equal(HealthStatus.Degraded, during.Status);
        Assert.Equal(process, during.Data["oldestTransactionProcess"]);
        Assert.IsType<double>(during.Data["oldestTransactionSeconds"]);
        Assert.Contains($"pg_terminate_backend({process})", during.Description, StringComparison.Ordinal);
        Assert.Equal(HealthStatus.Healthy, after.Status);
    }

    [Fact]
    public async Task The_health_check_names_a_prepared_transaction_that_was_forgotten()
    {
        await using var host = await OutboxHost.StartAsync(o => o.UsePostgres(_database).EnableWorker = false, AddHealthCheck);
        host.Services.GetRequiredService<OutboxOptions>().DegradedAfter = TimeSpan.FromMilliseconds(1);
        var name = $"o'{Guid.NewGuid():N}";
        var literal = name.Replace("'", "''", StringComparison.Ordinal);
        await ExecuteAsync($"BEGIN; CREATE TABLE other (id int); PREPARE TRANSACTION '{literal}'");
        var during = await CheckAsync(host);
        await ExecuteAsync($"ROLLBACK PREPARED '{literal}'");

        var after = await CheckAsync(host);

        Assert.Equal((HealthStatus.Degraded, name), (during.Status, during.Data["oldestTransactionProcess"]));
        Assert.StartsWith(
            $"The prepared transaction \"{name}\" of PostgreSQL is 0 minutes old.", during.Description, StringComparison.Ordinal);
        Assert.Contains($"end it: ROLLBACK PREPARED '{literal}';", during.Description, StringComparison.Ordinal);
        Assert.Equal(HealthStatus.Healthy, after.Status);
    }

    [Fact]
    public async Task The_health_check_names_a_replication_slot_whose_snapshot_stays()
    {
        // In front of the server's own view, which has a snapshot only while a standby sends feedback.
        await ExecuteAsync(
            "CREATE SCHEMA own; CREATE VIEW own.pg_replication_slots AS SELECT 'standby'::name AS slot_name, '700'::xid AS xmin");
        var database = new NpgsqlConnectionStringBuilder(_database) { SearchPath = "own,public,pg_catalog" }.ConnectionString;
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var host = await OutboxHost.StartAsync(
            o => o.UsePostgres(database).EnableWorker = false,
            services =>
            {
                services.AddSingleton<TimeProvider>(time);
                AddHealthCheck(services);
            });

        var first = await CheckAsync(host);
        time.Advance(TimeSpan.FromMinutes(11));
        var later = await CheckAsync(host);
        await ExecuteAsync(
            "CREATE OR REPLACE VIEW own.pg_replication_slots AS SELECT 'standby'::name AS slot_name, '701'::xid AS xmin");
        var moved = await CheckAsync(host);

        Assert.Equal((HealthStatus.Healthy, HealthStatus.Healthy), (first.Status, moved.Status));
        Assert.Equal((HealthStatus.Degraded, "standby"), (later.Status, later.Data["oldestTransactionProcess"]));
        Assert.StartsWith(
            "The snapshot of the replication slot \"standby\" of PostgreSQL is 11 minutes old.", later.Description,
            StringComparison.Ordinal);
        Assert.Contains("pg_drop_replication_slot('standby')", later.Description, StringComparison.Ordinal);
    }

    private static void AddHealthCheck(IServiceCollection services)
    {
        services.AddLogging();
        services.AddHealthChecks().AddSmtpOutbox();
    }

    private static async Task<HealthReportEntry> CheckAsync(OutboxHost host)
    {
        host.Services.GetRequiredService<HealthReading>().Invalidate();
        return (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancellation)).Entries["smtp-outbox"];
    }

    private async Task<NpgsqlConnection> OpenAsync(string? database = null)
    {
        var connection = new NpgsqlConnection(database ?? _database);
        await connection.OpenAsync(Cancellation);
        return connection;
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await connection.ExecuteAsync(sql, Cancellation);
    }
}
