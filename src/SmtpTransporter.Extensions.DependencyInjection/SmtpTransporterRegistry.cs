using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace SmtpTransport.Extensions.DependencyInjection;

/// <inheritdoc cref="ISmtpTransporterRegistry"/>
internal sealed class SmtpTransporterRegistry(IServiceProvider services) : ISmtpTransporterRegistry, IDisposable, IAsyncDisposable
{
    private readonly object _gate = new();
    private readonly Dictionary<string, SmtpTransporter> _made = new(StringComparer.Ordinal);
    private bool _disposed;

    public ISmtpTransporter Get(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_made.TryGetValue(name, out var made))
                return made;
        }
        return services.GetKeyedService<ISmtpTransporter>(name) ?? throw new InvalidOperationException($"There is no transporter \"{name}\".");
    }

    public ISmtpTransporter GetOrAdd(string name, Func<ServerOptions> options)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(options);
        if (services.GetKeyedService<ISmtpTransporter>(name) is { } known)
            return known;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_made.TryGetValue(name, out var transporter))
                _made[name] = transporter = new SmtpTransporter(WithLogger(options()));
            return transporter;
        }
    }

    public bool Remove(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        SmtpTransporter? transporter;
        lock (_gate)
        {
            if (!_made.Remove(name, out transporter))
                return false;
        }
        transporter.Dispose();
        return true;
    }

    public void Dispose()
    {
        foreach (var transporter in Close())
            transporter.Dispose();
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(Close().Select(t => t.DisposeAsync().AsTask())).ConfigureAwait(false);

    private List<SmtpTransporter> Close()
    {
        lock (_gate)
        {
            _disposed = true;
            List<SmtpTransporter> all = [.. _made.Values];
            _made.Clear();
            return all;
        }
    }

    private ServerOptions WithLogger(ServerOptions options) =>
        options is { Logger: null } && services.GetService<ILoggerFactory>() is { } loggers ? options with { Logger = loggers.CreateLogger<SmtpTransporter>() } : options;
}
