using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace SmtpTransport.Extensions.DependencyInjection;

/// <summary>Gives the application's logger to options that have none.</summary>
internal static class ApplicationLogger
{
    public static ServerOptions Apply(IServiceProvider services, ServerOptions options) =>
        options is { Logger: null } && services.GetService<ILoggerFactory>() is { } loggers
            ? options with { Logger = loggers.CreateLogger<SmtpTransporter>() }
            : options;
}
