using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>
/// What emails take from quotas: before they begin, all of it; at their end it is given back, or counts from then on. Thread-safe, for
/// different emails.
/// </summary>
internal sealed class SendQuotas(
    LaneLimits limits, QuotaTable table, Database database, DatabaseHealth health, WorkerLifetime lifetime, TimeProvider time,
    ILogger logger)
{
    // Another process may have given something back.
    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(10);

    // Those of high priority have more room.
    private readonly ConcurrentDictionary<(string Name, bool IsHigh), bool> _full = new();

    /// <summary>Why an email can never be sent; null if it can.</summary>
    public string? FindExcess(EmailRow row) => limits.HasQuota(row.Transporter, row.Lane) && row.TryReadEnvelope() is { } envelope
        ? limits.FindExcess(row.Transporter, row.Lane, row.Priority, envelope.OpenAddresses) : null;

    /// <summary>Takes what an attempt needs. An email that will not be transmitted takes nothing.</summary>
    /// <returns>Null if the email may begin; otherwise after what time there may be room for it.</returns>
    public async Task<TimeSpan?> TakeAsync(Claim claim, CancellationToken cancellationToken)
    {
        var row = claim.Row;
        if (claim.IsRevoked || time.GetUtcNow() >= row.ExpiresAt || FindExcess(row) is not null)
            return null;
        var charges = CreateCharges(row);
        if (charges.Count == 0)
            return null;
        var (startedAt, isHigh) = (time.GetTimestamp(), row.Priority == OutboxPriority.High);
        var answer = await TakeAsync(charges, row.Priority, cancellationToken).ConfigureAwait(false);
        if (answer.FullQuota is { } full)
        {
            if (_full.TryAdd((full.Name, isHigh), true))
                OutboxLog.QuotaFull(logger, full.ToString(), answer.Wait.TotalSeconds);
            return answer.Wait < MaxWait ? answer.Wait : MaxWait;
        }
        (claim.Taken, claim.TakenAt) = (answer, startedAt);
        foreach (var charge in charges)
        {
            if (_full.TryRemove((charge.Quota.Name, isHigh), out _))
                OutboxLog.QuotaFree(logger, charge.Quota.ToString());
        }
        return null;
    }

    /// <summary>Takes what a further transaction of the same attempt needs: one message.</summary>
    /// <returns>Whether there was room.</returns>
    public async Task<bool> TakeFurtherAsync(Claim claim, CancellationToken cancellationToken)
    {
        if (claim.Taken is not { } taken)
            return true;
        List<QuotaCharge> charges =
        [
            .. taken.Charges.Where(c => c.Quota.Unit == SendQuotaUnit.Messages).DistinctBy(c => c.Quota.Name)
                .Select(c => new QuotaCharge(c.Quota, 1)),
        ];
        if (charges.Count == 0)
            return true;
        var answer = await TakeAsync(charges, claim.Row.Priority, cancellationToken).ConfigureAwait(false);
        claim.Taken = taken with { Charges = [.. taken.Charges, .. answer.Charges] };
        return answer.FullQuota is null;
    }

    /// <summary>Gives back what an attempt that has not begun took; the rest counts from now on. It does not fail.</summary>
    /// <returns>Whether it gave something back.</returns>
    public async Task<bool> EndAsync(Claim claim)
    {
        if (claim.Taken is not { } taken)
            return false;
        claim.Taken = null;
        // By this machine's clock, which goes on as that of the database does.
        var now = taken.TakenAt + (long)time.GetElapsedTime(claim.TakenAt).TotalMilliseconds;
        if (claim.HasBegun && taken.Charges.All(c => now < c.EndsAt))
            return false;
        try
        {
            await RepeatAsync(
                async () =>
                {
                    await table.SettleAsync(taken.Charges, claim.HasBegun, lifetime.Aborting).ConfigureAwait(false);
                    return true;
                },
                isRepeatable: false, lifetime.Stopping).ConfigureAwait(false);
            return !claim.HasBegun;
        }
#pragma warning disable CA1031 // It counts all the same, only not as it should.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            OutboxLog.QuotaNotSettled(logger, claim.Row.Id, exception);
            return false;
        }
    }

    /// <summary>The quota that has no room for an email now; null if there is none.</summary>
    public async Task<SendQuota?> FindFullAsync(EmailRow row, CancellationToken cancellationToken)
    {
        var charges = limits.HasQuota(row.Transporter, row.Lane) && row.TryReadEnvelope() is not null ? CreateCharges(row) : [];
        if (charges.Count == 0)
            return null;
        var (now, buckets) = await table.ReadAsync(charges.Select(c => c.Quota.Name), cancellationToken).ConfigureAwait(false);
        return charges.Select(c => (c.Quota, Wait: FindWait(c))).Where(w => w.Wait is not null).OrderByDescending(w => w.Wait)
            .Select(w => w.Quota).FirstOrDefault();

        TimeSpan? FindWait(QuotaCharge charge) => new QuotaWindow(charge.Quota.Window, now, buckets[charge.Quota.Name])
            .FindWait(charge.Amount, charge.Quota.GetLimit(row.Priority));
    }

    private List<QuotaCharge> CreateCharges(EmailRow row)
    {
        var recipients = row.TryReadEnvelope()?.OpenAddresses ?? [];
        return
        [
            .. limits.FindQuotas(row.Transporter, row.Lane).Select(q => new QuotaCharge(q, q.Count(recipients))).Where(c => c.Amount > 0),
        ];
    }

    private Task<QuotaAnswer> TakeAsync(
        IReadOnlyList<QuotaCharge> charges, OutboxPriority priority, CancellationToken cancellationToken) => RepeatAsync(
        // What was taken is lost with the answer of a commit: the quota is lower then, never higher.
        () => table.TakeAsync(charges, priority, cancellationToken), isRepeatable: true, cancellationToken);

    private Task<T> RepeatAsync<T>(Func<Task<T>> run, bool isRepeatable, CancellationToken cancellationToken) => health.RepeatAsync(
        run, e => database.IsUnavailable(e) && (isRepeatable || e is not CommitUncertainException), cancellationToken);
}
