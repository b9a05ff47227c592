using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.AppTests.Aspire;

/// <summary>What an application gets by the name of its connection.</summary>
public sealed class ClientIntegrationTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("smtp://localhost:{0}?AcceptUnsecureConnection=true")]
    [InlineData("Endpoint=smtp://localhost:{0};AcceptUnsecureConnection=true")]
    public async Task Connection_string_gives_a_transporter_a_health_check_traces_and_metrics(string connection)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        var (spans, metrics) = (new List<System.Diagnostics.Activity>(), new List<Metric>());
        var builder = NewBuilder(("ConnectionStrings:mail", string.Format(null, connection, server.Port)), ("mail:SendTimeout", "20"));
        builder.AddSmtpTransporter("mail");
        builder.Services.AddOpenTelemetry()
            .WithTracing(t => t.AddInMemoryExporter(spans))
            .WithMetrics(m => m.AddInMemoryExporter(metrics));
        using var host = builder.Build();
        await host.StartAsync(Cancellation);

        var result = await host.Services.GetRequiredService<ISmtpTransporter>().SendAsync(
            new Email { From = "app@example.com", To = "ann@example.org", Subject = "Hello", TextBody = "Hello" }, Cancellation);
        var health = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancellation);
        host.Services.GetRequiredService<TracerProvider>().ForceFlush();
        host.Services.GetRequiredService<MeterProvider>().ForceFlush();
        await host.StopAsync(Cancellation);

        Assert.True(result.Success, result.ToString());
        Assert.Equal(HealthStatus.Healthy, health.Entries["mail"].Status);
        Assert.Contains(spans, s => s.OperationName == "smtp send");
        Assert.Contains(metrics, m => m.Name == "smtp.client.send.duration");
    }

    [Fact]
    public async Task Further_connection_has_its_name_as_its_key()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        var builder = NewBuilder(("ConnectionStrings:news", $"smtp://localhost:{server.Port}?acceptUnsecureConnection=true"));
        builder.AddKeyedSmtpTransporter("news");
        using var host = builder.Build();
        await host.StartAsync(Cancellation);

        var status = await host.Services.GetRequiredKeyedService<ISmtpTransporter>("news").CheckConnectionAsync(Cancellation);
        var health = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancellation);
        await host.StopAsync(Cancellation);

        Assert.True(status.Success, status.ToString());
        Assert.Equal(HealthStatus.Healthy, health.Entries["news"].Status);
    }

    [Fact]
    public void Meter_of_the_outbox_has_the_name_that_is_added() => Assert.Equal("SmtpTransporter.Outbox", OutboxTelemetry.Name);

    private static HostApplicationBuilder NewBuilder(params (string Key, string? Value)[] settings)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, s.Value)));
        return builder;
    }
}
