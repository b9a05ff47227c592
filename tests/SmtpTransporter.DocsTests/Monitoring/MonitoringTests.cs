using System.Diagnostics;
using Xunit;

namespace SmtpTransport.DocsTests;

/// <summary>
/// The dashboard and the alerts have the metrics of the telemetry page, and Prometheus' own promtool takes them. WRITE_MONITORING=1 writes
/// the files anew.
/// </summary>
public sealed class MonitoringTests
{
    private const string Scenarios = "tests/SmtpTransporter.DocsTests/Monitoring/alerts.test.yaml";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void The_dashboard_shows_every_metric() =>
        Assert.Empty(MetricTable.OfPage.Names.Except(MonitoringFiles.Panels.SelectMany(p => MetricTable.OfPage.FindNames(p.Query))));

    [Fact]
    public void The_dashboard_and_the_alerts_are_written_from_the_metrics()
    {
        var files = new[]
        {
            (MonitoringFiles.DashboardFile, MonitoringFiles.WriteDashboard()), (MonitoringFiles.AlertsFile, MonitoringFiles.WriteAlerts()),
        };
        if (Environment.GetEnvironmentVariable("WRITE_MONITORING") == "1")
            Array.ForEach(files, file => File.WriteAllText(Repository.PathOf(file.Item1), file.Item2));

        Assert.All(files, file => Assert.Equal(file.Item2, Repository.Read(file.Item1)));
    }

    [Fact]
    public async Task Prometheus_takes_every_query_and_each_alert_fires_when_it_should()
    {
        var queries = MonitoringFiles.Panels.Select((panel, i) => $"  - record: panel:{i}\n    expr: '{ToQuery(panel)}'\n");
        var folder = Directory.CreateTempSubdirectory("monitoring");
        var file = Path.Combine(folder.FullName, "queries.yaml");
        await File.WriteAllTextAsync(file, "groups:\n- name: panels\n  rules:\n" + string.Concat(queries), Cancellation);

        var panels = await RunAsync("check", "rules", file);
        var alerts = await RunAsync("check", "rules", Repository.PathOf(MonitoringFiles.AlertsFile));
        var firing = await RunAsync("test", "rules", Repository.PathOf(Scenarios));

        folder.Delete(recursive: true);
        Assert.Contains($"SUCCESS: {MonitoringFiles.Panels.Count} rules found", panels, StringComparison.Ordinal);
        Assert.Contains($"SUCCESS: {MonitoringFiles.Alerts.Count} rules found", alerts, StringComparison.Ordinal);
        Assert.True(firing.TrimEnd().EndsWith("SUCCESS", StringComparison.Ordinal), firing);
        // Each alert is tried where it fires and where it does not.
        var tried = Repository.Read(Scenarios).Split('\n').Where(line => line.Contains("alertname: ", StringComparison.Ordinal))
            .CountBy(line => line.Split(' ')[^1]).ToDictionary();
        Assert.All(MonitoringFiles.Alerts, alert => Assert.Equal(2, tried[alert.Name]));
    }

    private static string ToQuery(Panel panel) =>
        MetricTable.OfPage.ToPromQl(panel.Query).Replace("$__rate_interval", "5m", StringComparison.Ordinal);

    private static async Task<string> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("promtool", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = process.StandardError.ReadToEndAsync(Cancellation);
        var output = await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        return output + await error;
    }
}
