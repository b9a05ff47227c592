using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SmtpTransport.Feedback;
using SmtpTransport.IntegrationTests.RealServer;
using SmtpTransport.Outbox;

namespace SmtpTransport.IntegrationTests.Reports;

/// <summary>The application of a shop, which sends from an outbox in SQLite; what comes back goes to a mailbox of its own.</summary>
internal sealed class ShopHost : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly string _folder;
    private readonly IHost _host;

    private ShopHost(string folder, string mailbox, IHost host) => (_folder, Mailbox, _host) = (folder, mailbox, host);

    /// <summary>The user whose mailbox gets the reports.</summary>
    public string Mailbox { get; }

    /// <summary>The connection string of the outbox.</summary>
    public string Database => DatabaseIn(_folder);

    /// <summary>A file for what the application is told.</summary>
    public string Told => Path.Combine(_folder, "told");

    public IOutbox Outbox => _host.Services.GetRequiredService<IOutbox>();

    public ISuppressionList Suppressions => _host.Services.GetRequiredService<ISuppressionList>();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <param name="servers">The servers.</param>
    /// <param name="configure">Adds what reads the mailbox with this name, if this process does.</param>
    public static async Task<ShopHost> StartAsync(ReportServers servers, Action<IServiceCollection, string>? configure = null)
    {
        var folder = Directory.CreateTempSubdirectory("shop-").FullName;
        var mailbox = $"b{Guid.NewGuid().ToString("N")[..12]}";
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSmtpTransporter(_ => new ServerOptions
        {
            Host = "127.0.0.1",
            Port = servers.Port,
            AcceptUnsecureConnection = true,
        });
        builder.Services.AddSmtpOutbox(o =>
        {
            o.UseSqlite(DatabaseIn(folder));
            o.UseFeedbackTokens(new FeedbackTokens(new byte[32]), $"{mailbox}@shop.example");
        });
        configure?.Invoke(builder.Services, mailbox);
        var host = builder.Build();
        var shop = new ShopHost(folder, mailbox, host);
        await File.WriteAllTextAsync(shop.Told, "", Cancellation);
        await host.StartAsync(Cancellation);
        return shop;
    }

    public static Email EmailTo(params string[] names) => new()
    {
        From = "shop@shop.example",
        To = [.. names.Select(n => $"{n}@far.example")],
        Subject = $"Your order, {string.Join(" and ", names)}",
        TextBody = "It is on its way.\n",
    };

    public async Task<OutboxEntry> GetAsync(Guid id) =>
        await Outbox.GetAsync(id, Cancellation) ?? throw new InvalidOperationException($"The email {id} is gone.");

    /// <summary>Waits until an email meets a condition.</summary>
    public async Task<OutboxEntry> UntilAsync(Guid id, Func<OutboxEntry, bool> matches) =>
        await Poll.UntilAsync(async () => await GetAsync(id) is var entry && matches(entry) ? entry : null, Limit, Cancellation)
        ?? throw new TimeoutException($"It was not reached in {Limit}: {await GetAsync(id)}");

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(CancellationToken.None);
        _host.Dispose();
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    private static string DatabaseIn(string folder) => $"Data Source={folder}/outbox.db";
}
