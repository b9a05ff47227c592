using System.Runtime.CompilerServices;

namespace SmtpTransport;

/// <summary>
/// The way of one message from its making to its result: sign, filter the recipients, transmit or write to the pickup folder, report. Safe
/// for concurrent callers.
/// </summary>
internal sealed class SendPipeline(
    ServerOptions options, MessageSigner signer, EndpointSelector endpoints, OutcomeJudge judge, SendSummary? summary, TimeProvider time,
    CancellationToken disposal)
{
    private readonly RecipientFilter? _filter = RecipientFilter.Of(options);

    /// <summary>The folder that gets the messages instead of a server; null if there is none.</summary>
    public PickupFolder? Pickup { get; } = options.PickupFolder is null ? null : new PickupFolder(options.PickupFolder, time);

    /// <param name="async">Whether to wait without a thread.</param>
    /// <param name="build">Makes the message. What is wrong with it is a result.</param>
    /// <param name="isBulk">Whether the message is one of a sequence.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <exception cref="OperationCanceledException">The caller canceled before the send began.</exception>
    /// <exception cref="SendCanceledException">The caller canceled the send.</exception>
    public async ValueTask<SendResult> SendAsync(
        bool async, Func<bool, CancellationToken, ValueTask<OutgoingMessage>> build, bool isBulk, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var deadline = new Deadline(time, options.SendTimeout, cancellationToken, disposal);
        using var span = SmtpActivitySource.Send(options);
        OutgoingMessage? message = null;
        try
        {
            (message, var failed) = await PrepareAsync(async, build, deadline).ConfigureAwait(false);
            var outcome = failed ?? await TransmitAsync(async, message!, isBulk, deadline).ConfigureAwait(false);
            SmtpMetrics.Sent(options, outcome.Result, outcome.IsCanceled, message?.Size);
            SmtpActivitySource.Sent(span, options, message, outcome.Result, outcome.IsCanceled, message?.Size);
            LogMessages.Sent(options, outcome.Result);
            summary?.Count(outcome.Result.Outcome);
            return outcome.IsCanceled ? throw new SendCanceledException(outcome.Result, cancellationToken) : outcome.Result;
        }
        finally
        {
            message?.Dispose();
        }
    }

    /// <returns>Whether the pickup folder can be written to; null if the caller canceled the check.</returns>
    public ConnectionStatus? CheckPickup(PickupFolder folder, Deadline deadline)
    {
        try
        {
            folder.Check();
            return new ConnectionStatus(250, $"Messages are written to {folder.Path}", []);
        }
#pragma warning disable CA1031 // Every failure is a status.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return judge.JudgeCheck(exception, null, deadline);
        }
    }

    /// <returns>The message, as far as it was built, and null if it is ready; otherwise why it is not.</returns>
    private async ValueTask<(OutgoingMessage? Message, SendOutcome? Failed)> PrepareAsync(
        bool async, Func<bool, CancellationToken, ValueTask<OutgoingMessage>> build, Deadline deadline)
    {
        OutgoingMessage? message = null;
        try
        {
            message = await build(async, deadline.Token).ConfigureAwait(false);
            message = signer.Apply(message);
            if (_filter is not null)
                message = await _filter.ApplyAsync(async, message, deadline.Token).ConfigureAwait(false);
            RecipientFilter.ThrowIfNobodyIsLeft(message);
            return (message, null);
        }
#pragma warning disable CA1031 // Every failure is a result.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            var outcome = judge.Judge(message, exception, SendStep.Prepare, TimeSpan.Zero, deadline);
            // What is wrong with the message is reported even if the caller canceled meanwhile.
            return (message, exception is OperationCanceledException ? outcome : outcome with { IsCanceled = false });
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<SendOutcome> TransmitAsync(bool async, OutgoingMessage message, bool isBulk, Deadline deadline)
    {
        if (Pickup is null)
            return await endpoints.SendAsync(async, message, isBulk, deadline).ConfigureAwait(false);
        try
        {
            var path = await Pickup.WriteAsync(async, message, deadline.Token).ConfigureAwait(false);
            var taken = new TransactionResult(message.Envelope.Recipients);
            taken.End(new Reply(250, $"Written to {path}"));
            var record = new DeliveryRecord(message.Envelope);
            record.Add(taken, null, decides: false);
            var outcome = judge.Judge(message, null, record, null, TimeSpan.Zero, deadline);
            return outcome with { Result = outcome.Result.WithoutTlsRequired() };
        }
#pragma warning disable CA1031 // Every failure is a result.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return judge.Judge(message, exception, SendStep.Message, TimeSpan.Zero, deadline);
        }
    }
}
