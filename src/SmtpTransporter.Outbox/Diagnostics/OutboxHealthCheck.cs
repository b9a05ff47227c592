using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace SmtpTransport.Outbox;

/// <summary>Queries the database, and reports what keeps emails from being sent, or needs a person.</summary>
internal sealed class OutboxHealthCheck(
    IOutbox outbox, OutboxOptions options, Database database, SettingTable settings, Lateness lateness, SchemaWatch schema,
    WorkerLoops loops, GroupWriter writer, KeyRotation keys, SuppressionTable suppressions) : IHealthCheck
{
    private static readonly TimeSpan MaxWriteTime = TimeSpan.FromSeconds(30);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var findings = new OutboxFindings();
            InspectWorker(findings);
            await InspectEmailsAsync(findings, cancellationToken).ConfigureAwait(false);
            await InspectDatabaseAsync(findings, cancellationToken).ConfigureAwait(false);
            return findings.ToResult();
        }
#pragma warning disable CA1031 // Any failure of the query is the finding to report.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return new HealthCheckResult(context.Registration.FailureStatus, "The database of the outbox cannot be used.", exception);
        }
    }

    private void InspectWorker(OutboxFindings findings)
    {
        foreach (var (name, ago) in loops.GetLastRuns())
            findings.Data[$"{name}.lastRunSeconds"] = Math.Round(ago.TotalSeconds);
        var silent = loops.FindSilent();
        findings.AddIf(silent.Count > 0, HealthStatus.Unhealthy, $"A part of the worker has stopped: {string.Join(", ", silent)}.");
        findings.Data["pendingWrites"] = writer.Pending;
        findings.Data["writeWaitSeconds"] = Math.Round(writer.WaitsFor.TotalSeconds);
        findings.AddIf(
            writer.WaitsFor > MaxWriteTime, HealthStatus.Unhealthy,
            $"The worker has not been able to record outcomes for {writer.WaitsFor.TotalSeconds:F0} seconds.");
        if (loops.IsListening is { } isListening)
            findings.Data["listening"] = isListening;
        findings.AddIf(
            loops.IsListening == false, HealthStatus.Degraded, $"Notifications of the database do not arrive; the outbox polls instead.");
    }

    private async Task InspectEmailsAsync(OutboxFindings findings, CancellationToken cancellationToken)
    {
        var counts = await outbox.CountAsync(cancellationToken).ConfigureAwait(false);
        var pauses = await outbox.ListPausesAsync(cancellationToken).ConfigureAwait(false);
        var dead = await lateness.CountRecentDeadLettersAsync(options.DegradedDeadLetterCount, cancellationToken).ConfigureAwait(false);
        var late = await lateness.FindOldestAsync(
            counts, [.. pauses.Select(p => new SendPause(p.TransporterName, p.Lane))], cancellationToken).ConfigureAwait(false);
        var data = findings.Data;
        (data["due"], data["oldestDueSeconds"]) = (counts.Due, Math.Round(counts.OldestDue.TotalSeconds));
        (data["unknown"], data["deadLettered"]) = (counts[OutboxState.Unknown], counts[OutboxState.DeadLettered]);
        (data["recentDeadLetters"], data["lateSeconds"]) = (dead, Math.Round(late.TotalSeconds));
        (data["paused"], data["pauses"]) = (pauses.Any(p => p is { TransporterName: null, Lane: null }), pauses.Count);
        findings.AddIf(
            late > options.DegradedAfter, late > options.UnhealthyAfter ? HealthStatus.Unhealthy : HealthStatus.Degraded,
            $"An email has been due for {late.TotalMinutes:F0} minutes.");
        findings.AddIf(
            counts[OutboxState.Unknown] >= options.DegradedParkedCount, HealthStatus.Degraded,
            $"{counts[OutboxState.Unknown]} emails are parked: decide about them.");
        findings.AddIf(
            dead >= options.DegradedDeadLetterCount, HealthStatus.Degraded,
            $"{dead} emails or more became dead letters within the last hour.");
        // A decision, which is told; unless its emails are about to expire.
        findings.AddIf(
            pauses.Count > 0 && counts.OldestDue - late > TimeSpan.FromSeconds(1) && counts.OldestDue > options.ExpireAfter / 2,
            HealthStatus.Degraded,
            $"Emails that are paused expire soon: one has been due for {counts.OldestDue.TotalHours:F0} hours.");
        foreach (var pause in pauses)
            findings.AddIf(true, HealthStatus.Healthy, $"Paused since {pause.PausedAt:u}: {pause}.");
        findings.AddIf(true, HealthStatus.Healthy, $"Due emails: {counts.Due}.");
    }

    private async Task InspectDatabaseAsync(OutboxFindings findings, CancellationToken cancellationToken)
    {
        if (await database.FindBurdenAsync(options.DegradedAfter, cancellationToken).ConfigureAwait(false) is { } burden)
        {
            foreach (var (name, value) in burden.Data)
                findings.Data[name] = value;
            findings.Add(HealthStatus.Degraded, burden.Text);
        }
        if (keys.Last is { RevokedCount: var revoked, UnreadableCount: var unreadable } && revoked + unreadable > 0)
        {
            (findings.Data["revokedKeyEmails"], findings.Data["unreadableEmails"]) = (revoked, unreadable);
            findings.Add(HealthStatus.Degraded, DescribeKeys(revoked, unreadable));
        }
        if (await suppressions.FindLossAsync(cancellationToken).ConfigureAwait(false) is { } loss)
            findings.Add(HealthStatus.Unhealthy, loss);
        var isMoved = await settings.IsMovedAsync(cancellationToken).ConfigureAwait(false);
        findings.AddIf(isMoved, HealthStatus.Degraded, $"The sending is paused: the database is a copy, or a restored backup.");
        foreach (var finding in await schema.FindAsync(cancellationToken).ConfigureAwait(false))
            findings.AddIf(true, HealthStatus.Degraded, $"{finding.Problem} Run: {finding.Statement}");
    }

    private static string DescribeKeys(int revoked, int unreadable)
    {
        var text = revoked == 0 ? "" : $"{revoked} emails are encrypted with a key that was revoked: call ReencryptAsync with "
            + "includeRevoked if nobody else could have changed them, or discard them. ";
        return unreadable == 0 ? text.TrimEnd() : text + $"{unreadable} emails cannot be decrypted: give this application the keys with "
            + "which they were stored, or discard them.";
    }
}
