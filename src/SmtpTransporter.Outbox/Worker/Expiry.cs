using System.Globalization;
using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>
/// Whether an email may still be attempted, by this process's clock; and ends those that no worker claims because they are paused, or wait
/// for others of their lane. Thread-safe.
/// </summary>
internal sealed class Expiry(
    OutboxOptions options, Lateness lateness, PauseTable pauses, SendQuotas quotas, EmailStore store, OutboxMeter meter, TimeProvider time,
    ILogger logger)
{
    // Then the other tasks of the worker have their turn.
    private const int MaxRounds = 100;

    private readonly Lock _reading = new();
    private Task<List<(OutboxPause Pause, DateTimeOffset? ResumedAt)>>? _pauses;
    private long _readAt;

    /// <summary>Whether no attempt of an email may begin any more.</summary>
    public bool IsOver(Claim claim) => IsOver(claim.Row);

    private bool IsOver(EmailRow row) => time.GetUtcNow() >= row.ExpiresAt;

    /// <summary>Ends what has expired and is not claimed, up to ten thousand of each queue.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        var (_, paused) = await pauses.ReadAsync(cancellationToken).ConfigureAwait(false);
        for (var round = 0; round < MaxRounds; round++)
        {
            var expired = (await lateness.ListExpiredAsync(paused, cancellationToken).ConfigureAwait(false)).FindAll(IsOver);
            foreach (var batch in expired.Chunk(Lateness.MaxExpired))
                await EndAsync(batch, cancellationToken).ConfigureAwait(false);
            // Another process may have ended those of this round, but not those behind them.
            if (expired.Count < Lateness.MaxExpired)
                return;
        }
    }

    private async Task EndAsync(EmailRow[] rows, CancellationToken cancellationToken)
    {
        var decisions = new List<Decision>();
        foreach (var row in rows)
        {
            var details = await DescribeAsync(row, cancellationToken).ConfigureAwait(false);
            decisions.Add(new Decision(row, new StateTransition(OutboxState.DeadLettered), details));
        }
        var ended = await store.HoldBackAsync(decisions, cancellationToken).ConfigureAwait(false);
        foreach (var row in rows.Where(r => ended.Contains(r.Id)))
        {
            OutboxLog.Expired(logger, row.Id, row.ExpiresAt);
            meter.AddDeadLetter();
        }
    }

    /// <summary>The entry of the history for an email that has expired: when, and what it waited for.</summary>
    public async Task<AttemptDetails> DescribeAsync(EmailRow row, CancellationToken cancellationToken)
    {
        var delay = await FindDelayAsync(row, cancellationToken).ConfigureAwait(false);
        var text = string.Create(CultureInfo.InvariantCulture, $"It expired at {row.ExpiresAt.UtcDateTime:u}. {delay}");
        return new AttemptDetails(EmailActions.Process, Outcome.NotSent, 0, text, 0);
    }

    /// <summary>The pauses, read once for all emails that expire within a second.</summary>
    private Task<List<(OutboxPause Pause, DateTimeOffset? ResumedAt)>> ListPausesAsync(CancellationToken cancellationToken)
    {
        lock (_reading)
        {
            if (_pauses is not { IsFaulted: false, IsCanceled: false } || time.GetElapsedTime(_readAt) >= TimeSpan.FromSeconds(1))
                (_pauses, _readAt) = (pauses.ListAsync(CancellationToken.None), time.GetTimestamp());
            return _pauses.WaitAsync(cancellationToken);
        }
    }

    private async Task<string> FindDelayAsync(EmailRow row, CancellationToken cancellationToken)
    {
        var from = row.DueAt ?? row.CreatedAt;
        try
        {
            foreach (var (pause, resumedAt) in await ListPausesAsync(cancellationToken).ConfigureAwait(false))
            {
                if (new SendPause(pause.TransporterName, pause.Lane).Holds(row.Transporter, row.Lane)
                    && !(resumedAt < from) && pause.PausedAt < row.ExpiresAt)
                {
                    var end = resumedAt is { } at ? at.UtcDateTime.ToString("u", CultureInfo.InvariantCulture) : "now";
                    return string.Create(
                        CultureInfo.InvariantCulture, $"It was paused from {pause.PausedAt.UtcDateTime:u} to {end}: {pause}.");
                }
            }
            if (await quotas.FindFullAsync(row, cancellationToken).ConfigureAwait(false) is { } quota)
                return $"It waited for the quota {quota}.";
        }
#pragma warning disable CA1031 // The reason is a help; the email has expired all the same.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            OutboxLog.DatabaseFailed(logger, exception);
        }
        return row.Attempts == 1 ? "It waited for another attempt after one that failed."
            : row.Attempts > 0 ? $"It waited for another attempt after {row.Attempts} that failed."
            : options.Limits.HasQuota(row.Transporter, row.Lane) ? "It waited for a quota, or for the emails before it."
            : options.Limits.HasRate(row.Transporter, row.Lane) ? "It waited for the rate of its lane."
            : row.IsOrdered ? "It waited for the emails before it in its lane."
            : "No worker was able to send it in time.";
    }
}
