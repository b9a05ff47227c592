using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace SmtpTransport.Outbox;

/// <summary>
/// What the health check finds in the database. Probes within some seconds share one reading, so that it costs nothing to ask often.
/// Thread-safe.
/// </summary>
internal sealed class HealthReading
{
    private static readonly TimeSpan MinAge = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(10);

    private readonly IOutbox _outbox;
    private readonly OutboxOptions _options;
    private readonly Database _database;
    private readonly SettingTable _settings;
    private readonly Lateness _lateness;
    private readonly SchemaWatch _schema;
    private readonly KeyRotation _keys;
    private readonly SuppressionTable _suppressions;
    private readonly SharedReading<OutboxFindings> _shared;

    public HealthReading(
        IOutbox outbox, OutboxOptions options, Database database, SettingTable settings, Lateness lateness, SchemaWatch schema,
        KeyRotation keys, SuppressionTable suppressions, TimeProvider time)
    {
        (_outbox, _options, _database, _settings) = (outbox, options, database, settings);
        (_lateness, _schema, _keys, _suppressions) = (lateness, schema, keys, suppressions);
        _shared = new SharedReading<OutboxFindings>(ReadAsync, MinAge, MaxAge, time);
    }

    /// <summary>What was found, some seconds ago at most. A reading that fails is not kept.</summary>
    public Task<OutboxFindings> GetAsync(CancellationToken cancellationToken) => _shared.GetAsync(cancellationToken);

    /// <summary>Lets the next probe read again.</summary>
    public void Invalidate() => _shared.Invalidate();

    private async Task<OutboxFindings> ReadAsync(CancellationToken cancellationToken)
    {
        var findings = new OutboxFindings();
        await InspectEmailsAsync(findings, cancellationToken).ConfigureAwait(false);
        await InspectDatabaseAsync(findings, cancellationToken).ConfigureAwait(false);
        return findings;
    }

    private async Task InspectEmailsAsync(OutboxFindings findings, CancellationToken cancellationToken)
    {
        var counts = await _outbox.CountAsync(cancellationToken).ConfigureAwait(false);
        var pauses = await _outbox.ListPausesAsync(cancellationToken).ConfigureAwait(false);
        var dead = await _lateness.CountRecentDeadLettersAsync(_options.DegradedDeadLetterCount, cancellationToken).ConfigureAwait(false);
        var late = await _lateness.FindOldestAsync(
            counts, [.. pauses.Select(p => new SendPause(p.TransporterName, p.Lane))], cancellationToken).ConfigureAwait(false);
        var data = findings.Data;
        (data["due"], data["oldestDueSeconds"]) = (counts.Due, Math.Round(counts.OldestDue.TotalSeconds));
        (data["unknown"], data["deadLettered"]) = (counts[OutboxState.Unknown], counts[OutboxState.DeadLettered]);
        (data["recentDeadLetters"], data["lateSeconds"]) = (dead, Math.Round(late.TotalSeconds));
        (data["paused"], data["pauses"]) = (pauses.Any(p => p is { TransporterName: null, Lane: null }), pauses.Count);
        findings.AddIf(
            late > _options.DegradedAfter, late > _options.UnhealthyAfter ? HealthStatus.Unhealthy : HealthStatus.Degraded,
            $"An email has been due for {late.TotalMinutes:F0} minutes.");
        findings.AddIf(
            counts[OutboxState.Unknown] >= _options.DegradedParkedCount, HealthStatus.Degraded,
            $"{counts[OutboxState.Unknown]} emails are parked: decide about them.");
        findings.AddIf(
            dead >= _options.DegradedDeadLetterCount, HealthStatus.Degraded,
            $"{dead} emails or more became dead letters within the last hour.");
        // A decision, which is told; unless its emails are about to expire.
        findings.AddIf(
            pauses.Count > 0 && counts.OldestDue - late > TimeSpan.FromSeconds(1) && counts.OldestDue > _options.ExpireAfter / 2,
            HealthStatus.Degraded,
            $"Emails that are paused expire soon: one has been due for {counts.OldestDue.TotalHours:F0} hours.");
        foreach (var pause in pauses)
            findings.AddIf(true, HealthStatus.Healthy, $"Paused since {pause.PausedAt:u}: {pause}.");
        findings.AddIf(true, HealthStatus.Healthy, $"Due emails: {counts.Due}.");
    }

    private async Task InspectDatabaseAsync(OutboxFindings findings, CancellationToken cancellationToken)
    {
        if (await _database.FindBurdenAsync(_options.DegradedAfter, cancellationToken).ConfigureAwait(false) is { } burden)
        {
            foreach (var (name, value) in burden.Data)
                findings.Data[name] = value;
            findings.Add(HealthStatus.Degraded, burden.Text);
        }
        if (_keys.Last is { RevokedCount: var revoked, UnreadableCount: var unreadable } && revoked + unreadable > 0)
        {
            (findings.Data["revokedKeyEmails"], findings.Data["unreadableEmails"]) = (revoked, unreadable);
            findings.Add(HealthStatus.Degraded, DescribeKeys(revoked, unreadable));
        }
        if (await _suppressions.FindLossAsync(cancellationToken).ConfigureAwait(false) is { } loss)
            findings.Add(HealthStatus.Unhealthy, loss);
        var isMoved = await _settings.IsMovedAsync(cancellationToken).ConfigureAwait(false);
        findings.AddIf(isMoved, HealthStatus.Degraded, $"The sending is paused: the database is a copy, or a restored backup.");
        foreach (var finding in await _schema.FindAsync(cancellationToken).ConfigureAwait(false))
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
