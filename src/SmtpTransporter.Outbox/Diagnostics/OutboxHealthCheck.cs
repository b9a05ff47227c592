using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace SmtpTransport.Outbox;

/// <summary>Asks the database, and how long due mails have been waiting.</summary>
internal sealed class OutboxHealthCheck(IOutbox outbox, OutboxOptions options) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var counts = await outbox.CountAsync(cancellationToken).ConfigureAwait(false);
            var isPaused = await outbox.IsPausedAsync(cancellationToken).ConfigureAwait(false);
            var data = new Dictionary<string, object>
            {
                ["due"] = counts.Due,
                ["oldestDueSeconds"] = Math.Round(counts.OldestDue.TotalSeconds),
                ["unknown"] = counts[OutboxState.Unknown],
                ["dead"] = counts[OutboxState.DeadLettered],
                ["paused"] = isPaused,
            };
            return counts.OldestDue > options.DegradedAfter
                ? HealthCheckResult.Degraded(
                    $"A mail has been due for {counts.OldestDue.TotalMinutes:F0} minutes{(isPaused ? ": the sending is paused" : "")}.", data: data)
                : HealthCheckResult.Healthy($"{counts.Due} mails are due.", data);
        }
#pragma warning disable CA1031 // Whatever keeps the outbox from being asked is what is to be reported.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return new HealthCheckResult(context.Registration.FailureStatus, "The outbox's database cannot be used.", exception);
        }
    }
}
