using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>
/// An outbox that does not send, in an empty database of one kind. Each application has keys of its own, and forgets them.
/// </summary>
public abstract class QueryTestBase : IAsyncLifetime
{
    private OutboxHost? _host;

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private protected OutboxHost Host => _host!;

    private protected IOutbox Outbox => Host.Outbox;

    private protected abstract OutboxTables Tables { get; }

    /// <summary>Sets the database of the options.</summary>
    private protected Action<OutboxOptions> Use { get; private set; } = _ => { };

    public async ValueTask InitializeAsync() => await RestartAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Starts an application with an empty database.</summary>
    private protected async Task RestartAsync(Action<OutboxOptions>? configure = null)
    {
        if (_host is not null)
            await _host.DisposeAsync();
        Use = await CreateDatabaseAsync();
        _host = await OutboxHost.StartAsync(
            o =>
            {
                Use(o);
                o.EnableWorker = false;
                configure?.Invoke(o);
            },
            AddKeys);
    }

    /// <summary>Gives the application keys.</summary>
    private protected virtual void AddKeys(IServiceCollection services) =>
        services.AddDataProtection().UseEphemeralDataProtectionProvider();

    /// <summary>Starts the application again, which sends now.</summary>
    private protected async Task SendAsync()
    {
        await Host.StopAsync();
        await Host.RunAsync(o => o.EnableWorker = true);
    }

    /// <summary>In the order of the ids, which have the time in front.</summary>
    private protected static IEnumerable<Guid> Sorted(IEnumerable<Guid> ids) => ids.OrderBy(id => id.ToString("N"), StringComparer.Ordinal);

    private protected async Task<List<Guid>> FindAsync(OutboxQuery query) =>
        [.. (await Outbox.ListAsync(query, 1000, cancellationToken: Cancellation)).Entries.Select(e => e.Id)];

    /// <summary>Creates an empty database, and says how to use it.</summary>
    private protected abstract Task<Action<OutboxOptions>> CreateDatabaseAsync();
}
