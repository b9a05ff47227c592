using Microsoft.Extensions.Diagnostics.HealthChecks;
using SmtpTransport.Outbox;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the outbox's health check.</summary>
public static class OutboxHealthChecksBuilderExtensions
{
    /// <summary>
    /// Healthy, degraded where a mail has been due for longer than <see cref="OutboxOptions.DegradedAfter"/>, unhealthy where the database cannot be
    /// used. Its data: <c>due</c>, <c>oldestDueSeconds</c>, <c>unknown</c>, <c>dead</c>, <c>paused</c>.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="name">The check's name. Default <c>smtp-outbox</c>.</param>
    public static IHealthChecksBuilder AddSmtpOutbox(this IHealthChecksBuilder builder, string name = "smtp-outbox")
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(
            name, services => new OutboxHealthCheck(services.GetRequiredService<IOutbox>(), services.GetRequiredService<OutboxOptions>()), null, null));
    }
}
