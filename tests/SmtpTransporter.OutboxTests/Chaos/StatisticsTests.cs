using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>The numbers of emails, on both databases.</summary>
[Collection(PostgresCollection.Name)]
public sealed class StatisticsTests(SharedPostgres shared)
{
    private static readonly QueueKey Key = new("", "", OutboxPriority.Normal, false);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Each_email_is_counted_once_and_a_claimed_one_that_has_not_begun_is_due(bool onPostgres)
    {
        await using var host = await StartAsync(onPostgres);
        await CheckEachIsCountedAsync(host);
    }

    /// <summary>Stores emails in each state in an empty outbox, and checks the numbers.</summary>
    internal static async Task CheckEachIsCountedAsync(OutboxHost host)
    {
        var database = host.Services.GetRequiredService<Database>();
        var queue = host.Services.GetRequiredService<QueueTable>();
        await host.Services.GetRequiredService<WorkerTable>().RegisterAsync("w", "w", 0, Cancellation);
        Assert.Empty((await host.Outbox.CountAsync(Cancellation)).ByState);

        await host.EnqueueManyAsync(TestEmail.Many(21));
        var claims = await queue.ClaimAsync("w", Key, 17, [], Cancellation);
        await using (var connection = await database.OpenAsync(Cancellation))
        {
            await queue.WriteAsync(connection, new WriteGroup([.. claims.Take(2).Select(c => (c, "run"))], [], []));
            List<OutboxState> ends =
            [
                .. Enumerable.Repeat(OutboxState.Sent, 3), .. Enumerable.Repeat(OutboxState.DeadLettered, 4),
                .. Enumerable.Repeat(OutboxState.Unknown, 5),
            ];
            await queue.WriteAsync(connection, new WriteGroup([], [.. ends.Zip(claims.Skip(2), Settle)], []));
        }
        var later = new List<Guid>();
        for (var i = 0; i < 6; i++)
            later.Add(await host.EnqueueAsync(TestEmail.To($"later{i}"), sendAt: DateTimeOffset.UtcNow.AddDays(1)));
        await host.Outbox.CancelAsync(later[0], Cancellation);

        var counts = await host.Outbox.CountAsync(Cancellation);

        var expected = new Dictionary<OutboxState, long>
        {
            // 4 that nobody holds, 3 that the worker holds, and 5 for later.
            [OutboxState.Waiting] = 12,
            [OutboxState.Sending] = 2,
            [OutboxState.Sent] = 3,
            [OutboxState.DeadLettered] = 4,
            [OutboxState.Unknown] = 5,
            [OutboxState.Canceled] = 1,
        };
        Assert.Equal(expected.OrderBy(e => e.Key), counts.ByState.OrderBy(e => e.Key));
        Assert.Equal(7, counts.Due);
        Assert.InRange(counts.OldestDue, TimeSpan.Zero, TimeSpan.FromMinutes(10));

        static Settlement Settle(OutboxState state, Claim claim) =>
            new(claim, new StateTransition(state), new AttemptDetails("run", Outcome.Accepted, 250, "2.0.0 Ok", 1));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_oldest_due_email_counts_whether_a_worker_holds_it_or_not(bool isHeld)
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(60));
        await using var host = await OutboxHost.StartAsync(
            o => o.EnableWorker = false, services => services.AddSingleton<TimeProvider>(time));
        await host.Services.GetRequiredService<WorkerTable>().RegisterAsync("w", "w", 0, Cancellation);
        await host.EnqueueAsync(TestEmail.To("ann"));
        await host.EnqueueAsync(TestEmail.To("bob"), sendAt: time.GetUtcNow().AddMinutes(20));
        time.Advance(TimeSpan.FromMinutes(10));
        if (isHeld)
            Assert.Single(await host.Services.GetRequiredService<QueueTable>().ClaimAsync("w", Key, 9, [], Cancellation));

        var counts = await host.Outbox.CountAsync(Cancellation);

        Assert.Equal((1, TimeSpan.FromMinutes(10)), (counts.Due, counts.OldestDue));
    }

    [Fact]
    public async Task No_part_of_the_count_reads_the_rows_of_PostgreSQL()
    {
        await using var host = await StartAsync(onPostgres: true);
        await host.EnqueueManyAsync(TestEmail.Many(3000));
        var database = host.Services.GetRequiredService<Database>();
        await using var connection = await database.OpenAsync(Cancellation);
        // 1 of 1000 is left open, as in an outbox that keeps what it has sent.
        await connection.ExecuteAsync(
            "UPDATE smtp_outbox_email SET state = 2, ended_at = created_at, due_at = NULL WHERE number % 1000 > 0", Cancellation);
        await connection.ExecuteAsync("VACUUM ANALYZE smtp_outbox_email", Cancellation);

        var plan = await connection.ListAsync(
            $"EXPLAIN {host.Services.GetRequiredService<OutboxStatistics>().CountSql}", reader => reader.GetString(0), Cancellation,
            null, ("until", 0L));

        var text = string.Join('\n', plan);
        Assert.DoesNotContain("Seq Scan", text, StringComparison.Ordinal);
        Assert.Contains("Index Only Scan using smtp_outbox_email_ended", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_part_of_the_count_uses_an_index_of_SQLite()
    {
        await using var host = await StartAsync(onPostgres: false);
        await using var connection = new SqliteConnection(host.ConnectionString);
        await connection.OpenAsync(Cancellation);

        var plan = await connection.ListAsync(
            $"EXPLAIN QUERY PLAN {host.Services.GetRequiredService<OutboxStatistics>().CountSql}", reader => reader.GetString(3),
            Cancellation, null, ("now", 1L), ("until", 1L));

        Assert.Equal(
            ["ready", "held", "ended", "ended", "state"],
            plan.Where(line => line.Contains("smtp_outbox_email_", StringComparison.Ordinal))
                .Select(line => line.Split("smtp_outbox_email_")[1].Split(' ')[0]));
        Assert.DoesNotContain("SCAN smtp_outbox_email", plan);
    }

    private async Task<OutboxHost> StartAsync(bool onPostgres)
    {
        var database = onPostgres ? await shared.CreateDatabaseAsync() : null;
        return await OutboxHost.StartAsync(o =>
        {
            o.EnableWorker = false;
            if (database is not null)
                o.UsePostgres(database);
        });
    }
}
