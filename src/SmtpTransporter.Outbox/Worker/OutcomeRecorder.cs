using System.Data.Common;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>Records the outcome of a run: the next state of the email, and the attempt in its history. Thread-safe.</summary>
internal sealed class OutcomeRecorder(
    OutboxOptions options, EmailStore store, OutboxMeter meter, WorkerLifetime lifetime, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan InitialDatabaseRetryDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MaxDatabaseRetryDelay = TimeSpan.FromSeconds(3);

    /// <summary>Records the result of a send.</summary>
    /// <param name="row">The email as the run read it.</param>
    /// <param name="worker">The run.</param>
    /// <param name="startedAt">When the transmission started; null if it did not.</param>
    /// <param name="result">The result.</param>
    public async Task RecordAsync(EmailRow row, string worker, DateTimeOffset? startedAt, SendResult result)
    {
        var now = time.GetUtcNow();
        var transition = CreateTransition(row, startedAt, result, now);
        var text = result.Outcome == Outcome.NotSent ? result.Reason : result.StatusText;
        var attempt = new AttemptDetails(worker, result.Outcome, result.Status, text, result.Elapsed.TotalMilliseconds);
        if (await RecordAsync(row, worker, transition, now, attempt).ConfigureAwait(false))
            OutboxLog.Attempted(logger, row.Id, result.Outcome, result.Status, transition.State);
    }

    /// <summary>Records that a run failed before it started the transmission.</summary>
    public async Task RecordFailureAsync(EmailRow row, string worker, Exception exception)
    {
        var now = time.GetUtcNow();
        try
        {
            await RecordAsync(
                row, null, CreateRetry(row, now, null), now, new AttemptDetails(worker, Outcome.NotSent, 0, exception.Message, 0))
                .ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The sweeper requeues it.
        catch (Exception second)
#pragma warning restore CA1031
        {
            OutboxLog.RunFailed(logger, row.Id, second);
        }
    }

    /// <summary>
    /// Parks an email whose run ended without recording an outcome after the transmission may have started. If that run is alive after all,
    /// the outcome that it records counts.
    /// </summary>
    public async Task ParkAsync(EmailRow row)
    {
        var now = time.GetUtcNow();
        var startedAt = row.TransmittingAt!.Value;
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"Worker {row.Worker} recorded no outcome between {startedAt:O} and {now:O}. The message may have been delivered in between.");
        // The run may be alive on a machine that the others cannot reach, and its outcome counts.
        var earliest = UnixTime.Add(startedAt, options.OnUnknownDelay);
        var transition = CreateUnknown(startedAt, earliest > now ? earliest : now, null);
        var attempt = new AttemptDetails(EmailActions.Process, Outcome.Unknown, 0, text, (now - startedAt).TotalMilliseconds);
        if (await RecordAsync(row, null, transition, now, attempt).ConfigureAwait(false))
            OutboxLog.Parked(logger, row.Id, startedAt);
    }

    private async Task<bool> RecordAsync(
        EmailRow row, string? worker, StateTransition transition, DateTimeOffset now, AttemptDetails attempt)
    {
        if (!await UntilStoredAsync(() => store.RecordAsync(row, worker, transition, now, attempt)).ConfigureAwait(false))
            return false;
        meter.AddAttempt(attempt.Outcome!.Value);
        if (transition.State == OutboxState.DeadLettered)
            meter.AddDeadLetter();
        return true;
    }

    /// <summary>Repeats until the database is available again: no other place knows the outcome.</summary>
    private async Task<bool> UntilStoredAsync(Func<Task<bool>> run)
    {
        for (var delay = InitialDatabaseRetryDelay; ; delay = delay < MaxDatabaseRetryDelay ? delay * 2 : delay)
        {
            try
            {
                return await run().ConfigureAwait(false);
            }
            catch (Exception exception) when (!lifetime.Aborting.IsCancellationRequested
                && exception is (DbException or TimeoutException or IOException))
            {
                OutboxLog.DatabaseFailed(logger, exception);
                await Task.Delay(delay, time, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private StateTransition CreateTransition(EmailRow row, DateTimeOffset? startedAt, SendResult result, DateTimeOffset now)
    {
        var outcome = AttemptOutcome.FromResult(result, row.Envelope.Recipients);
        var envelope = row.Envelope with { Recipients = outcome.Recipients };
        var transition = outcome.State switch
        {
            OutboxState.Unknown => CreateUnknown(startedAt ?? now, now, envelope),
            OutboxState.Waiting => CreateRetry(row, now, envelope),
            _ => new StateTransition(outcome.State) { EndedAt = now, Envelope = envelope },
        };
        return transition with { Attempts = row.Attempts + 1 };
    }

    /// <summary>Another attempt, or a dead letter if none is left.</summary>
    private StateTransition CreateRetry(EmailRow row, DateTimeOffset now, StoredEnvelope? envelope)
    {
        // The period starts with the first attempt at the latest: before, the email may have waited for others.
        var fromFirstAttempt = UnixTime.Add(now, options.ExpireAfter);
        var expiresAt = row.Attempts == 0 && fromFirstAttempt > row.ExpiresAt ? fromFirstAttempt : row.ExpiresAt;
        var left = expiresAt - now;
        var transition = left > TimeSpan.Zero && GetRetryDelay(row.Attempts + 1) is { } delay
            ? new StateTransition(OutboxState.Waiting) { DueAt = now + (delay < left ? delay : left) }
            : new StateTransition(OutboxState.DeadLettered) { EndedAt = now };
        return transition with { Attempts = row.Attempts + 1, ExpiresAt = expiresAt, Envelope = envelope };
    }

    private TimeSpan? GetRetryDelay(int attempts)
    {
        var chance = Random.Shared.NextDouble();
        try
        {
            return RetrySchedule.GetDelay(options, attempts, chance);
        }
#pragma warning disable CA1031 // Code of the application.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            OutboxLog.ScheduleFailed(logger, exception);
            return RetrySchedule.GetDefaultDelay(options, attempts, chance);
        }
    }

    private static StateTransition CreateUnknown(DateTimeOffset startedAt, DateTimeOffset askAt, StoredEnvelope? envelope) =>
        new(OutboxState.Unknown) { TransmittingAt = startedAt, AskAt = askAt, Envelope = envelope };
}
