using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;
using SmtpTransport.Outbox;
using SmtpTransport.OutboxTests.Faults;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>The health check.</summary>
public sealed class OutboxHealthCheckTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_health_check_is_degraded_and_later_unhealthy_if_an_email_is_late()
    {
        var clock = new MovableClock();
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false, services => AddHealthCheck(services, clock));
        await host.EnqueueAsync(TestEmail.To("ann"));

        var healthy = await CheckAsync(host);
        clock.Offset = TimeSpan.FromMinutes(20);
        var degraded = await CheckAsync(host);
        clock.Offset = TimeSpan.FromHours(25);
        var unhealthy = await CheckAsync(host);

        Assert.Equal((HealthStatus.Healthy, "Due emails: 1."), (healthy.Status, healthy.Description));
        Assert.Equal(1L, healthy.Data["due"]);
        Assert.Equal(HealthStatus.Degraded, degraded.Status);
        Assert.Equal("An email has been due for 20 minutes. Due emails: 1.", degraded.Description);
        Assert.Equal(0L, degraded.Data["unknown"]);
        Assert.Equal(HealthStatus.Unhealthy, unhealthy.Status);
    }

    [Fact]
    public async Task A_pause_is_told_and_not_alarming_until_its_emails_expire_soon()
    {
        var clock = new MovableClock();
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false, services => AddHealthCheck(services, clock));
        await host.Outbox.EnqueueAsync(TestEmail.To("ann"), lane: "paused", cancellationToken: Cancellation);
        await host.Outbox.PauseAsync("ann", "bounces", lane: "paused", cancellationToken: Cancellation);
        clock.Offset = TimeSpan.FromHours(2);

        var paused = await CheckAsync(host);
        await host.Outbox.EnqueueAsync(TestEmail.To("bob"), lane: "other", cancellationToken: Cancellation);
        clock.Offset = TimeSpan.FromHours(3);
        var late = await CheckAsync(host);
        clock.Offset = TimeSpan.FromHours(25);
        var expiring = await CheckAsync(host);

        Assert.Equal((HealthStatus.Healthy, 1), (paused.Status, paused.Data["pauses"]));
        Assert.Contains(
            ": lane \"paused\" of all transporters, by ann: bounces. Due emails: 1.", paused.Description, StringComparison.Ordinal);
        Assert.Equal(HealthStatus.Degraded, late.Status);
        Assert.StartsWith("An email has been due for 60 minutes.", late.Description, StringComparison.Ordinal);
        Assert.Contains(
            "Emails that are paused expire soon: one has been due for 25 hours.", expiring.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_email_that_is_held_for_long_is_late_although_something_else_is_paused()
    {
        var clock = new MovableClock();
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false, services => AddHealthCheck(services, clock));
        await host.EnqueueAsync(TestEmail.To("ann"));
        await host.Tables.HoldAsync();
        await host.Outbox.PauseAsync("ann", "bounces", lane: "other", cancellationToken: Cancellation);
        clock.Offset = TimeSpan.FromHours(25);

        var result = await CheckAsync(host);

        Assert.Equal(HealthStatus.Unhealthy, result.Status);
        Assert.StartsWith("An email has been due for 1500 minutes.", result.Description, StringComparison.Ordinal);
        Assert.DoesNotContain("expire soon", result.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(OutboxState.Unknown, "2 emails are parked: decide about them.")]
    [InlineData(OutboxState.DeadLettered, "2 emails or more became dead letters within the last hour.")]
    public async Task The_health_check_is_degraded_by_emails_that_need_a_person(OutboxState state, string text)
    {
        await using var host = await OutboxHost.StartAsync(
            o => (o.EnableWorker, o.DegradedParkedCount, o.DegradedDeadLetterCount) = (false, 2, 2),
            services => AddHealthCheck(services, TimeProvider.System));
        await host.EnqueueManyAsync(TestEmail.Many(2));
        var before = await CheckAsync(host);
        await (state == OutboxState.Unknown ? host.Tables.ParkAsync() : host.Tables.EndAsync(state));

        var result = await CheckAsync(host);

        Assert.Equal(HealthStatus.Healthy, before.Status);
        Assert.Equal(HealthStatus.Degraded, result.Status);
        Assert.StartsWith(text, result.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_health_check_names_an_index_that_is_missing_with_the_statement_until_it_is_there_again()
    {
        await using var host = await OutboxHost.StartAsync(
            o => o.EnableWorker = false, services => AddHealthCheck(services, TimeProvider.System));
        await host.Tables.DropHeldIndexAsync();

        var result = await CheckAsync(host);

        Assert.Equal(HealthStatus.Degraded, result.Status);
        const string Expected = "The index smtp_outbox_email_held is missing. Run: CREATE INDEX smtp_outbox_email_held ON";
        Assert.StartsWith(Expected, result.Description, StringComparison.Ordinal);
        await host.Tables.MendAsync(result.Description!.Split("Run: ")[1].Split(" Due emails")[0]);
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(host)).Status);
    }

    [Fact]
    public async Task The_health_check_is_unhealthy_if_the_database_cannot_be_used()
    {
        await using var host = await OutboxHost.StartAsync(
            o => o.EnableWorker = false, services => AddHealthCheck(services, TimeProvider.System));
        await host.Tables.HideAsync();

        var result = await CheckAsync(host);

        Assert.Equal(HealthStatus.Unhealthy, result.Status);
        Assert.NotNull(result.Exception);
    }

    [Fact]
    public async Task The_health_check_is_unhealthy_and_names_the_part_of_the_worker_that_has_stopped()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false, services => AddHealthCheck(services, time));
        var (loops, lifetime) = (host.Services.GetRequiredService<WorkerLoops>(), host.Services.GetRequiredService<WorkerLifetime>());
        var interval = TimeSpan.FromSeconds(5);
        var begun = new TaskCompletionSource();
        var running = loops.RunAsync(
            "claims", interval,
            token =>
            {
                begun.SetResult();
                return new TaskCompletionSource().Task.WaitAsync(token);
            },
            _ => Task.CompletedTask);
        await begun.Task.WaitAsync(Cancellation);

        time.Advance(interval * 3);
        var before = await CheckAsync(host);
        time.Advance(TimeSpan.FromSeconds(1));
        var after = await CheckAsync(host);

        await lifetime.StopAsync();
        await running;
        Assert.Equal((HealthStatus.Healthy, 15d), (before.Status, before.Data["claims.lastRunSeconds"]));
        Assert.Equal(HealthStatus.Unhealthy, after.Status);
        Assert.StartsWith("A part of the worker has stopped: claims. ", after.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Probes_within_five_seconds_share_what_is_read_unless_it_could_not_be_read()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var calls = new CountedCalls();
        await using var host = await OutboxHost.StartAsync(
            o => (o.EnableWorker, o.Connections) = (false, new FaultingDbProviderFactory(SqliteFactory.Instance, calls)),
            services => AddHealthCheck(services, time));
        await ProbeAsync();
        await host.EnqueueAsync(TestEmail.To("ann"));
        calls.Count = 0;

        time.Advance(TimeSpan.FromSeconds(4.9));
        var shared = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ProbeAsync()));
        Assert.Equal(0, calls.Count);
        time.Advance(TimeSpan.FromSeconds(0.2));
        var fresh = await ProbeAsync();
        calls.Failure = new InvalidOperationException("away");
        time.Advance(TimeSpan.FromSeconds(5));
        var failed = await ProbeAsync();
        calls.Failure = null;
        var back = await ProbeAsync();

        Assert.All(shared, result => Assert.Equal(0L, result.Data["due"]));
        Assert.Equal((1L, HealthStatus.Unhealthy, 1L), (fresh.Data["due"], failed.Status, back.Data["due"]));

        async Task<HealthReportEntry> ProbeAsync() =>
            (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancellation)).Entries["smtp-outbox"];
    }

    private static void AddHealthCheck(IServiceCollection services, TimeProvider time)
    {
        services.AddSingleton(time);
        services.AddLogging();
        services.AddHealthChecks().AddSmtpOutbox();
    }

    private static async Task<HealthReportEntry> CheckAsync(OutboxHost host)
    {
        host.Services.GetRequiredService<HealthReading>().Invalidate();
        return (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancellation)).Entries["smtp-outbox"];
    }

    /// <summary>Counts what is asked, and lets it fail.</summary>
    private sealed class CountedCalls : IDatabaseCalls
    {
        public int Count { get; set; }

        public Exception? Failure { get; set; }

        public Task<T> RunAsync<T>(DatabaseCall call, Func<Task<T>> run, CancellationToken cancellationToken)
        {
            Count++;
            return Failure is null ? run() : throw Failure;
        }
    }
}
