using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>The claim on PostgreSQL, whatever plan the server makes for it.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PlanTests(SharedPostgres shared)
{
    private static readonly QueueKey Key = new("", "", OutboxPriority.Normal, false);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("")]
    [InlineData("-c enable_hashjoin=off -c enable_mergejoin=off -c enable_seqscan=off")]
    [InlineData("-c enable_nestloop=off -c enable_indexscan=off -c enable_bitmapscan=off")]
    [InlineData("-c enable_nestloop=off -c enable_hashjoin=off -c enable_material=off")]
    public async Task Four_claimers_get_no_more_than_they_ask_for_and_no_email_twice(string plans)
    {
        var database = await shared.CreateDatabaseAsync();
        await using var host = await StartAsync(new NpgsqlConnectionStringBuilder(database) { Options = plans }.ConnectionString);
        // The statistics of an empty table.
        await ExecuteAsync(database, "ANALYZE");
        await host.EnqueueManyAsync(TestEmail.Many(400));
        var queue = host.Services.GetRequiredService<QueueTable>();

        var claims = await Task.WhenAll(Enumerable.Range(0, 4).Select(n => ClaimAllAsync($"w{n}")));

        Assert.All(claims.SelectMany(c => c), batch => Assert.InRange(batch.Count, 1, 7));
        var ids = claims.SelectMany(c => c).SelectMany(batch => batch).Select(c => c.Row.Id).ToList();
        Assert.Equal(400, ids.Count);
        Assert.Equal(400, ids.Distinct().Count());

        async Task<List<List<Claim>>> ClaimAllAsync(string token)
        {
            await host.Services.GetRequiredService<WorkerTable>().RegisterAsync(token, token, 0, Cancellation);
            var batches = new List<List<Claim>>();
            while (await queue.ClaimAsync(token, Key, 7, [], Cancellation) is [_, ..] batch)
                batches.Add(batch);
            return batches;
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_claim_uses_its_index_and_sorts_nothing(bool isAnalyzed)
    {
        var database = await shared.CreateDatabaseAsync();
        await using var host = await StartAsync(database);
        await host.EnqueueManyAsync(TestEmail.Many(3000));
        if (isAnalyzed)
            await ExecuteAsync(database, "ANALYZE");
        var queue = (PostgresQueueTable)host.Services.GetRequiredService<QueueTable>();

        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(Cancellation);
        var plan = await connection.ListAsync(
            $"EXPLAIN {queue.ClaimSql(queue.PickSql(isOrdered: false))}", reader => reader.GetString(0), Cancellation, null,
            ("token", "w"), ("transporter", ""), ("lane", ""), ("priority", 0), ("count", 100));

        var text = string.Join('\n', plan);
        Assert.Contains("Index Scan using smtp_outbox_email_ready", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Sort", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_few_emails_of_a_state_are_found_in_the_index_of_the_lists()
    {
        var database = await shared.CreateDatabaseAsync();
        await using var host = await StartAsync(database);
        await host.EnqueueManyAsync(TestEmail.Many(3000));
        await ExecuteAsync(database, "ANALYZE");
        var filter = new EmailFilter(
            new OutboxQuery { States = [OutboxState.DeadLettered] }, host.Services.GetRequiredService<Database>(), [], []);

        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(Cancellation);
        var plan = await connection.ListAsync(
            $"EXPLAIN {filter.SelectSql(isAscending: false, hasStart: true)}", reader => reader.GetString(0), Cancellation, null,
            [.. filter.Parameters, ("start", "z"), ("limit", 100)]);

        var text = string.Join('\n', plan);
        Assert.Contains("smtp_outbox_email_state", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_newest_emails_of_a_state_are_found_at_once_however_many_newer_ones_of_others_there_are(bool hasStart)
    {
        var database = await shared.CreateDatabaseAsync();
        await using var host = await StartAsync(database);
        await host.EnqueueManyAsync(TestEmail.Many(5000));
        // As in an outbox that has sent nearly all.
        await ExecuteAsync(database, "UPDATE smtp_outbox_email SET state = 2, ended_at = created_at WHERE number <= 4000");
        await ExecuteAsync(database, "ANALYZE");
        var query = new OutboxQuery { States = [OutboxState.Sent], EnqueuedAfter = DateTimeOffset.UtcNow.AddDays(-2) };
        var filter = new EmailFilter(query, host.Services.GetRequiredService<Database>(), [], []);

        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(Cancellation);
        var middle = (string)(await connection.ScalarAsync("SELECT id FROM smtp_outbox_email WHERE number = 2000", Cancellation))!;
        var plan = await connection.ListAsync(
            $"EXPLAIN (ANALYZE, BUFFERS) {filter.SelectSql(isAscending: false, hasStart)}", reader => reader.GetString(0), Cancellation,
            null, [.. filter.Parameters, ("start", middle), ("limit", 100)]);

        var text = string.Join('\n', plan);
        Assert.Contains("Index Scan Backward using smtp_outbox_email_state", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Rows Removed", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Sort", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_email_of_a_state_is_found_by_its_id_or_key(bool byId)
    {
        var database = await shared.CreateDatabaseAsync();
        await using var host = await StartAsync(database);
        var ids = await host.EnqueueManyAsync(TestEmail.Many(5000));
        await ExecuteAsync(database, "ANALYZE");
        var filter = new EmailFilter(
            byId ? new OutboxQuery { States = [OutboxState.Waiting], Ids = [ids[17]] }
                : new OutboxQuery { States = [OutboxState.Waiting], IdempotencyKey = "none" },
            host.Services.GetRequiredService<Database>(), [], []);

        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(Cancellation);
        var plan = await connection.ListAsync(
            $"EXPLAIN {filter.SelectSql(isAscending: true, hasStart: false)}", reader => reader.GetString(0), Cancellation, null,
            [.. filter.Parameters, ("limit", 100)]);

        Assert.Contains(byId ? "smtp_outbox_email_pkey" : "smtp_outbox_email_key", string.Join('\n', plan), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_claim_of_an_ordered_email_does_not_read_a_newsletter_that_came_meanwhile()
    {
        var database = await shared.CreateDatabaseAsync();
        await using var host = await StartAsync(database);
        await host.EnqueueManyAsync(TestEmail.Many(200).Select(e => e with { IsOrdered = true, Lane = "orders" }));
        await ExecuteAsync(database, "ANALYZE");
        await host.EnqueueManyAsync(TestEmail.Many(3000));
        var queue = (PostgresQueueTable)host.Services.GetRequiredService<QueueTable>();

        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(Cancellation);
        var plan = await connection.ListAsync(
            $"EXPLAIN {queue.ClaimSql(queue.PickSql(isOrdered: true))}", reader => reader.GetString(0), Cancellation, null,
            ("token", "w"), ("transporter", ""), ("lane", "orders"), ("priority", 0), ("count", 1));

        var text = string.Join('\n', plan);
        Assert.Contains("Index Scan using smtp_outbox_email_number", text, StringComparison.Ordinal);
        Assert.DoesNotContain("smtp_outbox_email_ready", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_claim_that_was_prepared_while_the_table_was_empty_uses_its_index_later()
    {
        var database = AlwaysTheSameSession(await shared.CreateDatabaseAsync());
        await using var host = await StartAsync(database);
        // No statistics come meanwhile.
        await ExecuteAsync(database, "ALTER TABLE smtp_outbox_email SET (autovacuum_enabled = off)");
        var queue = host.Services.GetRequiredService<QueueTable>();
        await host.Services.GetRequiredService<WorkerTable>().RegisterAsync("w", "w", 0, Cancellation);
        for (var i = 0; i < 20; i++)
            Assert.Empty(await queue.ClaimAsync("w", Key, 7, [], Cancellation));
        await host.EnqueueManyAsync(TestEmail.Many(2000));

        // The session of the claims: the pool has only one.
        await using var session = await host.Services.GetRequiredService<Database>().OpenAsync(Cancellation);
        var (name, generic) = Assert.Single(await session.ListAsync(
            "SELECT name, generic_plans FROM pg_prepared_statements WHERE statement LIKE '%picks AS%'",
            reader => (reader.GetString(0), reader.GetInt64(1)), Cancellation));
        var plan = await session.ListAsync(
            $"EXPLAIN EXECUTE \"{name}\" ('w', '', '', 0, 7)", reader => reader.GetString(0), Cancellation);

        var text = string.Join('\n', plan);
        Assert.True(generic > 0, "The plan was not kept.");
        Assert.Contains("Index Scan using smtp_outbox_email_ready", text, StringComparison.Ordinal);
        // Of the pauses there are few.
        Assert.DoesNotContain("Seq Scan on smtp_outbox_email", text, StringComparison.Ordinal);
    }

    private static string AlwaysTheSameSession(string database)
    {
        var builder = new NpgsqlConnectionStringBuilder(database);
        builder.Remove("Max Auto Prepare");
        builder.MaxPoolSize = 1;
        return builder.ConnectionString;
    }

    private static Task<OutboxHost> StartAsync(string database) =>
        OutboxHost.StartAsync(o => o.UsePostgres(database).EnableWorker = false);

    private static async Task ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(Cancellation);
        await connection.ExecuteAsync(sql, Cancellation);
    }
}
