using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>Two outboxes of one application in one database of a server.</summary>
public abstract class SharedDatabaseTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Outboxes_with_different_prefixes_in_one_database_do_not_meet()
    {
        await using var server = SmtpTestServer.Start();
        var use = await CreateDatabaseAsync();
        using var host = Build(server, ("a", "outbox_a", use), ("b", "outbox_b", use));
        await host.StartAsync(Cancellation);
        var (a, b) = (host.Services.GetRequiredKeyedService<IOutbox>("a"), host.Services.GetRequiredKeyedService<IOutbox>("b"));
        await a.PauseAsync(Cancellation);

        var waiting = await a.EnqueueAsync(TestEmail.To("ann"), "order-1", cancellationToken: Cancellation);
        var sent = await b.EnqueueAsync(TestEmail.To("bob"), "order-1", cancellationToken: Cancellation);
        await foreach (var entry in b.WatchAsync(sent, Cancellation))
            Assert.NotEqual(OutboxState.DeadLettered, entry.State);

        Assert.Equal(OutboxState.Waiting, (await a.GetAsync(waiting, Cancellation))!.State);
        Assert.Equal("bob@example.org", Assert.Single(server.Messages).Recipients[0]);
        foreach (var outbox in (IOutbox[])[a, b])
            Assert.Equal(1, (await outbox.CountAsync(Cancellation)).ByState.Values.Sum());
        await host.StopAsync(Cancellation);
    }

    [Fact]
    public async Task Two_outboxes_with_the_same_tables_are_refused_at_the_start()
    {
        await using var server = SmtpTestServer.Start();
        var use = await CreateDatabaseAsync();
        using var host = Build(server, ("a", "outbox", use), ("b", "outbox", use));

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync(Cancellation));

        Assert.StartsWith("The outbox \"b\" has the tables ", exception.Message, StringComparison.Ordinal);
        Assert.Contains("outbox_… in ", exception.Message, StringComparison.Ordinal);
        Assert.Contains("which another one uses (The outbox \"a\")", exception.Message, StringComparison.Ordinal);
    }

    private static IHost Build(SmtpTestServer server, params (string Key, string Prefix, Action<OutboxOptions> Use)[] outboxes)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSmtpTransporter(_ => server.ToServerOptions());
        foreach (var (key, prefix, use) in outboxes)
        {
            builder.Services.AddKeyedSmtpOutbox(key, options =>
            {
                use(options);
                options.TablePrefix = prefix;
            });
        }
        return builder.Build();
    }

    private protected abstract Task<Action<OutboxOptions>> CreateDatabaseAsync();
}
