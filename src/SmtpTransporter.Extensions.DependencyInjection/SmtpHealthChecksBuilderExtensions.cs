using Microsoft.Extensions.Diagnostics.HealthChecks;
using SmtpTransport;
using SmtpTransport.Extensions.DependencyInjection;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds health checks for SMTP servers.</summary>
public static class SmtpHealthChecksBuilderExtensions
{
    /// <summary>Adds a health check that uses <see cref="ISmtpTransporter.CheckConnectionAsync"/>. It sends no email.</summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">The name of the health check. Default <c>smtp</c>.</param>
    /// <param name="key">The key of the transporter; null (default) for the transporter without a key.</param>
    /// <param name="failureStatus">The status if the server cannot be used; null (default) for unhealthy.</param>
    /// <param name="tags">The tags of the health check. Default none.</param>
    /// <param name="certificateMargin">
    /// How long before the server's certificate expires the status is degraded; null (default) for 14 days.
    /// </param>
    /// <returns>The health checks, for further calls.</returns>
    /// <remarks>
    /// The status is healthy, or degraded if the server's certificate expires soon; otherwise <paramref name="failureStatus"/>. A check
    /// takes a connection from the pool of the transporter and returns it.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> or <paramref name="name"/> is null.</exception>
    public static IHealthChecksBuilder AddSmtpTransporter(
        this IHealthChecksBuilder builder, string name = "smtp", string? key = null, HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null, TimeSpan? certificateMargin = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(
            name,
            services => new SmtpHealthCheck(
                key is null ? services.GetRequiredService<ISmtpTransporter>() : services.GetRequiredKeyedService<ISmtpTransporter>(key),
                services.GetService<TimeProvider>() ?? TimeProvider.System,
                certificateMargin ?? TimeSpan.FromDays(14)),
            failureStatus, tags));
    }
}
