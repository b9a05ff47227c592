using System.Data.Common;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>
/// Sends one mail when its time has come, and writes down what came of it. What the database says decides: a run that was cut off is found
/// by its state, and of two runs only one can begin the transmission. Safe for concurrent callers.
/// </summary>
internal sealed class Delivery(
    OutboxOptions options, Database database, EmailTable table, QueueTable queue, Engine engine, Dispatcher feeder, UnknownResolver decider, OutboxRateLimiter rate, TransporterResolver transporters, OutboxMeter meter,
    TimeProvider time, ILogger logger) : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _ending = new();
    private long _runs;

    /// <summary>What waits ends and goes back to its place; what is under way goes on.</summary>
    public void Stop() => _stopping.Cancel();

    /// <summary>What is under way ends as well.</summary>
    public void End() => _ending.Cancel();

    public void Dispose()
    {
        // Where the application was not stopped before, nothing may go on.
        Stop();
        End();
        _stopping.Dispose();
        _ending.Dispose();
    }

    /// <summary>A mail's turn has come.</summary>
    /// <param name="id">The mail.</param>
    /// <param name="turn">Its turn; where another one is the current one, nothing is done.</param>
    /// <param name="isRecovery">Whether an earlier run of this turn was cut off with its process.</param>
    /// <param name="cancellationToken">Ends the wait, not the transmission.</param>
    public async Task RunAsync(Guid id, int turn, bool isRecovery, CancellationToken cancellationToken)
    {
        // No two runs have the same, even of the same mail in the same process.
        var worker = string.Create(CultureInfo.InvariantCulture, $"{EmailActions.Process}/{Interlocked.Increment(ref _runs)}");
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token, cancellationToken);
        EmailRow? row = null;
        try
        {
            row = await table.FindAsync(id, waiting.Token).ConfigureAwait(false);
            if (row is null || row.Turn != turn)
                return;
            if (row.State == OutboxState.Sending && isRecovery)
                await ParkAsync(row).ConfigureAwait(false);
            else if (row.State == OutboxState.Waiting)
                await SendAsync(row, worker, waiting.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (waiting.IsCancellationRequested)
        {
            await GoBackAsync(id, turn).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is DbException or IOException or TimeoutException)
        {
            // The mail stays as it is in the database, and gets a new place.
            OutboxLog.RunFailed(logger, id, exception);
        }
#pragma warning disable CA1031 // Whatever it is, such as a key that is gone, it is a try like others.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            OutboxLog.RunFailed(logger, id, exception);
            if (row is not null)
                await RecordFailureAsync(row, worker, exception).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Parks a mail whose run has ended without a word after the transmission may have begun. Where that run lives after all, what it writes down
    /// counts.
    /// </summary>
    public async Task ParkAsync(EmailRow row)
    {
        var now = time.GetUtcNow();
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"The run of {row.Worker} ended between {row.TransmittingAt:O} and {now:O} without a word: within that window the mail may have been delivered.");
        // The run may live after all, on a machine that the others do not hear of, and what it says counts.
        var quiet = UnixTime.Later(row.TransmittingAt!.Value, options.OnUnknownDelay);
        var askAt = quiet > now ? quiet : now;
        var change = Unknown(row.TransmittingAt!.Value, askAt, null);
        var details = new TryDetails(EmailActions.Process, Outcome.Unknown, 0, text, (now - row.TransmittingAt!.Value).TotalMilliseconds);
        if (await WriteDownAsync(row, now, change, details, transaction => table.ChangeAsync(transaction, row, change, CancellationToken.None)).ConfigureAwait(false))
            OutboxLog.Parked(logger, row.Id, row.TransmittingAt!.Value);
    }

    private async Task SendAsync(EmailRow row, string worker, CancellationToken waiting)
    {
        var found = transporters.Find(row.Transporter);
        if (found is not IStoredMessageSender transporter)
        {
            await RecordAsync(row, worker, null, Missing(row, found)).ConfigureAwait(false);
            return;
        }
        using var lease = await rate.EnterAsync(row.Transporter, row.Priority, waiting).ConfigureAwait(false);
        if (rate.Limits(row.Transporter) && await engine.IsPausedAsync(waiting).ConfigureAwait(false))
        {
            // It was, while the mail waited for its place in the rate.
            await GoBackAsync(row.Id, row.Turn).ConfigureAwait(false);
            return;
        }
        if (await table.ReadAsync(row, waiting).ConfigureAwait(false) is not { } stored)
            return;
        waiting.ThrowIfCancellationRequested();
        var isOthers = false;
        DateTimeOffset? begun = null;
        SendResult result;
        try
        {
            result = await transporter.SendAsync(
                stored with { Recipients = row.Envelope.Open, BeforeTransmission = BeginAsync }, _ending.Token).ConfigureAwait(false);
        }
        catch (SendCanceledException cancelled)
        {
            result = cancelled.Result;
        }
        catch (Exception exception) when (begun is not null)
        {
            // A transporter of the caller's own, or one that was disposed of meanwhile.
            result = SendResult.Create(Outcome.Unknown, 0, exception.Message);
        }
        if (!isOthers)
            await RecordAsync(row, worker, begun, result).ConfigureAwait(false);

        async ValueTask BeginAsync(CancellationToken cancellationToken)
        {
            var now = time.GetUtcNow();
            isOthers = !await table.BeginTransmissionAsync(row, worker, now, cancellationToken).ConfigureAwait(false);
            if (isOthers)
                throw new InvalidOperationException("another worker has the mail, or it was cancelled");
            begun = now;
            feeder.Freed();
        }
    }

    private static SendResult Missing(EmailRow row, ISmtpTransporter? found) => SendResult.Create(
        Outcome.NotSent, 0, SendResult.FailedText, row.Envelope.Recipients.Select(r => r.ToResult()),
        [new SmtpError(
            SmtpErrorCodes.CallbackFailed,
            found is null
                ? $"There is no transporter \"{row.Transporter}\" in this process. Register it, or give the emails another one."
                : $"The transporter \"{row.Transporter}\" ({found.GetType()}) cannot send stored messages. It must implement IStoredMessageSender.",
            "conf")]);

    /// <summary>Writes down what came of a run, as soon as the database can be had.</summary>
    private async Task RecordAsync(EmailRow row, string worker, DateTimeOffset? begun, SendResult result)
    {
        var now = time.GetUtcNow();
        var change = ChangeAfter(row, begun, result, now);
        var text = result.Outcome == Outcome.NotSent && result.Status == 0 && result.Errors.Count > 0 ? result.Errors[^1].Message : result.StatusText;
        var details = new TryDetails(worker, result.Outcome, result.Status, text, result.Elapsed.TotalMilliseconds);
        if (await WriteDownAsync(row, now, change, details, transaction => table.EndRunAsync(transaction, row, worker, change, CancellationToken.None)).ConfigureAwait(false))
            OutboxLog.Tried(logger, row.Id, result.Outcome, result.Status, change.State);
    }

    /// <summary>Writes down that a run failed before it had begun to transmit.</summary>
    private async Task RecordFailureAsync(EmailRow row, string worker, Exception exception)
    {
        var now = time.GetUtcNow();
        var change = Again(row, now, null);
        var details = new TryDetails(worker, Outcome.NotSent, 0, exception.Message, 0);
        try
        {
            await WriteDownAsync(row, now, change, details, transaction => table.ChangeAsync(transaction, row, change, CancellationToken.None)).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // It gets a new place.
        catch (Exception again)
#pragma warning restore CA1031
        {
            OutboxLog.RunFailed(logger, row.Id, again);
        }
    }

    private async Task<bool> WriteDownAsync(EmailRow row, DateTimeOffset now, StateTransition change, TryDetails details, Func<DbTransaction, Task<bool>> write)
    {
        var isOurs = await InTransactionAsync(async transaction =>
        {
            if (!await write(transaction).ConfigureAwait(false))
                return false;
            await table.AddTryAsync(transaction, row, now, details, CancellationToken.None).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);
        if (!isOurs)
            return false;
        feeder.Freed();
        meter.Tried(details.Outcome!.Value);
        if (change.State == OutboxState.DeadLettered)
            meter.Died();
        if (change.State == OutboxState.Unknown)
            decider.Bell.Ring();
        return true;
    }

    private StateTransition ChangeAfter(EmailRow row, DateTimeOffset? begun, SendResult result, DateTimeOffset now)
    {
        var verdict = AttemptOutcome.Of(result, row.Envelope.Recipients);
        var envelope = row.Envelope with { Recipients = verdict.Recipients };
        var change = verdict.State switch
        {
            OutboxState.Unknown => Unknown(begun ?? now, now, envelope),
            OutboxState.Waiting => Again(row, now, envelope),
            _ => new StateTransition(verdict.State) { EndedAt = now, Envelope = envelope },
        };
        return change with { Tries = row.Tries + 1 };
    }

    /// <summary>Another try, or a dead letter where there is none any more.</summary>
    private StateTransition Again(EmailRow row, DateTimeOffset now, StoredEnvelope? envelope)
    {
        // Its time begins at the latest with its first try: before, it may have waited for others.
        var atLeast = UnixTime.Later(now, options.ExpireAfter);
        var expires = row.Tries == 0 && atLeast > row.ExpiresAt ? atLeast : row.ExpiresAt;
        var left = expires - now;
        var change = left > TimeSpan.Zero && WaitAfter(row.Tries + 1) is { } wait
            ? new StateTransition(OutboxState.Waiting) { DueAt = now + (wait < left ? wait : left) }
            : new StateTransition(OutboxState.DeadLettered) { EndedAt = now };
        return change with { Tries = row.Tries + 1, ExpiresAt = expires, Envelope = envelope };
    }

    private TimeSpan? WaitAfter(int tries)
    {
        var chance = Random.Shared.NextDouble();
        try
        {
            return RetrySchedule.After(options, tries, chance);
        }
#pragma warning disable CA1031 // The caller's own code.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            OutboxLog.ScheduleFailed(logger, exception);
            return RetrySchedule.Default(options, tries, chance);
        }
    }

    private static StateTransition Unknown(DateTimeOffset since, DateTimeOffset askAt, StoredEnvelope? envelope) =>
        new(OutboxState.Unknown) { TransmittingAt = since, AskAt = askAt, Envelope = envelope };

    /// <summary>A run that ends before it could begin: its mail gets a new place, here or in another process, now or after the next start.</summary>
    private async Task GoBackAsync(Guid id, int turn)
    {
        try
        {
            await queue.TakeBackAsync(id, turn, CancellationToken.None).ConfigureAwait(false);
            feeder.Bell.Ring();
        }
#pragma warning disable CA1031 // It is found later to have lost its place.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            OutboxLog.RunFailed(logger, id, exception);
        }
    }

    /// <summary>As often as it takes: the database may be gone for a while, and what is to be written is known nowhere else.</summary>
    private async Task<bool> InTransactionAsync(Func<DbTransaction, Task<bool>> run)
    {
        for (var wait = TimeSpan.FromMilliseconds(100); ; wait = wait < TimeSpan.FromSeconds(3) ? wait * 2 : wait)
        {
            try
            {
                return await database.InTransactionAsync(run, CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception exception) when (!_ending.IsCancellationRequested && exception is (DbException or TimeoutException or IOException))
            {
                OutboxLog.DatabaseFailed(logger, exception);
                await Task.Delay(wait, time, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }
}
