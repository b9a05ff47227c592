using Microsoft.Extensions.Diagnostics.HealthChecks;
using SmtpTransport.Outbox;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the health check of the outbox.</summary>
public static class OutboxHealthChecksBuilderExtensions
{
    /// <summary>Adds a health check that queries the outbox.</summary>
    /// <remarks>
    /// The probes of a process share what is read from the database for five seconds, or up to thirty if it takes long to read; what
    /// concerns the worker of this process is always that of now. Healthy, also if a person has paused lanes, which the description tells.
    /// Degraded if an email that is not paused has been due for longer than <see cref="OutboxOptions.DegradedAfter"/>, if one that is
    /// paused has been due for half of <see cref="OutboxOptions.ExpireAfter"/>, if many emails are parked
    /// (<see cref="OutboxOptions.DegradedParkedCount"/>) or have just become dead letters
    /// (<see cref="OutboxOptions.DegradedDeadLetterCount"/>), if a transaction in the server is older than
    /// <see cref="OutboxOptions.DegradedAfter"/>, if SQLite's log grows because someone reads all the time, if notifications of
    /// PostgreSQL do not arrive, if emails are encrypted with a key that was revoked or is missing, if
    /// the sending is paused because the database is a copy or a restored backup, or if an index or a right is missing (looked at every
    /// ten minutes). Unhealthy if an email is later than <see cref="OutboxOptions.UnhealthyAfter"/>, the database cannot be used, a part
    /// of the worker has not run for three of its intervals, it cannot record outcomes, or the suppression list has entries whose key is
    /// missing, so that nothing is sent. Its data: <c>due</c>, <c>oldestDueSeconds</c>, <c>lateSeconds</c> (without what is paused),
    /// <c>unknown</c>, <c>deadLettered</c>, <c>recentDeadLetters</c>, <c>paused</c> (everything), <c>pauses</c>, <c>listening</c>,
    /// <c>pendingWrites</c>, <c>writeWaitSeconds</c>, <c>oldestTransactionSeconds</c> and <c>oldestTransactionProcess</c> (servers),
    /// <c>logBytes</c> (SQLite), and when each part of the worker last ran, such as <c>claims.lastRunSeconds</c>.
    /// </remarks>
    /// <param name="builder">The builder.</param>
    /// <param name="name">The name of the check. Default: <c>smtp-outbox</c>.</param>
    /// <param name="key">The key of the outbox. Default: the one without a key.</param>
    /// <returns>The builder, for further calls.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is null.</exception>
    public static IHealthChecksBuilder AddSmtpOutbox(
        this IHealthChecksBuilder builder, string name = "smtp-outbox", string? key = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(
            name, services => ActivatorUtilities.CreateInstance<OutboxHealthCheck>(OutboxFinder.FindParts(services, key)), null, null));
    }
}
