using System.Diagnostics;
using System.Text.RegularExpressions;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using SmtpTransport.AppTests.Outbox;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.AppTests.Telemetry;

/// <summary>What OpenTelemetry's exporters get: the tables of the telemetry page, for each outcome.</summary>
public partial class OpenTelemetryTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Outcome.Accepted, null)]
    [InlineData(Outcome.PartiallyAccepted, "550")]
    [InlineData(Outcome.Refused, "554")]
    [InlineData(Outcome.Deferred, "451")]
    [InlineData(Outcome.NotSent, "3101")]
    [InlineData(Outcome.Unknown, "6002")]
    public async Task Each_outcome_is_exported_as_documented(Outcome outcome, string? error)
    {
        var (spans, metrics) = (new List<Activity>(), new List<Metric>());
        var server = SmtpTestServer.Start(new() { Users = new Dictionary<string, string> { ["me@example.com"] = "hush-hush" } });
        await using var _ = server;
        var port = server.Port;
        switch (outcome)
        {
            case Outcome.PartiallyAccepted:
                server.Script.On(SmtpStep.RcptTo, "bob").Reply(550, "5.1.1 <bob@example.org>: no such user");
                break;
            case Outcome.Refused:
                server.Script.On(SmtpStep.EndOfData).Reply(554, "5.6.0 <ann@example.org> refused");
                break;
            case Outcome.Deferred:
                server.Script.On(SmtpStep.MailFrom).Reply(451, "4.3.0 later");
                break;
            case Outcome.Unknown:
                server.Script.On(SmtpStep.EndOfData).Close();
                break;
        }
        var options = server.ToServerOptions() with { User = "me@example.com", Password = "hush-hush" };
        if (outcome == Outcome.NotSent)
            await server.DisposeAsync();

        using (var tracing = Sdk.CreateTracerProviderBuilder().AddSource(SmtpTelemetry.Name).AddInMemoryExporter(spans).Build())
        using (var metering = Sdk.CreateMeterProviderBuilder().AddMeter(SmtpTelemetry.Name).AddInMemoryExporter(metrics).Build())
        {
            await using (var transporter = new SmtpTransporter(options))
            {
                var email = new Email
                {
                    From = "me@example.com",
                    To = "ann@example.org, bob@example.org",
                    Subject = "Confidential",
                    TextBody = "Hi",
                };
                Assert.Equal(outcome, (await transporter.SendAsync(email, Cancellation)).Outcome);
            }
            metering.ForceFlush();
        }

        // Other tests of this process send meanwhile: what is ours has our port.
        var own = spans.Where(s => spans.Any(o => o.TraceId == s.TraceId && Equals(o.GetTagItem("server.port"), port))).ToList();
        var send = Assert.Single(own, s => s.OperationName == "smtp send");
        Assert.Equal((outcome.ToString(), error), (send.GetTagItem("smtp.outcome"), send.GetTagItem("error.type")));
        var points = new List<(string Name, Dictionary<string, object?> Tags)>();
        foreach (var metric in metrics)
        {
            foreach (ref readonly var point in metric.GetMetricPoints())
            {
                var tags = new Dictionary<string, object?>();
                foreach (var tag in point.Tags)
                    tags[tag.Key] = tag.Value;
                if (Equals(tags.GetValueOrDefault("server.port"), port))
                    points.Add((metric.Name, tags));
            }
        }
        Assert.Contains(points, p => p.Name == "smtp.client.send.duration" && Equals(p.Tags["smtp.outcome"], outcome.ToString()) && Equals(
            p.Tags.GetValueOrDefault("error.type"), error));
        Assert.Contains(points, p => p.Name == "smtp.client.recipients");

        // Every name that goes out is on the telemetry page, and nothing of a person goes out.
        var page = File.ReadAllText(Path.Combine(Root(), "docs", "telemetry.md"));
        var names = own.Select(s => s.OperationName).Concat(own.SelectMany(s => s.TagObjects.Select(t => t.Key)))
            .Concat(points.Select(p => p.Name)).Concat(points.SelectMany(p => p.Tags.Keys)).Distinct();
        Assert.All(names, name => Assert.Contains($"`{name}`", page, StringComparison.Ordinal));
        var all = string.Join("\n", own.SelectMany(s => s.TagObjects.Select(t => $"{t.Value}").Append(s.StatusDescription)).Concat(
            points.SelectMany(p => p.Tags.Values.Select(v => $"{v}"))));
        Assert.DoesNotMatch(Personal(), all);
    }

    [Fact]
    public async Task A_send_of_the_outbox_is_traced_even_if_the_start_of_the_application_is_not()
    {
        var spans = new List<Activity>();
        int port;
        using (Sdk.CreateTracerProviderBuilder().AddSource(SmtpTelemetry.Name).AddInMemoryExporter(spans).Build())
        {
            using var start = new Activity("start").Start();
            Assert.False(start.Recorded);
            await using var host = await OutboxPageHost.StartAsync();
            await host.EnqueueAsync("Hello", OutboxState.Sent, Cancellation);
            port = host.Server.Port;
        }

        var send = Assert.Single(spans, s => s.OperationName == "smtp send" && Equals(s.GetTagItem("server.port"), port));
        Assert.Equal(default, send.ParentSpanId);
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "SmtpTransporter.sln")))
            folder = folder.Parent!;
        return folder.FullName;
    }

    [GeneratedRegex("ann@|bob@|me@|Confidential|hush-hush")]
    private static partial Regex Personal();
}
