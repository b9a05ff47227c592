using Microsoft.Extensions.DependencyInjection;

namespace SmtpTransport.Outbox;

/// <summary>The application's transporters by their keys, those made at run time among them.</summary>
internal sealed class TransporterResolver(IServiceProvider services)
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
            return services.GetService<ISmtpTransporterRegistry>()?.Get(name);
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
