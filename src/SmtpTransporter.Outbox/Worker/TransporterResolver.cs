using Microsoft.Extensions.DependencyInjection;

namespace SmtpTransport.Outbox;

/// <summary>Finds the application's transporters by their keys, including those that are created at run time. Thread-safe.</summary>
internal sealed class TransporterResolver(IServiceProvider services)
{
    /// <summary>Returns the transporter with a key; the transporter without a key if the name is empty; null if there is none.</summary>
    public ISmtpTransporter? Find(string name)
    {
        if (name.Length == 0)
            return services.GetService<ISmtpTransporter>();
        if (services.GetKeyedService<ISmtpTransporter>(name) is { } keyed)
            return keyed;
        return services.GetService<ISmtpTransporterRegistry>() is { } registry && registry.TryGet(name, out var created) ? created : null;
    }
}
