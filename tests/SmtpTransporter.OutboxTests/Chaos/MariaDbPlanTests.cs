using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>What the statements read, and so lock, in MariaDB.</summary>
[Collection(MariaDbCollection.Name)]
public sealed class MariaDbPlanTests(SharedMariaDb shared) : IAsyncLifetime
{
    private static readonly QueueKey Key = new("", "", OutboxPriority.Normal, false);

    private ServerDatabase? _database;
    private OutboxHost? _host;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private MariaDbQueueTable Queue => (MariaDbQueueTable)_host!.Services.GetRequiredService<QueueTable>();

    public async ValueTask InitializeAsync()
    {
        _database = await MariaDbServerDatabase.CreateAsync(shared.Server);
        _host = await OutboxHost.StartAsync(o => _database.Use(o).EnableWorker = false);
    }

    public async ValueTask DisposeAsync() => await _host!.DisposeAsync();

    [Fact]
    public async Task Four_claimers_get_no_more_than_they_ask_for_and_no_email_twice()
    {
        await _host!.EnqueueManyAsync(TestEmail.Many(400));

        var claims = await Task.WhenAll(Enumerable.Range(0, 4).Select(n => ClaimAllAsync($"w{n}")));

        Assert.All(claims.SelectMany(c => c), batch => Assert.InRange(batch.Count, 1, 7));
        var ids = claims.SelectMany(c => c).SelectMany(batch => batch).Select(c => c.Row.Id).ToList();
        Assert.Equal(400, ids.Count);
        Assert.Equal(400, ids.Distinct().Count());

        async Task<List<List<Claim>>> ClaimAllAsync(string token)
        {
            await RegisterAsync(token);
            var batches = new List<List<Claim>>();
            while (await Queue.ClaimAsync(token, Key, 7, [], Cancellation) is [_, ..] batch)
                batches.Add(batch);
            return batches;
        }
    }

    [Fact]
    public async Task A_claim_in_progress_leaves_all_other_emails_to_other_workers_and_hinders_no_producer()
    {
        await _host!.EnqueueManyAsync(TestEmail.Many(300));
        await RegisterAsync("a");
        await RegisterAsync("b");

        var (first, second) = await _host.Services.GetRequiredService<Database>().InTransactionAsync(
            async transaction =>
            {
                var picked = await transaction.Connection!.ListAsync(
                    $"{Queue.PickSql(isOrdered: false)} FOR UPDATE SKIP LOCKED", reader => Guid.Parse(reader.GetString(0)),
                    Cancellation, transaction, Parameters(100));
                await _host.EnqueueAsync(TestEmail.To("producer"));
                return (picked, await Queue.ClaimAsync("b", Key, 300, [], Cancellation));
            },
            Cancellation);

        Assert.Equal(100, first.Count);
        Assert.Equal(201, second.Count);
        Assert.Empty(second.Select(c => c.Row.Id).Intersect(first));
    }

