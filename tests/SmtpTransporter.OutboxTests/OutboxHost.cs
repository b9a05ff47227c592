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
    private Action<OutboxOptions> _configure;
    private readonly Action<IServiceCollection>? _services;
    private IHost? _host;

    private OutboxHost(Action<OutboxOptions>? configure, Action<IServiceCollection>? services)
    {
        _configure = configure ?? (_ => { });
        _services = services;
    }

    public SmtpTestServer Server { get; } = SmtpTestServer.Start();

    public string Path => System.IO.Path.Combine(_folder, "outbox.db");

    public string ConnectionString => $"Data Source={Path}";

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

    /// <summary>Ends its services, but not the application.</summary>
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

    /// <summary>Waits until a mail is as it is to be.</summary>
    public async Task<OutboxEntry> UntilAsync(Guid id, Func<OutboxEntry, bool> isSo)
    {
        await foreach (var entry in Outbox.WatchAsync(id, Cancellation))
        {
            if (isSo(entry))
                return entry;
        }
        throw new InvalidOperationException($"It ended otherwise: {await Outbox.GetAsync(id, Cancellation)}");
    }

    public Task<OutboxEntry> UntilAsync(Guid id, OutboxState state) => UntilAsync(id, entry => entry.State == state);

    /// <summary>Asks the file, or changes it, past the outbox.</summary>
    public async Task<object?> AskAsync(string sql)
    {
        await using var connection = new SqliteConnection(ConnectionString);
        await connection.OpenAsync(Cancellation);
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // A constant of the test's.
        command.CommandText = sql;
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync(Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Server.DisposeAsync();
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }
}
