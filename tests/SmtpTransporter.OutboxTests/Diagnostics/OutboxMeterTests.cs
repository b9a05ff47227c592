using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using SmtpTransport.Outbox;
using SmtpTransport.OutboxTests.Faults;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>The metrics.</summary>
public sealed class OutboxMeterTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_meter_counts_stored_attempted_dead_lettered_and_waiting_emails()
    {
        using var outbox = new Measurements();
        await using var host = await OutboxHost.StartAsync();
        outbox.ListenTo(host.Services.GetRequiredService<OutboxMeter>());
        host.Server.Script.On(SmtpStep.RcptTo, "bob").Reply(550, "5.1.1 Unknown");
        var ann = await host.EnqueueAsync(TestEmail.To("ann"), idempotencyKey: "one");
        await host.EnqueueAsync(TestEmail.To("ann"), idempotencyKey: "one");
        var bob = await host.EnqueueAsync(TestEmail.To("bob"));
        await host.EnqueueAsync(TestEmail.To("cid"), sendAt: DateTimeOffset.UtcNow.AddDays(1));
        await host.UntilAsync(ann, OutboxState.Sent);
        await host.UntilAsync(bob, OutboxState.DeadLettered);
        // An attempt is counted just after it is recorded.
        await outbox.UntilAsync("smtp.outbox.attempts Accepted", Cancellation);
        await outbox.UntilAsync("smtp.outbox.dead_letters", Cancellation);

        await Poll.UntilAsync(
            async () =>
            {
                // The worker counts too; the next count may have to wait.
                await host.Services.GetRequiredService<Sweeper>().SweepAsync(Cancellation);
                outbox.Read();
                return outbox["smtp.outbox.emails DeadLettered"] == 1;
            },
            Cancellation);

        Assert.Equal(3, outbox["smtp.outbox.enqueued"]);
        Assert.Equal(1, outbox["smtp.outbox.attempts Accepted"]);
        Assert.Equal(1, outbox["smtp.outbox.attempts Refused"]);
        Assert.Equal(1, outbox["smtp.outbox.dead_letters"]);
        Assert.Equal(1, outbox["smtp.outbox.emails Sent"]);
        Assert.Equal(1, outbox["smtp.outbox.emails Waiting"]);
        Assert.Equal(0, outbox["smtp.outbox.emails Unknown"]);
        Assert.Equal(0, outbox["smtp.outbox.oldest_due"]);
    }

    [Fact]
    public async Task What_is_paused_is_due_but_not_late()
    {
        using var outbox = new Measurements();
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var host = await OutboxHost.StartAsync(
            o => o.EnableWorker = false, services => services.AddSingleton<TimeProvider>(time));
        outbox.ListenTo(host.Services.GetRequiredService<OutboxMeter>());
        await host.Outbox.PauseAsync("ann", lane: "tenant", cancellationToken: Cancellation);
        await host.Outbox.EnqueueAsync(TestEmail.To("ann"), lane: "tenant", cancellationToken: Cancellation);
        time.Advance(TimeSpan.FromMinutes(20));

        Assert.Equal((1200, 0), await ReadAsync());
        await host.Outbox.ResumeAsync("ann", lane: "tenant", cancellationToken: Cancellation);
        Assert.Equal((1200, 1200), await ReadAsync());

        async Task<(double Due, double Late)> ReadAsync()
        {
            await host.Services.GetRequiredService<Sweeper>().SweepAsync(Cancellation);
            outbox.Read();
            return (outbox["smtp.outbox.oldest_due"], outbox["smtp.outbox.late"]);
        }
    }

    [Fact]
    public async Task Pauses_and_the_emails_that_they_hold_are_counted_and_a_database_that_was_moved_is_told()
    {
        using var outbox = new Measurements();
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false);
        outbox.ListenTo(host.Services.GetRequiredService<OutboxMeter>());
        foreach (var lane in (string[])["a", "a", "b", "c"])
            await host.Outbox.EnqueueAsync(TestEmail.To("ann"), lane: lane, cancellationToken: Cancellation);

        Assert.Equal((0, 0, 0), await ReadAsync());
        await host.Outbox.PauseAsync("ann", lane: "a", cancellationToken: Cancellation);
        // Its emails are paused twice, and are counted once.
        await host.Outbox.PauseAsync("ann", transporterName: "", lane: "a", cancellationToken: Cancellation);
        Assert.Equal((2, 2, 0), await ReadAsync());
        var settings = host.Services.GetRequiredService<SettingTable>();
        await settings.EnterAsync(new DatabasePlace(1, 0), Cancellation);
        await settings.EnterAsync(new DatabasePlace(2, 0), Cancellation);
        Assert.Equal((3, 4, 1), await ReadAsync());
        await host.Outbox.ResumeAsync("ann", cancellationToken: Cancellation);
        Assert.Equal((2, 2, 0), await ReadAsync());

        async Task<(double Pauses, double Paused, double Moved)> ReadAsync()
        {
            var sweeper = host.Services.GetRequiredService<Sweeper>();
            await sweeper.CountAsync(Cancellation);
            outbox.Read();
            return (outbox["smtp.outbox.pauses"], outbox["smtp.outbox.paused"], outbox["smtp.outbox.moved"]);
        }
    }

    [Fact]
    public async Task A_part_of_the_worker_that_has_stopped_is_told_although_it_is_the_one_that_counts()
    {
        using var outbox = new Measurements();
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var host = await OutboxHost.StartAsync(
            o => o.EnableWorker = false, services => services.AddSingleton<TimeProvider>(time));
        outbox.ListenTo(host.Services.GetRequiredService<OutboxMeter>());
        var begun = new TaskCompletionSource();
        var running = host.Services.GetRequiredService<WorkerLoops>().RunAsync(
            "sweeper", TimeSpan.FromMinutes(10),
            token =>
            {
                begun.SetResult();
                return new TaskCompletionSource().Task.WaitAsync(token);
            },
            _ => Task.CompletedTask);
        await begun.Task.WaitAsync(Cancellation);

        outbox.Read();
        Assert.Equal(0, outbox["smtp.outbox.silent_loops"]);
        time.Advance(TimeSpan.FromMinutes(31));
        outbox.Read();

        Assert.Equal(1, outbox["smtp.outbox.silent_loops"]);
        await host.Services.GetRequiredService<WorkerLifetime>().StopAsync();
        await running;
    }

    [Theory]
    [InlineData(0.2, 0)]
    [InlineData(1, 20)]
    [InlineData(7200, 60)]
    public async Task Emails_are_counted_less_often_if_that_takes_long_but_each_minute(double cost, double pause)
    {
        using var outbox = new Measurements();
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var calls = new SlowCounts(time) { Cost = TimeSpan.FromSeconds(cost) };
        await using var host = await OutboxHost.StartAsync(
            o => (o.EnableWorker, o.Connections) = (false, new FaultingDbProviderFactory(SqliteFactory.Instance, calls)),
            services => services.AddSingleton<TimeProvider>(time));
        outbox.ListenTo(host.Services.GetRequiredService<OutboxMeter>());
        var sweeper = host.Services.GetRequiredService<Sweeper>();
        await sweeper.SweepAsync(Cancellation);
        calls.Cost = TimeSpan.Zero;
        await host.EnqueueAsync(TestEmail.To("ann"));

        var soon = pause == 0 ? 0 : await CountAfterAsync(TimeSpan.FromSeconds(pause) - TimeSpan.FromMilliseconds(1));
        var later = await CountAfterAsync(TimeSpan.FromMilliseconds(1));

        Assert.Equal((0, 1), (soon, later));

        async Task<double> CountAfterAsync(TimeSpan wait)
        {
            time.Advance(wait);
            await sweeper.SweepAsync(Cancellation);
            outbox.Read();
            return outbox["smtp.outbox.emails Waiting"];
        }
    }

    /// <summary>A database that takes its time to count.</summary>
    private sealed class SlowCounts(FakeTimeProvider time) : IDatabaseCalls
    {
        public TimeSpan Cost { get; set; }

        public Task<T> RunAsync<T>(DatabaseCall call, Func<Task<T>> run, CancellationToken cancellationToken)
        {
            if (call.Sql.Contains("UNION ALL SELECT state", StringComparison.Ordinal))
                time.Advance(Cost);
            return run();
        }
    }
}
