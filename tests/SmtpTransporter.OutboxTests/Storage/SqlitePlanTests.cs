using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>What a worker does with the emails that it holds reads no others in SQLite.</summary>
public sealed class SqlitePlanTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("give back")]
    [InlineData("free")]
    [InlineData("park")]
    public async Task The_emails_of_a_worker_are_found_in_the_index_of_those_that_are_held(string statement)
    {
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false);
        await host.EnqueueManyAsync(TestEmail.Many(200));
        var workers = host.Services.GetRequiredService<WorkerTable>();
        var tables = host.Services.GetRequiredService<Database>().Tables;
        var source = host.Services.GetRequiredService<Database>().List([]);
        await using var connection = new SqliteConnection(host.ConnectionString);
        await connection.OpenAsync(Cancellation);
        await connection.ExecuteAsync("ANALYZE", Cancellation);
        var sql = statement switch
        {
            "give back" => workers.GiveBackSql(source.Sql),
            "free" => workers.Free.ToSql(tables, "id"),
            _ => workers.Park.ToSql(tables, "id"),
        };

        var plan = await connection.ListAsync(
            $"EXPLAIN QUERY PLAN {sql}", reader => reader.GetString(3), Cancellation, null,
            [("token", "w"), ("ask", 0L), ("now", 1L), .. source.Parameters]);

        Assert.Contains("SEARCH smtp_outbox_email USING INDEX smtp_outbox_email_held (owner=?)", plan);
        Assert.DoesNotContain(plan, line => line.StartsWith("SCAN smtp_outbox_email", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public async Task The_poll_takes_one_step_for_each_queue(bool isFirst, bool isAnalyzed)
    {
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false);

        var plan = await ExplainAsync(
            host, isAnalyzed, host.Services.GetRequiredService<QueueTable>().ListQueuesSql(isFirst),
            ("transporter", ""), ("lane", ""), ("priority", 0), ("ordered", 0), ("limit", 100), ("now", 1L));

        Assert.Contains(
            "SEARCH n USING INDEX smtp_outbox_email_ready ((transporter,lane,priority,is_ordered,due_at)>(?,?,?,?,?))", plan);
        Assert.DoesNotContain(plan, line => line.Contains("B-TREE", StringComparison.Ordinal) || line is "SCAN e");
    }

    [Theory]
    [InlineData(OutboxState.Waiting, false)]
    [InlineData(OutboxState.Waiting, true)]
    [InlineData(OutboxState.DeadLettered, false)]
    [InlineData(OutboxState.DeadLettered, true)]
    public async Task The_emails_of_a_state_are_listed_in_the_order_of_an_index(OutboxState state, bool isAnalyzed)
    {
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false);
        var query = new OutboxQuery { States = [state], EnqueuedAfter = DateTimeOffset.UnixEpoch };
        var filter = new EmailFilter(query, host.Services.GetRequiredService<Database>(), [], []);

        var plan = await ExplainAsync(
            host, isAnalyzed, filter.SelectSql(isAscending: false, hasStart: true), [.. filter.Parameters, ("start", "z"), ("limit", 100)]);

        Assert.Equal(["SEARCH smtp_outbox_email USING INDEX smtp_outbox_email_state (<expr>=? AND id>? AND id<?)"], plan);
    }

    [Theory]
    [InlineData("throughput", "smtp_outbox_email_ended (state=? AND ended_at>? AND ended_at<?)")]
    [InlineData("lanes", "smtp_outbox_email_ready (transporter=? AND lane=?)")]
    public async Task What_is_watched_is_counted_by_its_index(string statistics, string index)
    {
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false);
        await host.EnqueueManyAsync(TestEmail.Many(10));
        var sql = statistics == "lanes"
            ? host.Services.GetRequiredService<LaneStatistics>().CountSql(1)
            : host.Services.GetRequiredService<ThroughputStatistics>().ListSql;
        await using var connection = new SqliteConnection(host.ConnectionString);
        await connection.OpenAsync(Cancellation);

        var plan = await connection.ListAsync(
            $"EXPLAIN QUERY PLAN {sql}", reader => reader.GetString(3), Cancellation, null,
            ("first", 0L), ("last", 1L), ("transporter0", ""), ("lane0", ""), ("limit", 5));

        Assert.Contains(plan, line => line.StartsWith("SEARCH smtp_outbox_email ", StringComparison.Ordinal)
            && line.EndsWith($" INDEX {index}", StringComparison.Ordinal));
    }

    private static async Task<List<string>> ExplainAsync(
        OutboxHost host, bool isAnalyzed, string sql, params (string Name, object? Value)[] parameters)
    {
        await host.EnqueueManyAsync(TestEmail.Many(200));
        await using var connection = new SqliteConnection(host.ConnectionString);
        await connection.OpenAsync(Cancellation);
        if (isAnalyzed)
            await connection.ExecuteAsync("ANALYZE", Cancellation);
        return await connection.ListAsync($"EXPLAIN QUERY PLAN {sql}", reader => reader.GetString(3), Cancellation, null, parameters);
    }
}
