using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;

namespace SmtpTransport.Extensions.DependencyInjection;

/// <inheritdoc cref="ISmtpTransporterRegistry"/>
internal sealed class SmtpTransporterRegistry(IServiceProvider services) : ISmtpTransporterRegistry, IDisposable, IAsyncDisposable
{
    private readonly object _gate = new();
    private readonly Dictionary<string, ReloadingTransporter> _created = new(StringComparer.Ordinal);
    private bool _disposed;

    public ISmtpTransporter Get(string name) =>
        TryGet(name, out var transporter) ? transporter : throw new InvalidOperationException(
            $"There is no transporter \"{name}\". {Known()} Add it with AddKeyedSmtpTransporter, or create it with GetOrAdd.");

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
                _created[name] = transporter = new ReloadingTransporter(ApplicationServices.Apply(services, options(), name));
            return transporter;
        }
    }

    public bool Remove(string name)
    {
        if (Take(name) is not { } transporter)
            return false;
        transporter.End();
        return true;
    }

    public async ValueTask<bool> RemoveAsync(string name)
    {
        if (Take(name) is not { } transporter)
            return false;
        await transporter.EndAsync().ConfigureAwait(false);
        return true;
    }

    public void Dispose()
    {
        foreach (var transporter in Close())
            transporter.End();
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(Close().Select(t => t.EndAsync().AsTask())).ConfigureAwait(false);

    private string Known()
    {
        var names = services.GetServices<StartCheck.Entry>().Select(e => e.Key).OfType<string>().ToList();
        lock (_gate)
            names.AddRange(_created.Keys);
        return names.Count == 0
            ? "None was added with a key; the one without a key is injected as ISmtpTransporter."
            : $"There are {string.Join(", ", names.Distinct().Order(StringComparer.Ordinal).Select(n => $"\"{n}\""))}.";
    }

    private ReloadingTransporter? Take(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        lock (_gate)
            return _created.Remove(name, out var transporter) ? transporter : null;
    }

    private List<ReloadingTransporter> Close()
    {
        lock (_gate)
        {
            _disposed = true;
            List<ReloadingTransporter> all = [.. _created.Values];
            _created.Clear();
            return all;
        }
    }
}
