using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>
/// An outbox with a key. Its parts are in a container of its own, so that they cannot meet those of another outbox; from the application it
/// has the clock, the log, the keys and the transporters. Thread-safe.
/// </summary>
internal sealed class KeyedOutbox : IDisposable, IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public KeyedOutbox(IServiceProvider application, string key, OutboxOptions options)
    {
        var services = new ServiceCollection();
        Share<TimeProvider>();
        Share<ILoggerFactory>();
        Share<IDataProtectionProvider>();
        OutboxParts.Add(services, new OutboxName(key), _ => options, application);
        _services = services.BuildServiceProvider();

        void Share<T>()
            where T : class
        {
            // An instance is not disposed with the container.
            if (application.GetService<T>() is { } shared)
                services.AddSingleton(shared);
        }
    }

    public IServiceProvider Services => _services;

    public IOutbox Outbox => _services.GetRequiredService<IOutbox>();

    public IOutboxMonitor Monitor => _services.GetRequiredService<IOutboxMonitor>();

    public ISuppressionList Suppressions => _services.GetRequiredService<SuppressionList>();

    public OutboxWorker Worker => _services.GetRequiredService<OutboxWorker>();

    public void Dispose() => _services.Dispose();

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
