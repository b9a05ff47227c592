using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>The loops of the worker go on, or are missed.</summary>
public sealed class WorkerLoopsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_loop_that_fails_starts_again_and_one_that_hangs_is_missed()
    {
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false);
        var time = new FakeTimeProvider();
        using var lifetime = new WorkerLifetime();
        var logger = NullLogger.Instance;
        var database = host.Services.GetRequiredService<Database>();
        var loops = new WorkerLoops(database, new DatabaseHealth(time, logger), lifetime, time, logger);
        var rounds = 0;
        var failed = new TaskCompletionSource();
        var hangs = new TaskCompletionSource();
        var interval = TimeSpan.FromSeconds(10);

        var running = Task.WhenAll(
            loops.RunAsync("failing", interval, FailOnceAsync, token => Task.Delay(interval, time, token)),
            loops.RunAsync("hanging", interval, token => Task.Delay(Timeout.InfiniteTimeSpan, time, token), _ => Task.CompletedTask));
        await failed.Task.WaitAsync(Cancellation);
        await Poll.UntilAsync(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return Task.FromResult(hangs.Task.IsCompleted && loops.FindSilent() is ["hanging"]);
            },
            Cancellation);

        Assert.True(rounds > 1);
        Assert.True(loops.GetLastRuns()["hanging"] > interval * 3);
        await lifetime.StopAsync();
        await running;
        Assert.Empty(loops.GetLastRuns());

        Task FailOnceAsync(CancellationToken token)
        {
            if (Interlocked.Increment(ref rounds) > 1)
            {
                hangs.TrySetResult();
                return Task.CompletedTask;
            }
            failed.SetResult();
            throw new InvalidOperationException("once");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_outage_ends_with_a_round_only_if_the_database_has_answered(bool asks)
    {
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false);
        var time = new FakeTimeProvider();
        using var lifetime = new WorkerLifetime();
        var database = host.Services.GetRequiredService<Database>();
        var health = new DatabaseHealth(time, NullLogger.Instance);
        var loops = new WorkerLoops(database, health, lifetime, time, NullLogger.Instance);
        for (var i = 0; i < 7; i++)
        {
            var waiting = health.WaitAfterAsync(new IOException("down"), Cancellation);
            time.Advance(TimeSpan.FromSeconds(3));
            await waiting;
        }

        await loops.RunAsync("round", TimeSpan.FromSeconds(10), AskAsync, _ => lifetime.StopAsync());

        // The first delay of an outage is 100 milliseconds, that of the eighth failure three seconds.
        var again = health.WaitAfterAsync(new IOException("down"), Cancellation);
        time.Advance(TimeSpan.FromSeconds(0.2));
        if (!asks)
        {
            Assert.False(again.IsCompleted);
            time.Advance(TimeSpan.FromSeconds(3));
        }
        await again;

        Task AskAsync(CancellationToken token) =>
            asks ? host.Services.GetRequiredService<WorkerTable>().ListUnknownTokensAsync(token) : Task.CompletedTask;
    }

    [Fact]
    public async Task A_worker_whose_row_was_taken_away_goes_on_under_a_new_token()
    {
        await using var host = await OutboxHost.StartAsync();
        var answer = new TaskCompletionSource();
        var transmitted = host.Server.Script.On(SmtpStep.EndOfData).Times(1).WaitFor(answer.Task);
        var first = await host.EnqueueAsync(TestEmail.To("ann"));
        await transmitted.Reached.WaitAsync(Cancellation);
        var workers = host.Services.GetRequiredService<WorkerTable>();
        var before = Assert.Single(await workers.BeatAsync(null, Cancellation)).Key;
        await host.Tables.RemoveWorkersAsync();

        await host.Services.GetRequiredService<Heartbeat>().BeatAsync(Cancellation);
        await host.UntilAsync(await host.EnqueueAsync(TestEmail.To("bob")), OutboxState.Sent);

        Assert.NotEqual(before, Assert.Single(await workers.BeatAsync(null, Cancellation)).Key);
        Assert.Equal(OutboxState.Unknown, (await host.Outbox.GetAsync(first, Cancellation))!.State);
        answer.SetResult();
        await host.UntilAsync(first, OutboxState.Sent);
        Assert.Equal(2, host.Server.Messages.Count);
    }

    [Fact]
    public async Task A_worker_that_could_not_start_can_be_started_again()
    {
        var folder = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
        var services = new ServiceCollection();
        var fake = new FakeSmtpTransporter();
        services.AddSingleton<ISmtpTransporter>(fake);
        services.AddSmtpOutbox($"Data Source={folder}/outbox.db");
        await using (var provider = services.BuildServiceProvider())
        {
            var worker = Assert.Single(provider.GetServices<IHostedService>().OfType<OutboxService>());
            for (var i = 0; i < 2; i++)
                await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => worker.StartAsync(Cancellation));
            Directory.CreateDirectory(folder);

            await worker.StartAsync(Cancellation);

            await provider.GetRequiredService<IOutbox>().EnqueueAsync(TestEmail.To("ann"), cancellationToken: Cancellation);
            await Poll.UntilAsync(() => Task.FromResult(fake.Sent.Count == 1), Cancellation);
            await worker.StopAsync(CancellationToken.None);
            await worker.StopAsync(CancellationToken.None);
        }
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Each_email_begins_at_once_although_no_worker_ever_polls()
    {
        // Time stands still: no interval ends.
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var fake = new FakeSmtpTransporter();
        await using var host = await OutboxHost.StartAsync(
            null, services => services.AddSingleton<TimeProvider>(time).AddKeyedSingleton<ISmtpTransporter>("fake", fake));
        for (var i = 0; i < 200; i++)
        {
            await host.EnqueueAsync(TestEmail.To($"u{i}"), transporterName: "fake");
            for (var yields = i % 7; yields > 0; yields--)
                await Task.Yield();
            if (i % 5 == 0)
                await Poll.UntilAsync(() => Task.FromResult(fake.Sent.Count == i + 1), Cancellation);
        }
        await host.EnqueueManyAsync(TestEmail.Many(300).Select(e => e with { TransporterName = "fake" }));

        await Poll.UntilAsync(() => Task.FromResult(fake.Sent.Count == 500), Cancellation);
    }
}
