using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>Records the outcome of a run: the next state of the email, and the attempt in its history. Thread-safe.</summary>
internal sealed class OutcomeRecorder(
    OutboxOptions options, EmailStore store, GroupWriter writer, Expiry expiry, OutboxMeter meter, OutboxSignals signals,
    WorkerLifetime lifetime, TimeProvider time, ILogger logger)
{
    /// <summary>Records the result of a send.</summary>
    /// <param name="claim">The email as it was claimed.</param>
    /// <param name="worker">The run.</param>
    /// <param name="isMarked">Whether the message may have been transmitted.</param>
    /// <param name="result">The result.</param>
    /// <returns>A task that completes when the result is recorded; it does not fail.</returns>
    public async Task RecordAsync(Claim claim, string worker, bool isMarked, SendResult result)
    {
        var attempt = AttemptDetails.FromResult(worker, result);
        var transition = CreateTransition(claim.Row, result);
        if (await RecordAsync(new Settlement(claim, transition, attempt)).ConfigureAwait(false))
            OutboxLog.Attempted(logger, claim.Row.Id, result.Outcome, result.Status, transition.State);
        else if (isMarked)
            await RecordLateAsync(claim.Row, attempt).ConfigureAwait(false);
    }

    /// <summary>Adds to the history what nobody waits for any more: a decision was made without it, and a person should know.</summary>
    private async Task RecordLateAsync(EmailRow row, AttemptDetails attempt)
    {
        try
        {
            if (await store.AddLateAttemptAsync(row, attempt).ConfigureAwait(false))
                OutboxLog.SettledLate(logger, row.Id, attempt.Outcome!.Value, attempt.Status);
        }
#pragma warning disable CA1031 // The log is what remains.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            OutboxLog.NotRecorded(logger, row.Id, attempt.Outcome!.Value, attempt.Status, exception);
        }
    }

    /// <summary>Records that a run failed before the message was transmitted.</summary>
    public Task RecordFailureAsync(Claim claim, Exception exception)
    {
        var attempt = new AttemptDetails(EmailActions.Process, Outcome.NotSent, 0, exception.Message, 0);
        return RecordAsync(new Settlement(claim, CreateRetry(claim.Row, null), attempt));
    }

    /// <summary>Records that an email has expired before another attempt could begin, and what it waited for.</summary>
    public async Task RecordExpiredAsync(Claim claim)
    {
        var attempt = await expiry.DescribeAsync(claim.Row, lifetime.Aborting).ConfigureAwait(false);
        if (await RecordAsync(new Settlement(claim, new StateTransition(OutboxState.DeadLettered), attempt)).ConfigureAwait(false))
            OutboxLog.Expired(logger, claim.Row.Id, claim.Row.ExpiresAt);
    }

    /// <summary>Records that an email can never be sent, and why.</summary>
    public Task RecordImpossibleAsync(Claim claim, string reason)
    {
        var attempt = new AttemptDetails(EmailActions.Process, Outcome.NotSent, 0, reason, 0);
        return RecordAsync(new Settlement(claim, new StateTransition(OutboxState.DeadLettered), attempt));
    }

    private async Task<bool> RecordAsync(Settlement settlement)
    {
        try
        {
            if (!await writer.SettleAsync(settlement).ConfigureAwait(false))
                return false;
        }
#pragma warning disable CA1031 // The process ends, or the database refuses even the bare state: another worker takes the email over.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            OutboxLog.NotRecorded(logger, settlement.Claim.Row.Id, settlement.Attempt.Outcome!.Value, settlement.Attempt.Status, exception);
            return true;
        }
        // The next one of the lane may be claimed only now.
        if (settlement.Claim.Row.IsOrdered)
            signals.Claims.Set();
        meter.AddAttempt(settlement.Attempt.Outcome!.Value);
        if (settlement.Transition.State == OutboxState.DeadLettered)
            meter.AddDeadLetter();
        if (settlement.Transition.State == OutboxState.Unknown)
            signals.Decisions.Set();
        return true;
    }

    private StateTransition CreateTransition(EmailRow row, SendResult result)
    {
        var outcome = AttemptOutcome.FromResult(result, row.Envelope.Recipients);
        var envelope = row.Envelope with { Recipients = outcome.Recipients };
        var transition = outcome.State switch
        {
            OutboxState.Unknown => new StateTransition(OutboxState.Unknown) { AskDelay = TimeSpan.Zero, Envelope = envelope },
            OutboxState.Waiting => CreateRetry(row, envelope),
            _ => new StateTransition(outcome.State) { Envelope = envelope },
        };
        return transition with { Attempts = row.Attempts + 1 };
    }

    /// <summary>Another attempt, or a dead letter if none is left.</summary>
    private StateTransition CreateRetry(EmailRow row, StoredEnvelope? envelope)
    {
        var left = row.ExpiresAt - time.GetUtcNow();
        var delay = left > TimeSpan.Zero ? GetRetryDelay(row.Attempts + 1) : null;
        if (delay >= left)
            delay = RetrySchedule.GetLastDelay(options, left);
        var transition = delay is null
            ? new StateTransition(OutboxState.DeadLettered)
            : new StateTransition(OutboxState.Waiting) { Delay = delay };
        return transition with { Attempts = row.Attempts + 1, Envelope = envelope };
    }

    private TimeSpan? GetRetryDelay(int attempts)
    {
        var chance = options.Random.NextDouble();
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
}
