using Microsoft.Extensions.Diagnostics.HealthChecks;
using SmtpTransport;
using SmtpTransport.Extensions.DependencyInjection;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the health of a mail server.</summary>
public static class SmtpHealthChecksBuilderExtensions
{
    /// <summary>
    /// Checks a transporter with <see cref="ISmtpTransporter.CheckConnectionAsync"/>, which sends no mail: healthy, degraded where the server's
    /// certificate ends soon, else <paramref name="failureStatus"/>. It takes a connection of the pool, and keeps it.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">The check's name. Default <c>smtp</c>.</param>
    /// <param name="key">The key of the transporter; null (default) for the one without.</param>
    /// <param name="failureStatus">The status where the server cannot be used; null (default) for unhealthy.</param>
    /// <param name="tags">The check's tags. Default none.</param>
    /// <param name="certificateMargin">How long before its end a certificate is worth a warning; null (default) for 14 days.</param>
    /// <returns>The health checks, for further calls.</returns>
    public static IHealthChecksBuilder AddSmtpTransporter(
        this IHealthChecksBuilder builder, string name = "smtp", string? key = null, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null, TimeSpan? certificateMargin = null)
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
