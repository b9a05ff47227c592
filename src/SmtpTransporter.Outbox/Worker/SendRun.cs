using System.Globalization;
using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>
/// Sends one claimed email. Before the last bytes of its message may leave, the database records that it may be on its way: only a worker
/// that still holds the email gets this mark. Thread-safe.
/// </summary>
internal sealed class SendRun(
    Database database,
    EmailStore store,
    QueueTable queue,
    GroupWriter writer,
    OutcomeRecorder recorder,
    TransporterResolver transporters,
    SendGate gate,
    SuppressionCheck suppressions,
    SendQuotas quotas,
    Expiry expiry,
    WorkerLifetime lifetime,
    ILogger logger)
{
    private long _runs;

    /// <summary>Sends an email. It never throws.</summary>
    /// <returns>A task that completes when the end is recorded.</returns>
    public async Task<Task> ExecuteAsync(Claim claim)
    {
        try
        {
            return await SendAsync(claim).ConfigureAwait(false);
        }
        catch (Exception exception) when (database.IsUnavailable(exception) || lifetime.Stopping.IsCancellationRequested)
        {
            // Nothing was transmitted: the email is as it was.
            OutboxLog.RunFailed(logger, claim.Row.Id, exception);
            return writer.ReleaseAsync(claim);
        }
#pragma warning disable CA1031 // Any other failure, such as a missing key, counts as an attempt.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            OutboxLog.RunFailed(logger, claim.Row.Id, exception);
            return recorder.RecordFailureAsync(claim, exception);
        }
    }

    private async Task<Task> SendAsync(Claim claim)
    {
        var row = claim.Row;
        if (expiry.IsOver(claim))
            return recorder.RecordExpiredAsync(claim);
        if (gate.IsClosedFor(claim) || lifetime.Stopping.IsCancellationRequested)
            return writer.ReleaseAsync(claim);
        if (quotas.FindExcess(row) is { } excess)
            return recorder.RecordImpossibleAsync(claim, excess);
        var worker = string.Create(CultureInfo.InvariantCulture, $"{EmailActions.Process}/{Interlocked.Increment(ref _runs)}");
        if (row.Takeovers > 0)
            await queue.BeginSuspectAsync(claim, lifetime.Stopping).ConfigureAwait(false);
        var found = transporters.Find(row.Transporter);
        if (found is not IStoredMessageSender transporter)
            return recorder.RecordAsync(claim, worker, isMarked: false, CreateMissingTransporterResult(row, found));
        var message = await store.ReadMessageAsync(row, claim.Message, lifetime.Stopping).ConfigureAwait(false)
            ?? throw new InvalidDataException(
                $"The message of the email {row.Id} is not in the database: a part of it was removed, or not restored. Cancel the email.");
        return await TransmitAsync(claim, worker, transporter, message).ConfigureAwait(false);
    }

    private async Task<Task> TransmitAsync(Claim claim, string worker, IStoredMessageSender transporter, StoredMessage message)
    {
        // Something of the message may have left if it is marked, and has passed the gate.
        var (isMarked, isRefused, isUnpaid, hasPassed) = (false, false, false, false);
        SendResult result;
        try
        {
            var rest = message with
            {
                Recipients = claim.Row.Envelope.OpenAddresses,
                BeforeEnvelope = EnterAsync,
                BeforeTransmission = BeginAsync,
            };
            result = await transporter.SendAsync(rest, lifetime.Aborting).ConfigureAwait(false);
        }
        catch (SendCanceledException canceled) when (canceled.Result.Outcome == Outcome.NotSent)
        {
            // The host stops: as if it had never been claimed.
            return writer.ReleaseAsync(claim);
        }
        catch (SendCanceledException canceled)
        {
            result = canceled.Result;
        }
#pragma warning disable CA1031 // A custom transporter: what it throws is its attempt, whatever kind of exception it is.
        catch (Exception exception) when (!isMarked && !isRefused && !lifetime.Stopping.IsCancellationRequested)
#pragma warning restore CA1031
        {
            OutboxLog.RunFailed(logger, claim.Row.Id, exception);
            return recorder.RecordFailureAsync(claim, exception);
        }
        catch (Exception exception) when (isMarked)
        {
            // A custom transporter, or one that was disposed meanwhile.
            result = SendResult.Create(Outcome.Unknown, 0, exception.Message);
        }
        catch (InvalidOperationException) when (isRefused)
        {
            return GiveUp();
        }
        // A custom transporter may not have told that it began.
        if (result.Outcome != Outcome.NotSent)
            claim.Begin();
        // What was refused is given back, unless an earlier transaction came to something, or a quota did not let a further one begin: that
        // was an attempt.
        return isRefused && !isUnpaid && (!isMarked || result.Outcome == Outcome.NotSent)
            ? GiveUp()
            : recorder.RecordAsync(claim, worker, isMarked, result);

        Task GiveUp() => expiry.IsOver(claim) ? recorder.RecordExpiredAsync(claim) : writer.ReleaseAsync(claim);

        async ValueTask<IDisposable?> EnterAsync(CancellationToken cancellationToken)
        {
            // The first transaction is paid for already. Nobody waits for a permit meanwhile.
            var isPaid = !hasPassed || await quotas.TakeFurtherAsync(claim, cancellationToken).ConfigureAwait(false);
            isUnpaid = !isPaid;
            var permit = isPaid ? await PassAsync(cancellationToken).ConfigureAwait(false) : null;
            // The permit first: whoever adds an entry now waits for it, or is seen here.
            while (permit is not null && isMarked && claim.MustLook)
            {
                permit.Dispose();
                permit = await PassAsync(cancellationToken).ConfigureAwait(false);
            }
            isRefused = permit is null;
            // It may have been marked already; nothing of it has left.
            isMarked &= !isRefused || hasPassed;
            hasPassed |= !isRefused;
            if (!isRefused)
                claim.Begin();
            return permit ?? throw new InvalidOperationException(
                isPaid
                    ? "Somebody has decided about the email, a recipient was suppressed meanwhile, or it is paused or expired."
                    : "A quota has no room for a further transaction: the rest of the recipients waits for the next attempt.");
        }

        async ValueTask<IDisposable?> PassAsync(CancellationToken cancellationToken)
        {
            // What is marked is not taken away from the worker by a new entry.
            if (isMarked && claim.TakeLook() && await HoldsAsync(claim, cancellationToken).ConfigureAwait(false))
                return null;
            // It may have waited long for a connection.
            var permit = expiry.IsOver(claim) ? null : await gate.EnterAsync(claim, cancellationToken).ConfigureAwait(false);
            // And for the gate.
            if (permit is null || !expiry.IsOver(claim))
                return permit;
            permit.Dispose();
            return null;
        }

        async ValueTask BeginAsync(CancellationToken cancellationToken)
        {
            isRefused = expiry.IsOver(claim)
                || await writer.MarkAsync(claim, worker, cancellationToken).ConfigureAwait(false) is null
                || expiry.IsOver(claim);
            if (isRefused)
                throw new InvalidOperationException("Another worker has the email, it was canceled, or it is paused or expired.");
            isMarked = true;
        }
    }

    /// <summary>Whether the list holds somebody back, or cannot be asked: then the email waits, as it does at a claim.</summary>
    private async Task<bool> HoldsAsync(Claim claim, CancellationToken cancellationToken)
    {
        try
        {
            return await suppressions.HoldsAsync(claim.Row, cancellationToken).ConfigureAwait(false);
        }
        catch (LostSuppressionsException exception)
        {
            suppressions.Block(exception);
            return true;
        }
        catch (Exception exception) when (database.IsUnavailable(exception))
        {
            OutboxLog.RunFailed(logger, claim.Row.Id, exception);
            return true;
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
}
