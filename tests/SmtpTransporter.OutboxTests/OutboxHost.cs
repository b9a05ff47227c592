using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>An application with an outbox in a database of its own, and a scripted server.</summary>
internal sealed class OutboxHost : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("outbox").FullName;
    private readonly Action<IServiceCollection>? _services;
    private Action<OutboxOptions> _configure;
    private IHost? _host;

    private OutboxHost(Action<OutboxOptions>? configure, Action<IServiceCollection>? services)
    {
        _configure = configure ?? (_ => { });
        _services = services;
        Tables = new OutboxTables(() => new SqliteConnection(ConnectionString));
    }

    public SmtpTestServer Server { get; } = SmtpTestServer.Start();

    /// <summary>The file of SQLite.</summary>
    public string Path => System.IO.Path.Combine(_folder, "outbox.db");

    public string ConnectionString => $"Data Source={Path}";

    /// <summary>The tables in the file of SQLite.</summary>
    public OutboxTables Tables { get; }

    public IServiceProvider Services => _host!.Services;

    public IOutbox Outbox => Services.GetRequiredService<IOutbox>();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<OutboxHost> StartAsync(Action<OutboxOptions>? configure = null, Action<IServiceCollection>? services = null)
    {
        var host = new OutboxHost(configure, services);
        await host.RunAsync();
        return host;
    }

    /// <summary>Starts the application again, with further options.</summary>
    public Task RunAsync(Action<OutboxOptions> configure)
    {
        _configure += configure;
        return RunAsync();
    }

    /// <summary>Starts the application (again).</summary>
    public async Task RunAsync(bool sends = true)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSmtpTransporter(_ => Server.ToServerOptions());
        builder.Services.AddKeyedSmtpTransporter("newsletter", _ => Server.ToServerOptions() with { LocalDomain = "newsletter.example" });
        _services?.Invoke(builder.Services);
        builder.Services.AddSmtpOutbox(options =>
        {
            options.UseSqlite(ConnectionString);
            options.InitialRetryDelay = TimeSpan.FromMilliseconds(50);
            options.EnableWorker = sends;
            _configure(options);
        });
        _host = builder.Build();
        await _host.StartAsync(Cancellation);
    }

    /// <summary>Stops the services of the application, but does not dispose them.</summary>
    public Task StopServicesAsync() => _host!.StopAsync(CancellationToken.None);

    /// <summary>Ends the application as Ctrl+C does.</summary>
    public async Task StopAsync()
    {
        if (_host is null)
            return;
        await StopServicesAsync();
        _host.Dispose();
        _host = null;
    }

    /// <inheritdoc cref="IOutbox.EnqueueAsync"/>
    public Task<Guid> EnqueueAsync(
        Email email,
        string? idempotencyKey = null,
        DateTimeOffset? sendAt = null,
        string? transporterName = null,
        OutboxPriority priority = OutboxPriority.Normal,
        DbTransaction? transaction = null,
        bool ordered = false) =>
        Outbox.EnqueueAsync(
            email, idempotencyKey, sendAt, transporterName, priority, transaction, isOrdered: ordered, cancellationToken: Cancellation);

    /// <inheritdoc cref="IOutbox.EnqueueManyAsync"/>
    public Task<IReadOnlyList<Guid>> EnqueueManyAsync(IEnumerable<OutboxEmail> emails) =>
        Outbox.EnqueueManyAsync(emails, cancellationToken: Cancellation);

    /// <summary>Waits until an email meets a condition.</summary>
    public async Task<OutboxEntry> UntilAsync(Guid id, Func<OutboxEntry, bool> matches)
    {
        await foreach (var entry in Outbox.WatchAsync(id, Cancellation))
        {
            if (matches(entry))
                return entry;
        }
        throw new InvalidOperationException($"The email ended in another state: {await Outbox.GetAsync(id, Cancellation)}");
    }

    /// <summary>Waits until an email is in a state.</summary>
    public Task<OutboxEntry> UntilAsync(Guid id, OutboxState state) => UntilAsync(id, entry => entry.State == state);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Server.DisposeAsync();
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }
}
