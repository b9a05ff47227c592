using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Extensions.DependencyInjection;

namespace SmtpTransport.Outbox;

/// <summary>The application's transporters by their keys, those made at run time among them.</summary>
internal sealed class Transporters(IServiceProvider services)
{
    /// <summary>Null where there is none of that name.</summary>
    public ISmtpTransporter? Find(string name)
    {
        if (name.Length == 0)
            return services.GetService<ISmtpTransporter>();
        if (services.GetKeyedService<ISmtpTransporter>(name) is { } keyed)
            return keyed;
        try
        {
            return services.GetService<ISmtpTransporters>()?.Get(name);
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
