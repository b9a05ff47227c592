using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests the spans, metrics and log messages of the telemetry page. Each test observes the port of its own server.</summary>
public class TelemetryTests : SocketTest
{
    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_send_is_a_span_with_its_steps_as_children(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users });
        using var observed = new Listener(server.Port);
        using var transporter = new SmtpTransporter(server.ToServerOptions());

        AssertAccepted(await SendAsync(transporter, async));
        AssertAccepted(await SendAsync(transporter, async));

        var sends = observed.Spans.Where(s => s.OperationName == "smtp send").ToList();
        Assert.Equal(2, sends.Count);
        Assert.Equal(["smtp wait", "smtp connect", "smtp transaction"], Below(sends[0]));
        Assert.Equal(["smtp wait", "smtp transaction"], Below(sends[1]));
        var connect = observed.Spans.Single(s => s.OperationName == "smtp connect");
        Assert.Equal(["smtp tls", "smtp authenticate"], Below(connect));
        Assert.Equal("SCRAM-SHA-256", connect.GetTagItem("smtp.auth.mechanism"));
        Assert.Matches("^1\\.[23]$", (string)connect.GetTagItem("tls.protocol.version")!);
        Assert.Equal(("smtp", "localhost", server.Port, "Accepted", 1, 250), (
            sends[0].GetTagItem("network.protocol.name"), sends[0].GetTagItem("server.address"), sends[0].GetTagItem("server.port"),
            sends[0].GetTagItem("smtp.outcome"), sends[0].GetTagItem("smtp.recipient.count"),
            sends[0].GetTagItem("smtp.response.status_code")));
        Assert.Equal((long)server.Messages[0].Raw.Length, sends[0].GetTagItem("smtp.message.size"));
        Assert.Equal("2.0.0", sends[0].GetTagItem("smtp.response.enhanced_status_code"));
        Assert.Null(sends[0].GetTagItem("error.type"));
        Assert.Equal(ActivityKind.Client, sends[0].Kind);

        IEnumerable<string> Below(Activity parent) =>
            observed.Spans.Where(s => s.ParentSpanId == parent.SpanId).OrderBy(s => s.StartTimeUtc).Select(s => s.OperationName);
    }

    [Theory]
    [InlineData(Outcome.Accepted, null)]
    [InlineData(Outcome.PartiallyAccepted, "550")]
    [InlineData(Outcome.Refused, "554")]
    [InlineData(Outcome.Deferred, "451")]
    [InlineData(Outcome.NotSent, "3101")]
    [InlineData(Outcome.Unknown, "6002")]
    public async Task Each_outcome_is_in_span_metrics_and_log_without_personal_data(Outcome outcome, string? error)
    {
        var server = SmtpTestServer.Start();
        await using var _ = server;
        var log = new LogBook();
        using var observed = new Listener(server.Port);
        using var transporter = new SmtpTransporter(server.ToServerOptions() with { Logger = log });
        switch (outcome)
        {
            case Outcome.PartiallyAccepted:
                server.Script.On(SmtpStep.RcptTo, "bob@example.org").Reply(550, "5.1.1 <bob@example.org>: no such user");
                break;
            case Outcome.Refused:
                server.Script.On(SmtpStep.EndOfData).Reply(554, "5.6.0 Mail of me@example.com to \"ann\"@example.org refused");
                break;
            case Outcome.Deferred:
                server.Script.On(SmtpStep.MailFrom).Reply(451, "4.3.0 <me@example.com> later");
                break;
            case Outcome.NotSent:
                await server.DisposeAsync();
                break;
            case Outcome.Unknown:
                server.Script.On(SmtpStep.EndOfData).Close();
                break;
        }
        var email = NewMail("ann@example.org, bob@example.org");
        email.Subject = "Confidential";

        var result = await transporter.SendAsync(email, Cancellation);

        Assert.Equal(outcome, result.Outcome);
        var span = observed.Spans.Single(s => s.OperationName == "smtp send");
        Assert.Equal((outcome.ToString(), error), (span.GetTagItem("smtp.outcome"), span.GetTagItem("error.type")));
        Assert.Equal(result.FailedStep?.ToString(), span.GetTagItem("smtp.failed_step"));
        Assert.Equal(error is null ? ActivityStatusCode.Unset : ActivityStatusCode.Error, span.Status);
        var duration = observed.Measured.Single(m => m.Name == "smtp.client.send.duration");
        Assert.Equal((outcome.ToString(), error), (duration.Tags["smtp.outcome"], duration.Tags.GetValueOrDefault("error.type")));
        Assert.Equal(2, observed.Measured.Where(m => m.Name == "smtp.client.recipients").Sum(m => m.Value));
        var begin = $"Email {result.MessageId} over localhost:{server.Port}: {outcome} ";
        var entry = log.Entries.Single(e => e.Text.StartsWith(begin, StringComparison.Ordinal));
        Assert.Equal(outcome == Outcome.Accepted ? LogLevel.Debug : LogLevel.Warning, entry.Level);
        Assert.Contains(
            outcome == Outcome.Accepted ? "recipients: 2" : $"(error {error}, step {result.FailedStep})", entry.Text,
            StringComparison.Ordinal);
        Assert.DoesNotContain(log.Entries, e => e.Text.Contains("(null)", StringComparison.Ordinal));
        var everything = string.Join("\n", [
            .. observed.Spans.SelectMany(s => s.TagObjects.Select(t => $"{t.Key}={t.Value}").Append(s.StatusDescription)),
            .. observed.Measured.SelectMany(m => m.Tags.Select(t => $"{t.Key}={t.Value}")), .. log.Entries.Select(e => e.Text)]);
        Assert.DoesNotMatch(
            "ann@|bob@|me@example\\.com|Confidential|\"ann\"", everything.Replace(result.MessageId, "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_became_of_the_emails_is_counted_in_one_line_a_minute()
    {
        await using var server = SmtpTestServer.Start();
        server.Script.On(SmtpStep.RcptTo, "bob@example.org").Reply(550, "5.1.1 No");
        var (log, time) = (new LogBook(), new FakeTimeProvider());
        var transporter = new SmtpTransporter(server.ToServerOptions() with { Logger = log }, time);
        AssertAccepted(await transporter.SendAsync(NewMail(), Cancellation));
        AssertAccepted(await transporter.SendAsync(NewMail(), Cancellation));
        await transporter.SendAsync(NewMail("bob@example.org"), Cancellation);

        Assert.Empty(Summaries());
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(
            [$"Emails over localhost:{server.Port} in 60 s: 2 accepted, 0 accepted in part, 1 refused, 0 deferred, 0 not sent, 0 unknown"],
            Summaries());
        time.Advance(TimeSpan.FromMinutes(5));
        Assert.Single(Summaries());
        AssertAccepted(await transporter.SendAsync(NewMail(), Cancellation));
        await transporter.DisposeAsync();
        Assert.Equal(2, Summaries().Count());
        Assert.Contains(": 1 accepted, 0 accepted in part, 0 refused,", Summaries().Last(), StringComparison.Ordinal);

        IEnumerable<string> Summaries() => log.Entries.Where(e => e.Level == LogLevel.Information).Select(e => e.Text);
    }

    [Fact]
    public async Task An_interval_of_zero_switches_the_summary_off()
    {
        await using var server = SmtpTestServer.Start();
        var log = new LogBook();
        var options = server.ToServerOptions() with { Logger = log, LogSummaryInterval = TimeSpan.Zero };
        await using (var transporter = new SmtpTransporter(options))
            AssertAccepted(await transporter.SendAsync(NewMail(), Cancellation));

        Assert.All(log.Entries, e => Assert.Equal(LogLevel.Debug, e.Level));
    }

#if NET9_0_OR_GREATER
    [Fact]
    public void Histograms_advise_buckets_that_fit_SMTP()
    {
        var buckets = new Dictionary<string, double[]>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name != SmtpTelemetry.Name)
                    return;
                if (instrument is Histogram<double> { Advice: { } seconds })
                    buckets[instrument.Name] = [.. seconds.HistogramBucketBoundaries!];
                if (instrument is Histogram<long> { Advice: { } octets })
                    buckets[instrument.Name] = [.. octets.HistogramBucketBoundaries!.Select(b => (double)b)];
            },
        };
        SmtpMetrics.SwitchOn();
        SmtpMetrics.Waited(new ServerOptions(), TimeSpan.Zero);
        listener.Start();

        Assert.Equal(
            ["smtp.client.message.size", "smtp.client.send.duration", "smtp.client.wait.duration"], buckets.Keys.Order());
        Assert.Equal((0.005, 100), (buckets["smtp.client.send.duration"][0], buckets["smtp.client.send.duration"][^1]));
        Assert.Equal((1000, 50_000_000), (buckets["smtp.client.message.size"][0], buckets["smtp.client.message.size"][^1]));
    }
