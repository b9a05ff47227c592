using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>More than one outbox in an application.</summary>
public sealed class KeyedOutboxTests : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("outboxes").FullName;
    private readonly SmtpTestServer _server = SmtpTestServer.Start();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Outboxes_with_keys_send_each_its_own_emails()
    {
        using var host = await StartAsync(services => services.AddSmtpOutbox(Use("own"))
            .AddKeyedSmtpOutbox("tenant-a", Use("a")).AddKeyedSmtpOutbox("tenant-b", Use("b")));
        var (own, a, b) = (Find(host, null), Find(host, "tenant-a"), Find(host, "tenant-b"));
        await a.PauseAsync(Cancellation);

        var waiting = await a.EnqueueAsync(TestEmail.To("ann"), "order-1", cancellationToken: Cancellation);
        var sent = await b.EnqueueAsync(TestEmail.To("bob"), "order-1", cancellationToken: Cancellation);
        await UntilSentAsync(own, await own.EnqueueAsync(TestEmail.To("cid"), cancellationToken: Cancellation));
        await UntilSentAsync(b, sent);

        Assert.Equal(["bob@example.org", "cid@example.org"], _server.Messages.Select(m => m.Recipients[0]).Order(StringComparer.Ordinal));
        Assert.NotEqual(waiting, sent);
        Assert.Null(await b.GetAsync(waiting, Cancellation));
        Assert.Equal((true, false), (await a.IsPausedAsync(Cancellation), await b.IsPausedAsync(Cancellation)));
        await a.ResumeAsync(Cancellation);
        await UntilSentAsync(a, waiting);
        await host.StopAsync(Cancellation);
    }

    [Fact]
    public async Task Two_outboxes_at_the_same_place_are_refused_at_the_start()
    {
        var exception = await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            using var host = await StartAsync(
                services => services.AddSmtpOutbox(Use("a")).AddKeyedSmtpOutbox("tenant-a", o =>
                {
                    Use("a")(o);
                    o.TablePrefix = "other";
                }));
        });

        Assert.Contains(
            $"The outbox \"tenant-a\" has the file {_folder}/a.db, which another one uses (The outbox without a key).", exception.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_is_given_once_and_beside_it_there_may_be_an_outbox_without_one()
    {
        var services = new ServiceCollection().AddKeyedSmtpOutbox("tenant-a", Use("a")).AddSmtpOutbox(Use("own"));

        Assert.Throws<InvalidOperationException>(() => services.AddKeyedSmtpOutbox("tenant-a", Use("b")));
        Assert.Throws<InvalidOperationException>(() => services.AddSmtpOutbox(Use("b")));
    }

    [Fact]
    public async Task Each_outbox_has_its_health_check_and_its_metrics()
    {
        using var outbox = new Measurements();
        using var host = await StartAsync(services => services.AddKeyedSmtpOutbox("tenant-a", Use("a"))
            .AddHealthChecks().AddSmtpOutbox("a", key: "tenant-a").AddSmtpOutbox("unknown", key: "tenant-x"));
        outbox.ListenTo(host.Services.GetRequiredKeyedService<KeyedOutbox>("tenant-a").Services.GetRequiredService<OutboxMeter>());
        var a = Find(host, "tenant-a");

        await UntilSentAsync(a, await a.EnqueueAsync(TestEmail.To("ann"), cancellationToken: Cancellation));
        await outbox.UntilAsync("smtp.outbox.attempts Accepted tenant-a", Cancellation);
        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(r => r.Name == "a", Cancellation);
        var unknown = await Assert.ThrowsAsync<InvalidOperationException>(
            () => host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(r => r.Name == "unknown", Cancellation));

        Assert.Equal(1, outbox["smtp.outbox.enqueued tenant-a"]);
        Assert.Equal(HealthStatus.Healthy, report.Entries["a"].Status);
        Assert.Equal(
            "The outbox \"tenant-x\" was not added: call services.AddKeyedSmtpOutbox(\"tenant-x\", …). Known: The outbox \"tenant-a\".",
            unknown.Message);
        await host.StopAsync(Cancellation);
    }

    private static IOutbox Find(IHost host, string? key) => key is null
        ? host.Services.GetRequiredService<IOutbox>() : host.Services.GetRequiredKeyedService<IOutbox>(key);

    private static async Task UntilSentAsync(IOutbox outbox, Guid id)
    {
        await foreach (var entry in outbox.WatchAsync(id, Cancellation))
        {
            if (entry.IsFinal)
                Assert.Equal(OutboxState.Sent, entry.State);
        }
    }

    private Action<OutboxOptions> Use(string name) => options => options.UseSqlite($"Data Source={_folder}/{name}.db");

    private async Task<IHost> StartAsync(Action<IServiceCollection> add)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSmtpTransporter(_ => _server.ToServerOptions());
        add(builder.Services);
        var host = builder.Build();
        await host.StartAsync(Cancellation);
        return host;
    }
}
