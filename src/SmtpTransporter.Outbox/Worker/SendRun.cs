using System.Data.Common;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>
/// Sends one email when the engine runs it. The database decides: a run that was cut off is recognized by the state of its email, and only
/// one of two runs can start the transmission. Thread-safe.
/// </summary>
internal sealed class SendRun(
    EmailStore store,
    Engine engine,
    OutcomeRecorder recorder,
    OutboxRateLimiter rate,
    TransporterResolver transporters,
    WorkerLifetime lifetime,
    TimeProvider time,
    ILogger logger)
{
    private long _runs;

    /// <summary>Sends an email whose run is due, or parks it if an earlier run was cut off during the transmission.</summary>
    /// <param name="id">The email.</param>
    /// <param name="generation">The generation for which the run was scheduled; if the email has another one, nothing happens.</param>
    /// <param name="isRecovery">Whether an earlier run of this generation was cut off with its process.</param>
    /// <param name="cancellationToken">Cancels the wait for the rate, not the transmission.</param>
    public async Task ExecuteAsync(Guid id, int generation, bool isRecovery, CancellationToken cancellationToken)
    {
        // Unique for each run, even of the same email in the same process.
        var worker = string.Create(CultureInfo.InvariantCulture, $"{EmailActions.Process}/{Interlocked.Increment(ref _runs)}");
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(lifetime.Stopping, cancellationToken);
        EmailRow? row = null;
        try
        {
            row = await store.FindAsync(id, waiting.Token).ConfigureAwait(false);
            if (row is null || row.Generation != generation)
                return;
            if (row.State == OutboxState.Sending && isRecovery)
                await recorder.ParkAsync(row).ConfigureAwait(false);
            else if (row.State == OutboxState.Waiting)
                await SendAsync(row, worker, waiting.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (waiting.IsCancellationRequested)
        {
            await RequeueAsync(id, generation).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is DbException or IOException or TimeoutException)
        {
            // The database still has the email as it was; the sweeper requeues it.
            OutboxLog.RunFailed(logger, id, exception);
        }
#pragma warning disable CA1031 // Any other failure, such as a missing key, counts as an attempt.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            OutboxLog.RunFailed(logger, id, exception);
            if (row is not null)
                await recorder.RecordFailureAsync(row, worker, exception).ConfigureAwait(false);
        }
    }

    private async Task SendAsync(EmailRow row, string worker, CancellationToken waiting)
    {
        var found = transporters.Find(row.Transporter);
        if (found is not IStoredMessageSender transporter)
        {
            await recorder.RecordAsync(row, worker, null, CreateMissingTransporterResult(row, found)).ConfigureAwait(false);
            return;
        }
        using var lease = await rate.EnterAsync(row.Transporter, row.Priority, waiting).ConfigureAwait(false);
        if (rate.Limits(row.Transporter) && await engine.IsPausedAsync(waiting).ConfigureAwait(false))
        {
            // The sending was paused while the email waited for the rate.
            await RequeueAsync(row.Id, row.Generation).ConfigureAwait(false);
            return;
        }
        if (await store.ReadMessageAsync(row, waiting).ConfigureAwait(false) is not { } message)
            return;
        waiting.ThrowIfCancellationRequested();
        await TransmitAsync(row, worker, transporter, message).ConfigureAwait(false);
    }

    private async Task TransmitAsync(EmailRow row, string worker, IStoredMessageSender transporter, StoredMessage message)
    {
        var isTakenByOther = false;
        DateTimeOffset? startedAt = null;
        SendResult result;
        try
        {
            var rest = message with { Recipients = row.Envelope.OpenAddresses, BeforeTransmission = BeginAsync };
            result = await transporter.SendAsync(rest, lifetime.Aborting).ConfigureAwait(false);
        }
        catch (SendCanceledException canceled)
        {
            result = canceled.Result;
        }
        catch (Exception exception) when (startedAt is not null)
        {
            // A custom transporter, or one that was disposed meanwhile.
            result = SendResult.Create(Outcome.Unknown, 0, exception.Message);
        }
        if (!isTakenByOther)
            await recorder.RecordAsync(row, worker, startedAt, result).ConfigureAwait(false);

        async ValueTask BeginAsync(CancellationToken cancellationToken)
        {
            var now = time.GetUtcNow();
            isTakenByOther = !await store.BeginTransmissionAsync(row, worker, now, cancellationToken).ConfigureAwait(false);
            if (isTakenByOther)
                throw new InvalidOperationException("Another worker has the email, or it was canceled.");
            startedAt = now;
        }
    }

    private static SendResult CreateMissingTransporterResult(EmailRow row, ISmtpTransporter? found) => SendResult.Create(
        Outcome.NotSent, 0, SendResult.FailedText, row.Envelope.Recipients.Select(r => r.ToResult()),
        [new SmtpError(
            SmtpErrorCodes.CallbackFailed,
            found is null
                ? $"There is no transporter \"{row.Transporter}\" in this process. Register it, or give the emails another one."
                : $"The transporter \"{row.Transporter}\" ({found.GetType()}) cannot send stored messages. "
                    + "It must implement IStoredMessageSender.",
            "conf")]);

    /// <summary>Requeues an email whose run ends before it could start: here or in another process, now or after the next start.</summary>
    private async Task RequeueAsync(Guid id, int generation)
    {
        try
        {
            await store.RequeueAsync(id, generation, CancellationToken.None).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The sweeper finds it later.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            OutboxLog.RunFailed(logger, id, exception);
        }
    }
}
