using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using SmtpTransport;

namespace Microsoft.Extensions.Hosting;

/// <summary>Adds transporters to an application with what Aspire's dashboard shows: a health check, traces and metrics.</summary>
public static class SmtpHostApplicationBuilderExtensions
{
    // The meter of the outbox, which is not a dependency: OutboxTelemetry.Name.
    private const string OutboxMeter = "SmtpTransporter.Outbox";

    /// <summary>Adds <see cref="ISmtpTransporter"/>, configured by a connection string and a section of the same name.</summary>
    /// <remarks>
    /// The connection string is a URL such as <c>smtp://localhost:1025</c>, or <c>Endpoint=smtp://localhost:1025</c>. Further settings are
    /// in the section of that name (<c>mail:SendTimeout</c>). The health check has the name of the connection. Traces and metrics are
    /// those of <see cref="SmtpTelemetry"/> and of the outbox; the application exports them, as Aspire's service defaults do.
    /// </remarks>
    /// <param name="builder">The application.</param>
    /// <param name="connectionName">The name of the resource in the app host.</param>
    /// <param name="configure">Returns the options to use, made from those that were read. Default: none.</param>
    /// <returns>The application, for further calls.</returns>
    /// <exception cref="ArgumentNullException">The application or the name is null.</exception>
    /// <exception cref="ArgumentException">The name is blank.</exception>
    public static IHostApplicationBuilder AddSmtpTransporter(
        this IHostApplicationBuilder builder, string connectionName,
        Func<IServiceProvider, ServerOptions, ServerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSmtpTransporter(connectionName, configure);
        builder.Services.AddHealthChecks().AddSmtpTransporter(connectionName);
        return builder.AddTelemetry();
    }

    /// <summary>
    /// Adds a further transporter, whose key is the name of its connection: <c>[FromKeyedServices("news")] ISmtpTransporter</c>.
    /// </summary>
    /// <remarks>Otherwise it is as <see cref="AddSmtpTransporter"/>.</remarks>
    /// <param name="builder">The application.</param>
    /// <param name="connectionName">The name of the resource in the app host, and the key.</param>
    /// <param name="configure">Returns the options to use, made from those that were read. Default: none.</param>
    /// <returns>The application, for further calls.</returns>
    /// <exception cref="ArgumentNullException">The application or the name is null.</exception>
    /// <exception cref="ArgumentException">The name is blank.</exception>
    public static IHostApplicationBuilder AddKeyedSmtpTransporter(
        this IHostApplicationBuilder builder, string connectionName,
        Func<IServiceProvider, ServerOptions, ServerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddKeyedSmtpTransporter(connectionName, connectionName, configure);
        builder.Services.AddHealthChecks().AddSmtpTransporter(connectionName, key: connectionName);
        return builder.AddTelemetry();
    }

    private static IHostApplicationBuilder AddTelemetry(this IHostApplicationBuilder builder)
    {
        builder.Services.ConfigureOpenTelemetryTracerProvider(t => t.AddSource(SmtpTelemetry.Name));
        builder.Services.ConfigureOpenTelemetryMeterProvider(
            m => m.AddMeter(SmtpTelemetry.Name, SmtpTelemetry.MailKitName, OutboxMeter));
        return builder;
    }
}
