using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;

namespace SmtpTransport.Extensions.DependencyInjection;

/// <inheritdoc cref="ISmtpTransporterRegistry"/>
internal sealed class SmtpTransporterRegistry(IServiceProvider services) : ISmtpTransporterRegistry, IDisposable, IAsyncDisposable
{
    private readonly object _gate = new();
    private readonly Dictionary<string, SmtpTransporter> _created = new(StringComparer.Ordinal);
    private bool _disposed;

    public ISmtpTransporter Get(string name) =>
        TryGet(name, out var transporter) ? transporter : throw new InvalidOperationException($"There is no transporter \"{name}\".");

    public bool TryGet(string name, [NotNullWhen(true)] out ISmtpTransporter? transporter)
    {
        ArgumentNullException.ThrowIfNull(name);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            transporter = _created.GetValueOrDefault(name);
        }
        // Outside the lock: the container may create it now.
        transporter ??= services.GetKeyedService<ISmtpTransporter>(name);
        return transporter is not null;
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
            if (!_created.TryGetValue(name, out var transporter))
                _created[name] = transporter = new SmtpTransporter(ApplicationLogger.Apply(services, options()));
            return transporter;
        }
    }

    public bool Remove(string name)
    {
        if (Take(name) is not { } transporter)
            return false;
        transporter.Dispose();
        return true;
    }

    public async ValueTask<bool> RemoveAsync(string name)
    {
        if (Take(name) is not { } transporter)
            return false;
        await transporter.DisposeAsync().ConfigureAwait(false);
        return true;
    }

    public void Dispose()
    {
        foreach (var transporter in Close())
            transporter.Dispose();
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(Close().Select(t => t.DisposeAsync().AsTask())).ConfigureAwait(false);

    private SmtpTransporter? Take(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        lock (_gate)
            return _created.Remove(name, out var transporter) ? transporter : null;
    }

    private List<SmtpTransporter> Close()
    {
        lock (_gate)
        {
            _disposed = true;
            List<SmtpTransporter> all = [.. _created.Values];
            _created.Clear();
            return all;
        }
    }
}