    [Fact]
    public async Task A_claim_uses_its_index_and_sorts_nothing_although_the_table_was_empty_when_it_was_analyzed()
    {
        await _database!.ExecuteAsync("ANALYZE TABLE smtp_outbox_email");
        await _host!.EnqueueManyAsync(TestEmail.Many(3000));

        var plan = await ExplainAsync($"{Queue.PickSql(isOrdered: false)} FOR UPDATE SKIP LOCKED", Parameters(100));

        Assert.Equal("smtp_outbox_email_ready", plan[0].Key);
        Assert.DoesNotContain("filesort", plan[0].Extra, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_claim_of_an_ordered_email_reads_one_email()
    {
        await _host!.EnqueueManyAsync(TestEmail.Many(200).Select(e => e with { IsOrdered = true }));
        await _host.EnqueueManyAsync(TestEmail.Many(3000));

        var plan = await ExplainAsync($"{Queue.PickSql(isOrdered: true)} FOR UPDATE SKIP LOCKED", Parameters(1));

        Assert.Equal(("smtp_outbox_email_number", "1"), (plan[0].Key, plan[0].Rows));
        Assert.Equal(3, plan.Count(line => line.Extra is "Select tables optimized away" or "No matching min/max row"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_poll_takes_one_step_for_each_queue(bool isFirst)
    {
        await _host!.EnqueueManyAsync(TestEmail.Many(3000).Select((e, i) => e with { Lane = $"lane {i % 3}" }));
        await _database!.ExecuteAsync("ANALYZE TABLE smtp_outbox_email");

        var plan = await ExplainAsync(
            Queue.ListQueuesSql(isFirst), [("limit", 100), ("transporter", ""), ("lane", "lane 0"), ("priority", 0), ("ordered", 0)]);
        var first = await Queue.ListQueuesAsync(null, 2, Cancellation);
        var second = await Queue.ListQueuesAsync(first[^1].Key, 2, Cancellation);

        Assert.Contains(plan, line => line.Extra.Contains("Using index for group-by", StringComparison.Ordinal));
        Assert.Equal(["lane 0", "lane 1", "lane 2"], first.Concat(second).Select(h => h.Key.Lane));
        Assert.All(first, head => Assert.True(head.DueIn <= TimeSpan.Zero && !head.IsFromFuture));
    }

    [Fact]
    public async Task An_email_from_the_future_of_the_clock_is_noticed_and_made_due()
    {
        var id = await _host!.EnqueueAsync(TestEmail.To("ann"));
        await _host.EnqueueAsync(TestEmail.To("later"), sendAt: DateTimeOffset.UtcNow.AddHours(1));
        await _database!.ExecuteAsync(
            $"UPDATE smtp_outbox_email SET created_at = created_at + 3600000, due_at = due_at + 3600000 WHERE id = '{id:N}'");

        Assert.True(Assert.Single(await Queue.ListQueuesAsync(null, 9, Cancellation)).IsFromFuture);
        Assert.Equal(1, await Queue.MakeDueAsync(Cancellation));

        Assert.False(Assert.Single(await Queue.ListQueuesAsync(null, 9, Cancellation)).IsFromFuture);
    }

    [Fact]
    public async Task The_emails_of_a_worker_are_found_in_the_index_of_those_that_are_held()
    {
        await _host!.EnqueueManyAsync(TestEmail.Many(3000));
        await RegisterAsync("w");
        await Queue.ClaimAsync("w", Key, 5, [], Cancellation);
        await _database!.ExecuteAsync("ANALYZE TABLE smtp_outbox_email");
        var workers = _host.Services.GetRequiredService<WorkerTable>();

        foreach (var update in (EmailUpdate[])[workers.Free, workers.Park])
        {
            var plan = await ExplainAsync($"SELECT id FROM smtp_outbox_email WHERE {update.Where} FOR UPDATE", [("token", "w")]);
            Assert.Equal("smtp_outbox_email_held", plan[0].Key);
        }
    }

    [Fact]
    public Task Each_email_is_counted_once_and_a_claimed_one_that_has_not_begun_is_due() => StatisticsTests.CheckEachIsCountedAsync(_host!);

    private static (string, object?)[] Parameters(int count) => [("transporter", ""), ("lane", ""), ("priority", 0), ("count", count)];

    private Task RegisterAsync(string token) =>
        _host!.Services.GetRequiredService<WorkerTable>().RegisterAsync(token, token, Cancellation);

    private async Task<List<(string Key, string Rows, string Extra)>> ExplainAsync(string sql, (string, object?)[] parameters)
    {
        await using var connection = await _database!.OpenAsync();
        return await connection.ListAsync(
            $"EXPLAIN {sql}", reader => (Read(reader, "key"), Read(reader, "rows"), Read(reader, "Extra")), Cancellation, null, parameters);

        static string Read(DbDataReader reader, string column) => reader[column].ToString()!;
    }
}
