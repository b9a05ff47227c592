using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace SmtpTransport.Outbox;

/// <summary>Reports what keeps emails from being sent, or needs a person.</summary>
internal sealed class OutboxHealthCheck(HealthReading reading, WorkerLoops loops, GroupWriter writer) : IHealthCheck
{
    private static readonly TimeSpan MaxWriteTime = TimeSpan.FromSeconds(30);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var findings = new OutboxFindings();
            InspectWorker(findings);
            findings.Add(await reading.GetAsync(cancellationToken).ConfigureAwait(false));
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
}
