using System.Data.Common;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>
/// Sends one mail when its time has come, and writes down what came of it. What the database says decides: a run that was cut off is found
/// by its state, and of two runs only one can begin the transmission. Safe for concurrent callers.
/// </summary>
internal sealed class Delivery(
    OutboxOptions options, Database database, MailTable table, Engine engine, SendingRate rate, Transporters transporters, OutboxMeter meter, TimeProvider time, ILogger logger)
    : IDisposable
{
    private static readonly string Process = $"{Environment.MachineName}:{Environment.ProcessId}";

    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _ending = new();
    private long _runs;

    /// <summary>What waits ends and goes back to its place; what is under way goes on.</summary>
    public void Stop() => _stopping.Cancel();

    /// <summary>What is under way ends as well.</summary>
    public void End() => _ending.Cancel();

    public void Dispose()
    {
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
        var worker = string.Create(CultureInfo.InvariantCulture, $"{Process}/{Interlocked.Increment(ref _runs)}");
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token, cancellationToken);
        MailRow? row = null;
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
            await GoBackAsync(row).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever it is, the mail stays as it is in the database, and gets a new place.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            OutboxLog.RunFailed(logger, id, exception);
        }
    }

    /// <summary>
    /// Parks a mail whose run has ended without a word after the transmission may have begun. Where that run lives after all, what it writes down
    /// counts.
    /// </summary>
    public async Task ParkAsync(MailRow row)
    {
        var now = time.GetUtcNow();
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"The run of {row.Worker} ended between {row.TransmittingAt:O} and {now:O} without a word: within that window the mail may have been delivered.");
        var parked = await InTransactionAsync(async transaction =>
        {
            if (!await table.ChangeAsync(transaction, row, Unknown(row, row.Envelope), CancellationToken.None).ConfigureAwait(false))
                return false;
            await table.AddTryAsync(transaction, row, now, new TryDetails(Process, Outcome.Unknown, 0, text, (now - row.TransmittingAt!.Value).TotalMilliseconds), CancellationToken.None)
                .ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);
        if (!parked)
            return;
        OutboxLog.Parked(logger, row.Id, row.TransmittingAt!.Value);
        meter.Tried(Outcome.Unknown);
        await DecideAsync(row.Id).ConfigureAwait(false);
    }

    private async Task SendAsync(MailRow row, string worker, CancellationToken waiting)
    {
        if (transporters.Find(row.Transporter) is not { } transporter)
        {
            await RecordAsync(row, worker, null, Missing(row)).ConfigureAwait(false);
            return;
        }
        using var lease = await rate.EnterAsync(row.Transporter, row.Priority, waiting).ConfigureAwait(false);
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
        if (!isOthers)
            await RecordAsync(row, worker, begun, result).ConfigureAwait(false);

        async ValueTask BeginAsync(CancellationToken cancellationToken)
        {
            var now = time.GetUtcNow();
            isOthers = !await table.BeginTransmissionAsync(row, worker, now, cancellationToken).ConfigureAwait(false);
            if (isOthers)
                throw new InvalidOperationException("another worker has the mail, or it was cancelled");
            begun = now;
        }
    }

    private static SendResult Missing(MailRow row) => SendResult.Create(
        Outcome.NotSent, 0, SendResult.FailedText, row.Envelope.Recipients.Select(r => r.ToResult()),
        [new SmtpError(SmtpErrorCodes.CallbackFailed, $"There is no transporter \"{row.Transporter}\" in this process.", "conf")]);

    /// <summary>Writes down what came of a run, as soon as the database can be had.</summary>
    private async Task RecordAsync(MailRow row, string worker, DateTimeOffset? begun, SendResult result)
    {
        var now = time.GetUtcNow();
        var change = ChangeAfter(row, begun, result, now);
        var text = result.Outcome == Outcome.NotSent && result.Status == 0 && result.Errors.Count > 0 ? result.Errors[^1].Message : result.StatusText;
        var details = new TryDetails(worker, result.Outcome, result.Status, text, result.Elapsed.TotalMilliseconds);
        var isOurs = await InTransactionAsync(async transaction =>
        {
            if (!await table.EndRunAsync(transaction, row, worker, change, CancellationToken.None).ConfigureAwait(false))
                return false;
            await table.AddTryAsync(transaction, row, now, details, CancellationToken.None).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);
        if (!isOurs)
            return;
        if (change.IsScheduled)
            await engine.PlaceAsync([change.Place(row)], CancellationToken.None).ConfigureAwait(false);
        OutboxLog.Tried(logger, row.Id, result.Outcome, result.Status, change.State);
        meter.Tried(result.Outcome);
        if (change.State == OutboxState.Dead)
            meter.Died();
        if (change.State == OutboxState.Unknown)
            await DecideAsync(row.Id).ConfigureAwait(false);
    }

    private Change ChangeAfter(MailRow row, DateTimeOffset? begun, SendResult result, DateTimeOffset now)
    {
        var verdict = Verdict.Of(result, row.Envelope.Recipients);
        var envelope = row.Envelope with { Recipients = verdict.Recipients };
        switch (verdict.State)
        {
            case OutboxState.Unknown:
                return Unknown(row with { TransmittingAt = begun ?? now }, envelope);
            case OutboxState.Waiting when RetryTimes.After(options, row.Tries + 1, Random.Shared.NextDouble()) is { } wait && now < row.ExpiresAt:
                return new Change(OutboxState.Waiting) { DueAt = now + wait < row.ExpiresAt ? now + wait : row.ExpiresAt, IsAhead = row.Priority == OutboxPriority.Low, Envelope = envelope };
            case OutboxState.Waiting:
                return new Change(OutboxState.Dead) { EndedAt = now, Envelope = envelope };
            default:
                return new Change(verdict.State) { EndedAt = now, Envelope = envelope };
        }
    }

    private static Change Unknown(MailRow row, MailEnvelope envelope) => new(OutboxState.Unknown) { TransmittingAt = row.TransmittingAt, Envelope = envelope };

    private async Task DecideAsync(Guid id)
    {
        if (options.OnUnknown is not { } decide || await table.FindAsync(id, CancellationToken.None).ConfigureAwait(false) is not { } row)
            return;
        try
        {
            var decision = await decide(row.ToEntry(await table.HistoryAsync(id, CancellationToken.None).ConfigureAwait(false)), _ending.Token).ConfigureAwait(false);
            if (decision == UnknownDecision.Resend)
                await Decisions.ResendAsync(database, table, engine, row, options, time.GetUtcNow(), Process, CancellationToken.None).ConfigureAwait(false);
            else if (decision == UnknownDecision.Drop)
                await Decisions.EndAsync(database, table, engine, row, OutboxState.Dropped, time.GetUtcNow(), Process, CancellationToken.None).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The caller's own code: the mail stays parked.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            OutboxLog.DecisionFailed(logger, id, exception);
        }
    }

    /// <summary>The process ends before the mail's turn has come: its place is given to the next one.</summary>
    private async Task GoBackAsync(MailRow? row)
    {
        if (row is null)
            return;
        try
        {
            await Decisions.MoveAsync(database, table, engine, row, time.GetUtcNow(), CancellationToken.None).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // It gets a new place after the next start.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            OutboxLog.RunFailed(logger, row.Id, exception);
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
            catch (Exception exception) when (!_ending.IsCancellationRequested && exception is DbException or TimeoutException or IOException)
            {
                OutboxLog.DatabaseFailed(logger, exception);
                await Task.Delay(wait, time, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }
}
