using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SmtpTransport.Outbox;

namespace SmtpTransport.OutboxTests.Faults;

/// <summary>An application with an outbox, whose worker runs step by step or by itself.</summary>
internal sealed class FaultProcess : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public FaultProcess(FaultStore store, MemorySink sink, TimeProvider time, IDatabaseCalls? calls)
    {
        Connections = calls is null ? store.Provider : new FaultingDbProviderFactory(store.Provider, calls);
        var services = new ServiceCollection();
        services.AddSingleton(time);
        services.AddSingleton<ISmtpTransporter>(sink);
        services.AddSmtpOutbox(options =>
        {
            store.Use(options);
            options.Connections = Connections;
            options.InitialRetryDelay = TimeSpan.FromMilliseconds(1);
            options.RetentionPeriod = TimeSpan.Zero;
        });
        _services = services.BuildServiceProvider();
    }

    /// <summary>What makes the connections of this application.</summary>
    public DbProviderFactory Connections { get; }

    public IOutbox Outbox => Get<IOutbox>();

    public IHostedService Worker => Get<IHostedService>();

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
