using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.AppTests.DependencyInjection;

public sealed class HealthTests : HostTest
{
    [Theory]
    [InlineData(20, HealthStatus.Healthy)]
    [InlineData(13, HealthStatus.Degraded)]
    public async Task A_certificate_that_expires_soon_degrades_the_health(int daysBeforeItsEnd, HealthStatus expected)
    {
        await using var server = SmtpTestServer.Start();
        var clock = new FakeTimeProvider(new DateTimeOffset(server.Certificate!.NotAfter.ToUniversalTime(), TimeSpan.Zero)
            .AddDays(-daysBeforeItsEnd));
        using var host = Host(s =>
        {
            s.AddSmtpTransporter(_ => server.ToServerOptions()).AddSingleton<TimeProvider>(clock).AddLogging();
            s.AddHealthChecks().AddSmtpTransporter();
        });

        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancellation);

        Assert.Equal(expected, report.Entries["smtp"].Status);
        Assert.Equal(250, report.Entries["smtp"].Data["status"]);
        Assert.Empty(server.Messages);
    }

    [Fact]
    public async Task A_server_that_refuses_the_password_has_the_failure_status()
    {
        await using var server = SmtpTestServer.Start(new() { Users = new Dictionary<string, string> { ["me"] = "right" } });
        using var host = Host(s =>
        {
            s.AddKeyedSmtpTransporter("a", _ => server.ToServerOptions() with { User = "me", Password = "wrong-one" }).AddLogging();
            s.AddHealthChecks().AddSmtpTransporter("first", "a").AddSmtpTransporter("second", "a", HealthStatus.Degraded);
        });

        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancellation);

        Assert.Equal((HealthStatus.Unhealthy, HealthStatus.Degraded), (report.Entries["first"].Status, report.Entries["second"].Status));
        Assert.StartsWith("Failed 535 ", report.Entries["first"].Description);
        Assert.DoesNotContain("wrong-one", report.Entries["first"].Description);
    }
}
