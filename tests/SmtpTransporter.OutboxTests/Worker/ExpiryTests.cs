using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SmtpTransport.Outbox;
using SmtpTransport.OutboxTests.Faults;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>No transmission begins after an email's end, whatever it waited for.</summary>
public sealed class ExpiryTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_a_pause_of_three_days_the_emails_are_dead_letters_that_name_the_pause()
    {
        var (host, clock) = await StartAsync();
        await using var disposal = host;
        await host.Outbox.PauseAsync("ann", "the provider is away", cancellationToken: Cancellation);
        var id = await host.EnqueueAsync(TestEmail.To("ann"));
        clock.Offset = TimeSpan.FromDays(3);
        var fresh = await host.EnqueueAsync(TestEmail.To("bob"));
        await host.Outbox.ResumeAsync("bob", cancellationToken: Cancellation);

        await host.UntilAsync(fresh, OutboxState.Sent);
        var dead = await host.UntilAsync(id, OutboxState.DeadLettered);

        Assert.Equal(["bob@example.org"], host.Server.Messages.Select(m => m.Recipients[0]));
        var attempt = Assert.Single(dead.History);
        Assert.Contains("It was paused from ", attempt.Text, StringComparison.Ordinal);
        Assert.EndsWith(": all emails, by ann: the provider is away.", attempt.Text, StringComparison.Ordinal);
        Assert.Equal(0, dead.AttemptCount);
        // A person may send it again all the same: it has no end of its own.
        Assert.True(await host.Outbox.ResendAsync(id, Cancellation));
        await host.UntilAsync(id, OutboxState.Sent);
    }

    [Fact]
    public async Task Emails_of_a_pause_that_goes_on_expire_too()
    {
        var (host, clock) = await StartAsync();
        await using var disposal = host;
        await host.Outbox.PauseAsync("ann", lane: "a", cancellationToken: Cancellation);
        var id = await host.Outbox.EnqueueAsync(TestEmail.To("ann"), lane: "a", cancellationToken: Cancellation);
        clock.Offset = TimeSpan.FromDays(3);

        await host.Services.GetRequiredService<Expiry>().EndAsync(Cancellation);

        var dead = (await host.Outbox.GetAsync(id, Cancellation))!;
        Assert.Equal(OutboxState.DeadLettered, dead.State);
        Assert.EndsWith(" to now: lane \"a\" of all transporters, by ann.", Assert.Single(dead.History).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_emails_of_a_pause_expire_at_once()
    {
        var (host, clock) = await StartAsync();
        await using var disposal = host;
        await host.Outbox.PauseAsync("ann", cancellationToken: Cancellation);
        await host.EnqueueManyAsync(TestEmail.Many(350));
        clock.Offset = TimeSpan.FromDays(3);
        await host.EnqueueAsync(TestEmail.To("fresh"));

        await host.Services.GetRequiredService<Expiry>().EndAsync(Cancellation);

        var counts = await host.Outbox.CountAsync(Cancellation);
        Assert.Equal((350, 1), (counts[OutboxState.DeadLettered], counts[OutboxState.Waiting]));
    }

    [Fact]
    public async Task What_has_expired_is_ended_and_logged_without_a_wait_for_a_worker_that_has_claimed_another_one_meanwhile()
    {
        var calls = new ClaimBetween();
        var log = new LogLines();
        var (host, clock) = await StartAsync(
            o => (o.EnableWorker, o.Connections) = (false, new FaultingDbProviderFactory(SqliteFactory.Instance, calls)),
            services => services.AddLogging(b => b.AddProvider(log)));
        await using var disposal = host;
        await host.Outbox.PauseAsync("ann", cancellationToken: Cancellation);
        var ids = await host.EnqueueManyAsync(TestEmail.Many(2));
        clock.Offset = TimeSpan.FromDays(3);
        calls.ClaimAsync = async () =>
        {
            await host.Tables.AddWorkerAsync("hangs", revision: 0);
            await host.Tables.HoldAsync(ids[0], "hangs");
        };

        await host.Services.GetRequiredService<Expiry>().EndAsync(Cancellation);

        Assert.False(calls.HasRecalled);
        Assert.Equal(OutboxState.Waiting, (await host.Outbox.GetAsync(ids[0], Cancellation))!.State);
        Assert.Equal(OutboxState.DeadLettered, (await host.Outbox.GetAsync(ids[1], Cancellation))!.State);
        Assert.StartsWith($"{ids[1]} expired at ", Assert.Single(log.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_a_rate_of_one_a_day_only_those_are_sent_whose_turn_comes_in_time()
    {
        var (host, clock) = await StartAsync(o => o.LimitRate(1, TimeSpan.FromDays(1)));
        await using var disposal = host;
        var ids = await host.EnqueueManyAsync(TestEmail.Many(4));
        await host.UntilAsync(ids[0], OutboxState.Sent);
        clock.Offset = TimeSpan.FromDays(2.5);
        // Wakes the worker.
        await host.EnqueueAsync(TestEmail.To("next"));

        foreach (var id in ids.Skip(1))
        {
            var dead = await host.UntilAsync(id, OutboxState.DeadLettered);
            Assert.EndsWith("It waited for the rate of its lane.", Assert.Single(dead.History).Text, StringComparison.Ordinal);
        }

        Assert.Single(host.Server.Messages);
    }

    [Fact]
    public async Task A_one_time_code_whose_end_passes_while_it_waits_for_the_server_is_not_sent()
    {
        var (host, clock) = await StartAsync();
        await using var disposal = host;
        var gate = new TaskCompletionSource();
        var hanging = host.Server.Script.On(SmtpStep.Ehlo).Times(1).WaitFor(gate.Task);
        var id = await host.Outbox.EnqueueAsync(
            TestEmail.To("ann"), expiresAt: DateTimeOffset.UtcNow.AddMinutes(5), cancellationToken: Cancellation);
        await hanging.Reached.WaitAsync(Cancellation);
        clock.Offset = TimeSpan.FromMinutes(6);
        gate.SetResult();

        var dead = await host.UntilAsync(id, OutboxState.DeadLettered);

        Assert.Empty(host.Server.Messages);
        Assert.EndsWith("No worker was able to send it in time.", Assert.Single(dead.History).Text, StringComparison.Ordinal);
        Assert.False(await host.Outbox.ResendAsync(id, Cancellation));
    }

    [Fact]
    public async Task The_first_retry_waits_the_first_interval_and_the_last_one_begins_before_the_end()
    {
        var (host, clock) = await StartAsync(o =>
            (o.InitialRetryDelay, o.MaxRetryDelay, o.RetryJitter) = (TimeSpan.FromHours(1), TimeSpan.FromHours(40), 0));
        await using var disposal = host;
        host.Server.Script.On(SmtpStep.RcptTo).Reply(451, "4.3.0 Later");
        var id = await host.EnqueueAsync(TestEmail.To("ann"));
        var first = await host.UntilAsync(id, e => e.AttemptCount == 1);
        Assert.InRange(first.DueAt!.Value - first.History[0].At, TimeSpan.FromMinutes(59), TimeSpan.FromMinutes(61));
        for (var (attempts, due) = (2, first.DueAt.Value); attempts <= 6; attempts++)
        {
            clock.Offset = due - DateTimeOffset.UtcNow + TimeSpan.FromSeconds(1);
            await WakeAsync(host);
            due = (await host.UntilAsync(id, e => e.AttemptCount == attempts)).DueAt!.Value;
        }

        var last = (await host.Outbox.GetAsync(id, Cancellation))!;

        // 1 + 2 + 4 + 8 + 16 hours; the next one would be due after 63.
        Assert.InRange((last.ExpiresAt!.Value - last.DueAt!.Value).TotalSeconds, 59, 61);
        clock.Offset += TimeSpan.FromHours(18);
        await WakeAsync(host);
        Assert.Equal(6, (await host.UntilAsync(id, OutboxState.DeadLettered)).AttemptCount);
    }

    [Fact]
    public async Task An_end_that_comes_before_the_time_to_send_is_refused()
    {
        var (host, _) = await StartAsync();
        await using var disposal = host;
        var time = DateTimeOffset.UtcNow.AddDays(1);

        var exception = await Assert.ThrowsAsync<EnqueueException>(() => host.Outbox.EnqueueAsync(
            TestEmail.To("ann"), sendAt: time, expiresAt: time, cancellationToken: Cancellation));

        Assert.Contains("ExpiresAt is ", exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, await host.Tables.CountEmailsAsync());
    }

    /// <summary>Lets the worker look for what is due, after a time in which its timers have not run.</summary>
    private static async Task WakeAsync(OutboxHost host)
    {
        await host.Services.GetRequiredService<Heartbeat>().BeatAsync(Cancellation);
        host.Services.GetRequiredService<OutboxSignals>().Claims.Set();
    }

    private static async Task<(OutboxHost Host, PatientClock Clock)> StartAsync(
        Action<OutboxOptions>? configure = null, Action<IServiceCollection>? add = null)
    {
        var clock = new PatientClock();
        return (await OutboxHost.StartAsync(configure, Add), clock);

        void Add(IServiceCollection services)
        {
            services.AddSingleton<TimeProvider>(clock);
            add?.Invoke(services);
        }
    }

    /// <summary>A worker claims an email after it was found, and before it is ended.</summary>
    private sealed class ClaimBetween : IDatabaseCalls
    {
        private bool _hasClaimed;

        public Func<Task>? ClaimAsync { get; set; }

        /// <summary>Whether somebody waits for what the workers acknowledge.</summary>
        public bool HasRecalled { get; private set; }

        public async Task<T> RunAsync<T>(DatabaseCall call, Func<Task<T>> run, CancellationToken cancellationToken)
        {
            HasRecalled |= _hasClaimed && call.Sql.Contains("value = value + 1", StringComparison.Ordinal);
            // After the list, and outside of a transaction.
            if (call.Sql.Contains("resumed_at FROM", StringComparison.Ordinal) && ClaimAsync is { } claim)
            {
                (ClaimAsync, _hasClaimed) = (null, true);
                await claim();
            }
            return await run();
        }
    }
}