#endif

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_send_that_a_handler_has_failed_is_reported_as_every_other(bool async)
    {
        await using var server = SmtpTestServer.Start();
        var log = new LogBook();
        using var observed = new Listener(server.Port);
        using var transporter = new SmtpTransporter(server.ToServerOptions() with { Logger = log, Handlers = [new NoHandler()] });

        AssertNotSent(await SendAsync(transporter, async), SmtpErrorCodes.CallbackFailed, "conf");

        var span = observed.Spans.Single(s => s.OperationName == "smtp send");
        Assert.Equal(("NotSent", "1002"), (span.GetTagItem("smtp.outcome"), span.GetTagItem("error.type")));
        Assert.Equal("Prepare", span.GetTagItem("smtp.failed_step"));
        var duration = observed.Measured.Single(m => m.Name == "smtp.client.send.duration");
        Assert.Equal(("NotSent", "1002"), (duration.Tags["smtp.outcome"], duration.Tags["error.type"]));
        Assert.Single(log.Entries, e => e.Level == LogLevel.Warning);
        Assert.DoesNotContain(log.Entries, e => e.Text.Contains("ann@", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Personal_data_is_reported_only_if_the_options_allow_it()
    {
        await using var server = SmtpTestServer.Start();
        server.Script.On(SmtpStep.RcptTo).Reply(550, "5.1.1 <ann@example.org>: no such user");
        var log = new LogBook();
        using var observed = new Listener(server.Port);
        using var transporter = new SmtpTransporter(server.ToServerOptions() with { Logger = log, IncludePersonalDataInTelemetry = true });

        await transporter.SendAsync(NewMail(), Cancellation);

        var span = observed.Spans.Single(s => s.OperationName == "smtp send");
        Assert.Equal("Hello", span.GetTagItem("smtp.message.subject"));
        Assert.Equal("me@example.com", span.GetTagItem("smtp.envelope.from"));
        Assert.Equal(["ann@example.org"], (string[])span.GetTagItem("smtp.envelope.to")!);
        Assert.Contains(log.Entries, e => e.Text.Contains("<ann@example.org>", StringComparison.Ordinal) && e.Text.Contains(
            "general.no-such-user", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Sizes_waits_connections_and_retries_are_measured()
    {
        await using var server = SmtpTestServer.Start();
        using var observed = new Listener(server.Port);
        var transporter = new SmtpTransporter(server.ToServerOptions());
        AssertAccepted(await transporter.SendAsync(NewMail(), Cancellation));
        // The server closes the idle connection by the reply to the next command: it accepted nothing of that message.
        server.Script.On(SmtpStep.MailFrom).Times(1).ReplyAndClose(421, "4.4.2 Idle for too long");
        AssertAccepted(await transporter.SendAsync(NewMail(), Cancellation));
        await transporter.DisposeAsync();

        Assert.Equal(
            [server.Messages[0].Raw.Length, server.Messages[1].Raw.Length],
            observed.Measured.Where(m => m.Name == "smtp.client.message.size").Select(m => (int)m.Value));
        Assert.Equal(2, observed.Measured.Count(m => m.Name == "smtp.client.wait.duration"));
        Assert.Equal("stale_connection", observed.Measured.Single(m => m.Name == "smtp.client.retries").Tags["smtp.retry.reason"]);
        var connections = observed.Measured.Where(m => m.Name == "smtp.client.connections").ToList();
        Assert.Equal([1, -1, 1, -1], connections.Where(m => Equals(m.Tags["smtp.connection.state"], "used")).Select(m => (int)m.Value));
        Assert.Equal(0, connections.Where(m => Equals(m.Tags["smtp.connection.state"], "idle")).Sum(m => m.Value));
    }

    [Fact]
    public async Task The_meter_of_MailKit_is_enabled()
    {
        await using var server = SmtpTestServer.Start();
        var connects = 0;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (instrument.Meter.Name == SmtpTelemetry.MailKitName)
                    l.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, _, _) => Interlocked.Increment(ref connects));
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => Interlocked.Increment(ref connects));
        listener.Start();
        await using (var transporter = new SmtpTransporter(server.ToServerOptions()))
            AssertAccepted(await transporter.SendAsync(NewMail(), Cancellation));

        Assert.True(connects > 0);
    }

    private sealed record Measurement(string Name, double Value, Dictionary<string, object?> Tags);

    private sealed class NoHandler : SendHandler
    {
        public override SendRequest OnSending(SendRequest request) =>
            throw new InvalidOperationException($"Nothing for {request.Email!.To} today");
    }

    private sealed class LogBook : ILogger
    {
        public ConcurrentQueue<(LogLevel Level, string Text)> Entries { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Entries.Enqueue((logLevel, formatter(state, exception)));
    }

    /// <summary>Observes the spans and metrics of one port.</summary>
    private sealed class Listener : IDisposable
    {
        private readonly int _port;
        private readonly ActivityListener _spans;
        private readonly MeterListener _metrics = new();
        private readonly ConcurrentQueue<Activity> _stopped = new();
        private readonly ConcurrentQueue<Measurement> _measured = new();

        public Listener(int port)
        {
            _port = port;
            _spans = new ActivityListener
            {
                ShouldListenTo = source => source.Name == SmtpTelemetry.Name,
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = _stopped.Enqueue,
            };
            ActivitySource.AddActivityListener(_spans);
            _metrics.InstrumentPublished = (instrument, listener) =>
                { if (instrument.Meter.Name == SmtpTelemetry.Name) listener.EnableMeasurementEvents(instrument); };
            _metrics.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
            _metrics.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
            _metrics.Start();
        }

        public IReadOnlyList<Activity> Spans
        {
            get
            {
                var traces = _stopped.Where(s => Equals(s.GetTagItem("server.port"), _port)).Select(s => s.TraceId).ToHashSet();
                return [.. _stopped.Where(s => traces.Contains(s.TraceId)).OrderBy(s => s.StartTimeUtc)];
            }
        }

        public IReadOnlyList<Measurement> Measured => [.. _measured];

        public void Dispose()
        {
            _spans.Dispose();
            _metrics.Dispose();
        }

        private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var known = tags.ToArray().ToDictionary(t => t.Key, t => t.Value);
            if (Equals(known.GetValueOrDefault("server.port"), _port))
                _measured.Enqueue(new Measurement(instrument.Name, value, known));
        }
    }
}
