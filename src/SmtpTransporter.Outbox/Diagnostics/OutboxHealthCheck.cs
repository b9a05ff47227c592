using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace SmtpTransport.Outbox;

/// <summary>Queries the database, and reports how long due emails have been waiting.</summary>
internal sealed class OutboxHealthCheck(
    IOutbox outbox, OutboxOptions options, Database database, SettingTable settings, WorkerLoops loops, GroupWriter writer,
    KeyRotation keys) : IHealthCheck
{
    private static readonly TimeSpan MaxWriteTime = TimeSpan.FromSeconds(30);

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
                ["deadLettered"] = counts[OutboxState.DeadLettered],
                ["paused"] = isPaused,
                ["pendingWrites"] = writer.Pending,
                ["writeWaitSeconds"] = Math.Round(writer.WaitsFor.TotalSeconds),
            };
            foreach (var (name, ago) in loops.GetLastRuns())
                data[$"{name}.lastRunSeconds"] = Math.Round(ago.TotalSeconds);
            if (loops.IsListening is { } isListening)
                data["listening"] = isListening;
            if (loops.FindSilent() is [_, ..] silent)
                return HealthCheckResult.Unhealthy($"A part of the worker has stopped: {string.Join(", ", silent)}.", data: data);
            if (writer.WaitsFor > MaxWriteTime)
            {
                return HealthCheckResult.Unhealthy(
                    $"The worker has not been able to record outcomes for {writer.WaitsFor.TotalSeconds:F0} seconds.", data: data);
            }
            if (await database.FindBurdenAsync(options.DegradedAfter, cancellationToken).ConfigureAwait(false) is { } burden)
            {
                foreach (var (name, value) in burden.Data)
                    data[name] = value;
                return HealthCheckResult.Degraded(burden.Text, data: data);
            }
            if (loops.IsListening == false)
                return HealthCheckResult.Degraded("Notifications of the database do not arrive; the outbox polls instead.", data: data);
            if (keys.Last is { RevokedCount: var revoked, UnreadableCount: var unreadable } && revoked + unreadable > 0)
            {
                (data["revokedKeyEmails"], data["unreadableEmails"]) = (revoked, unreadable);
                return HealthCheckResult.Degraded(DescribeKeys(revoked, unreadable), data: data);
            }
            if (isPaused && await settings.IsMovedAsync(cancellationToken).ConfigureAwait(false))
                return HealthCheckResult.Degraded("The sending is paused: the database is a copy, or a restored backup.", data: data);
            if (counts.OldestDue <= options.DegradedAfter)
                return HealthCheckResult.Healthy($"Due emails: {counts.Due}.", data);
            var pause = isPaused ? "; the sending is paused" : "";
            return HealthCheckResult.Degraded($"An email has been due for {counts.OldestDue.TotalMinutes:F0} minutes{pause}.", data: data);
        }
#pragma warning disable CA1031 // Any failure of the query is the finding to report.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return new HealthCheckResult(context.Registration.FailureStatus, "The database of the outbox cannot be used.", exception);
        }
    }

    private static string DescribeKeys(int revoked, int unreadable)
    {
        var text = revoked == 0 ? "" : $"{revoked} emails are encrypted with a key that was revoked: call ReencryptAsync with "
            + "includeRevoked if nobody else could have changed them, or discard them. ";
        return unreadable == 0 ? text.TrimEnd() : text + $"{unreadable} emails cannot be decrypted: give this application the keys with "
            + "which they were stored, or discard them.";
    }
}
