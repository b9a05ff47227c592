using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>The health check.</summary>
public sealed class OutboxHealthCheckTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_health_check_reports_overdue_emails_and_those_that_need_a_decision()
    {
        var clock = new MovableClock();
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false, services => AddHealthCheck(services, clock));
        await host.EnqueueAsync(TestEmail.To("ann"));

        var healthy = await CheckAsync(host);
        clock.Offset = TimeSpan.FromMinutes(20);
        await host.Outbox.PauseAsync(Cancellation);
        var degraded = await CheckAsync(host);

        Assert.Equal(HealthStatus.Healthy, healthy.Status);
        Assert.Equal(1L, healthy.Data["due"]);
        Assert.Equal(HealthStatus.Degraded, degraded.Status);
        Assert.Equal("An email has been due for 20 minutes; the sending is paused.", degraded.Description);
        Assert.Equal(true, degraded.Data["paused"]);
        Assert.Equal(0L, degraded.Data["unknown"]);
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

    private static void AddHealthCheck(IServiceCollection services, TimeProvider time)
    {
        services.AddSingleton(time);
        services.AddLogging();
        services.AddHealthChecks().AddSmtpOutbox();
    }

    private static async Task<HealthReportEntry> CheckAsync(OutboxHost host) =>
        (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancellation)).Entries["smtp-outbox"];
}
