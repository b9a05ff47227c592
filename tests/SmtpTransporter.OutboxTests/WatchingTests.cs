using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>Metrics, health, and options.</summary>
public sealed class WatchingTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string, Action<OutboxOptions>> WrongOptions => new()
    {
        { nameof(OutboxOptions.MaxConcurrency), o => o.MaxConcurrency = 0 },
        { nameof(OutboxOptions.MaxConcurrency), o => o.MaxConcurrency = 101 },
        { nameof(OutboxOptions.InitialRetryDelay), o => o.InitialRetryDelay = TimeSpan.Zero },
        { nameof(OutboxOptions.MaxRetryDelay), o => o.MaxRetryDelay = TimeSpan.FromSeconds(1) },
        { nameof(OutboxOptions.MaxRetryDelay), o => o.MaxRetryDelay = TimeSpan.MaxValue },
        { nameof(OutboxOptions.RetryJitter), o => o.RetryJitter = 1.1 },
        { nameof(OutboxOptions.RetryJitter), o => o.RetryJitter = double.NaN },
        { nameof(OutboxOptions.ExpireAfter), o => o.ExpireAfter = TimeSpan.Zero },
        { nameof(OutboxOptions.ExpireAfter), o => o.ExpireAfter = TimeSpan.MaxValue },
        { nameof(OutboxOptions.RetentionPeriod), o => o.RetentionPeriod = TimeSpan.FromDays(-1) },
        { nameof(OutboxOptions.RetentionPeriod), o => o.RetentionPeriod = TimeSpan.MaxValue },
        { nameof(OutboxOptions.OnUnknownDelay), o => o.OnUnknownDelay = TimeSpan.FromSeconds(-1) },
        { nameof(OutboxOptions.DegradedAfter), o => o.DegradedAfter = TimeSpan.Zero },
    };

    [Fact]
    public async Task The_meter_counts_what_is_stored_tried_and_given_up_and_what_waits()
    {
        using var outbox = new Measurements();
        await using var host = await OutboxHost.StartAsync();
        outbox.ListenTo(host.Services.GetRequiredService<OutboxMeter>());
        host.Server.Script.On(SmtpStep.RcptTo, "bob").Reply(550, "5.1.1 Unknown");
        var ann = await host.Outbox.EnqueueAsync(Mail("ann@example.org"), idempotencyKey: "one", cancellationToken: Cancellation);
        await host.Outbox.EnqueueAsync(Mail("ann@example.org"), idempotencyKey: "one", cancellationToken: Cancellation);
        var bob = await host.Outbox.EnqueueAsync(Mail("bob@example.org"), cancellationToken: Cancellation);
        await host.Outbox.EnqueueAsync(Mail("cid@example.org"), sendAt: DateTimeOffset.UtcNow.AddDays(1), cancellationToken: Cancellation);
        await host.UntilAsync(ann, OutboxState.Sent);
        await host.UntilAsync(bob, OutboxState.DeadLettered);
        // It is counted just after it is written down.
        while (double.IsNaN(outbox["smtp.outbox.tries Accepted"]) || double.IsNaN(outbox["smtp.outbox.dead_letters"]))
            await Task.Delay(10, Cancellation);

        await host.Services.GetRequiredService<Sweeper>().SweepAsync(Cancellation);
        outbox.Read();

        Assert.Equal(3, outbox["smtp.outbox.enqueued"]);
        Assert.Equal(1, outbox["smtp.outbox.tries Accepted"]);
        Assert.Equal(1, outbox["smtp.outbox.tries Refused"]);
        Assert.Equal(1, outbox["smtp.outbox.dead_letters"]);
        Assert.Equal(1, outbox["smtp.outbox.mails Sent"]);
        Assert.Equal(1, outbox["smtp.outbox.mails Waiting"]);
        Assert.Equal(0, outbox["smtp.outbox.mails Unknown"]);
        Assert.Equal(0, outbox["smtp.outbox.oldest_due"]);
    }

    [Fact]
    public async Task The_health_check_tells_what_waits_too_long_and_what_needs_a_decision()
    {
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false, AddHealthCheck);
        await host.Outbox.EnqueueAsync(Mail("ann@example.org"), cancellationToken: Cancellation);

        var healthy = await CheckAsync(host);
        await host.AskAsync("UPDATE smtp_outbox SET due_at = due_at - 1200000");
        await host.Outbox.PauseAsync(Cancellation);
        var degraded = await CheckAsync(host);

        Assert.Equal(HealthStatus.Healthy, healthy.Status);
        Assert.Equal(1L, healthy.Data["due"]);
        Assert.Equal(HealthStatus.Degraded, degraded.Status);
        Assert.Equal("A mail has been due for 20 minutes: the sending is paused.", degraded.Description);
        Assert.Equal(true, degraded.Data["paused"]);
        Assert.Equal(0L, degraded.Data["unknown"]);
    }

    [Fact]
    public async Task The_health_check_fails_where_the_database_cannot_be_used()
    {
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false, AddHealthCheck);
        await host.AskAsync("ALTER TABLE smtp_outbox RENAME TO gone");

        var result = await CheckAsync(host);

        Assert.Equal(HealthStatus.Unhealthy, result.Status);
        Assert.NotNull(result.Exception);
    }

    [Theory]
    [MemberData(nameof(WrongOptions))]
    public void A_wrong_option_is_named_at_once(string name, Action<OutboxOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);

        var exception = Assert.Throws<ArgumentException>(() => new ServiceCollection().AddSmtpOutbox(o =>
        {
            o.UseSqlite("Data Source=unused.db");
            configure(o);
        }));

        Assert.Equal(name, exception.ParamName);
        Assert.Contains("allowed: ", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_outbox_without_a_database_and_a_second_one_are_refused()
    {
        Assert.Contains("UseSqlite", Assert.Throws<ArgumentException>(() => new ServiceCollection().AddSmtpOutbox(_ => { })).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => new ServiceCollection().AddSmtpOutbox("Data Source=unused.db").AddSmtpOutbox("Data Source=unused.db"));
    }

    private static void AddHealthCheck(IServiceCollection services)
    {
        services.AddLogging();
        services.AddHealthChecks().AddSmtpOutbox();
    }

    private static async Task<HealthReportEntry> CheckAsync(OutboxHost host) =>
        (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancellation)).Entries["smtp-outbox"];

    private static Email Mail(string to) => new() { From = "shop@example.com", To = to, Subject = "Hello", TextBody = "Hello" };

    /// <summary>What one outbox's meter says; other tests run at the same time.</summary>
    private sealed class Measurements : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly Dictionary<string, double> _values = [];

        public double this[string name]
        {
            get
            {
                lock (_values)
                    return _values.GetValueOrDefault(name, double.NaN);
            }
        }

        public void ListenTo(OutboxMeter meter)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (meter.Owns(instrument))
                    listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
            _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
            _listener.Start();
        }

        public void Read() => _listener.RecordObservableInstruments();

        public void Dispose() => _listener.Dispose();

        private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var name = tags.Length == 0 ? instrument.Name : $"{instrument.Name} {tags[0].Value}";
            lock (_values)
                _values[name] = value + (instrument.IsObservable ? 0 : _values.GetValueOrDefault(name));
        }
    }
}
