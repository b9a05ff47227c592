using Microsoft.Extensions.Diagnostics.HealthChecks;
using SmtpTransport.Outbox;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the health check of the outbox.</summary>
public static class OutboxHealthChecksBuilderExtensions
{
    /// <summary>Adds a health check that queries the outbox.</summary>
    /// <remarks>
    /// Healthy; degraded if an email has been due for longer than <see cref="OutboxOptions.DegradedAfter"/>, if a transaction in the server
    /// is older than that, if SQLite's log grows because someone reads all the time, if notifications of PostgreSQL do not arrive, or if
    /// the sending is paused because the database is a copy or a restored backup;
    /// unhealthy if the database cannot be used, a part of the worker has stopped, or it cannot record outcomes. Its data: <c>due</c>,
    /// <c>oldestDueSeconds</c>, <c>unknown</c>, <c>deadLettered</c>, <c>paused</c>, <c>listening</c>, <c>pendingWrites</c>,
    /// <c>writeWaitSeconds</c>, <c>oldestTransactionSeconds</c> and <c>oldestTransactionProcess</c> (servers), <c>logBytes</c> (SQLite),
    /// and when each part of the worker last ran, such as <c>claims.lastRunSeconds</c>.
    /// </remarks>
    /// <param name="builder">The builder.</param>
    /// <param name="name">The name of the check. Default: <c>smtp-outbox</c>.</param>
    /// <returns>The builder, for further calls.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is null.</exception>
    public static IHealthChecksBuilder AddSmtpOutbox(this IHealthChecksBuilder builder, string name = "smtp-outbox")
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(
            name,
            services => new OutboxHealthCheck(
                services.GetRequiredService<IOutbox>(), services.GetRequiredService<OutboxOptions>(),
                services.GetRequiredService<Database>(), services.GetRequiredService<SettingTable>(),
                services.GetRequiredService<WorkerLoops>(),
                services.GetRequiredService<GroupWriter>()),
            null,
            null));
    }
}
