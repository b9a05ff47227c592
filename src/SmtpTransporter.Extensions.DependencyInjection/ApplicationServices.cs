using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace SmtpTransport.Extensions.DependencyInjection;

/// <summary>Gives options the services of the application: its logger if they have none, and its handlers.</summary>
internal static class ApplicationServices
{
    /// <param name="services">The services.</param>
    /// <param name="options">The options.</param>
    /// <param name="key">The transporter's name; null for the transporter without a key.</param>
    public static ServerOptions Apply(IServiceProvider services, ServerOptions options, string? key)
    {
        if (options is { Logger: null } && services.GetService<ILoggerFactory>() is { } loggers)
            options = options with { Logger = loggers.CreateLogger<SmtpTransporter>() };
        SendHandler[] handlers =
        [
            .. services.GetServices<SendHandler>(),
            .. key is null ? [] : services.GetKeyedServices<SendHandler>(key),
        ];
        return handlers.Length == 0 ? options : options with { Handlers = [.. options.Handlers, .. handlers] };
    }
}
