using System.Runtime.ExceptionServices;

namespace SmtpTransport;

/// <summary>
/// Calls the handlers around a send, the first of the list outermost. What they throw loses no result. Safe for concurrent callers.
/// </summary>
/// <param name="options">The options with the handlers, at least one.</param>
/// <param name="summary">Counts what became of the emails; null if nobody wants that.</param>
/// <param name="send">Sends behind the last one: synchronously or not, what, and whether it is one of a sequence.</param>
internal sealed class HandlerChain(
    ServerOptions options, SendSummary? summary, Func<bool, SendRequest, bool, ValueTask<SendResult>> send)
{
    private readonly SendHandler[] _handlers = [.. options.Handlers];

    public ValueTask<SendResult> SendAsync(bool async, SendRequest request, bool isBulk) => RunAsync(async, 0, request, isBulk);

    private async ValueTask<SendResult> RunAsync(bool async, int index, SendRequest request, bool isBulk)
    {
        if (index == _handlers.Length)
            return await send(async, request, isBulk).ConfigureAwait(false);
        var handler = _handlers[index];
        var call = new Call((asyncly, next) => RunAsync(asyncly, index + 1, next, isBulk));
        SendResult result;
        try
        {
            request = handler.OnSending(request) ?? throw new InvalidOperationException("OnSending returned null.");
            result = (async
                    ? await handler.SendAsync(request, r => call.RunAsync(async: true, r).AsTask()).ConfigureAwait(false)
                    : handler.Send(request, r => call.RunAsync(async: false, r).GetCompletedResult()))
                ?? throw new InvalidOperationException("It returned no result.");
            if (call.Close())
                throw new InvalidOperationException("It returned before the send had ended.");
        }
#pragma warning disable CA1031 // Whatever the caller's handler throws.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            // A send that has begun goes on: only its end tells what became of the email.
            await call.EndAsync(async).ConfigureAwait(false);
            if (call.Cancellation is { } canceled
                && (ReferenceEquals(exception, canceled) || IsCancellation(exception, request)))
            {
                After(handler, request, canceled.Result);
                ExceptionDispatchInfo.Throw(canceled);
            }
            if (call.Result is null && (ReferenceEquals(exception, call.Failure) || IsCancellation(exception, request)))
                throw;
            result = call.Result is { } known ? known.WithWarning(Failed(handler, exception)) : NotSent(handler, exception, request);
        }
        return After(handler, request, result);
    }

    // Before the send began, the caller's cancellation is thrown as it is without handlers.
    private static bool IsCancellation(Exception exception, SendRequest request) =>
        exception is OperationCanceledException && request.CancellationToken.IsCancellationRequested;

    private static SendResult After(SendHandler handler, SendRequest request, SendResult result)
    {
        try
        {
            if (result.Success)
                handler.OnSent(request, result);
            else
                handler.OnFailed(request, result);
            return result;
        }
#pragma warning disable CA1031 // The result stands, whatever the caller's handler throws.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return result.WithWarning(Failed(handler, exception));
        }
    }

    /// <summary>A send that has not come to the pipeline is reported as it would have been there.</summary>
    private SendResult NotSent(SendHandler handler, Exception exception, SendRequest request)
    {
        using var span = SmtpActivitySource.Send(options);
        var result = new SendResult(Outcome.NotSent, 0, SendResult.FailedText)
        {
            Errors = [Failed(handler, exception)],
            FailedStep = SendStep.Prepare,
            Sent = request.Email,
            ShowsAddresses = options.IncludePersonalDataInTelemetry,
        };
        SmtpMetrics.Sent(options, result, canceled: false, size: null);
        SmtpActivitySource.Sent(span, options, message: null, result, canceled: false, size: null);
        LogMessages.Sent(options, result);
        summary?.Count(result.Outcome);
        return result;
    }

    private static SmtpError Failed(SendHandler handler, Exception exception) => new(
        SmtpErrorCodes.CallbackFailed, $"The handler {handler.GetType().Name} failed: {ServerText.Clean(exception.Message)}", "conf");

    /// <summary>
    /// The calls of the next handler, usually one, and what came of them. Safe for a handler that calls from several threads.
    /// </summary>
    private sealed class Call(Func<bool, SendRequest, ValueTask<SendResult>> next)
    {
        private readonly object _gate = new();
        private TaskCompletionSource? _end;
        private int _running;
        private bool _isClosed;

        /// <summary>What became of the email; of several sends, what was or may have been delivered counts, or else the last.</summary>
        public SendResult? Result { get; private set; }

        /// <summary>Set if the caller canceled the send whose result counts.</summary>
        public SendCanceledException? Cancellation { get; private set; }

        public Exception? Failure { get; private set; }

        public async ValueTask<SendResult> RunAsync(bool async, SendRequest request)
        {
            ArgumentNullException.ThrowIfNull(request);
            request.ThrowIfNotSendable(async);
            Begin();
            try
            {
                var result = await next(async, request).ConfigureAwait(false);
                Take(result, null, null);
                return result;
            }
            catch (Exception exception)
            {
                var canceled = exception as SendCanceledException;
                Take(canceled?.Result, canceled, exception);
                throw;
            }
            finally
            {
                End();
            }
        }

        /// <summary>The handler has ended: from here on it cannot send.</summary>
        /// <returns>Whether a send is still under way.</returns>
        public bool Close()
        {
            lock (_gate)
            {
                _isClosed = true;
                return _running > 0;
            }
        }

        /// <summary>Waits for what is under way.</summary>
        public async ValueTask EndAsync(bool async)
        {
            Task end;
            lock (_gate)
            {
                _isClosed = true;
                if (_running == 0)
                    return;
                end = (_end ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
            if (async)
                await end.ConfigureAwait(false);
            else
                end.Wait(CancellationToken.None);
        }

        private static bool MayBeDelivered(SendResult result) =>
            result.Outcome is Outcome.Accepted or Outcome.PartiallyAccepted or Outcome.Unknown;

        private void Begin()
        {
            lock (_gate)
            {
                if (_isClosed)
                    throw new InvalidOperationException("The handler has ended; it can no longer send.");
                _running++;
            }
        }

        private void Take(SendResult? result, SendCanceledException? canceled, Exception? failure)
        {
            lock (_gate)
            {
                Failure = failure;
                if (result is not null && (Result is null || MayBeDelivered(result) || !MayBeDelivered(Result)))
                    (Result, Cancellation) = (result, canceled);
            }
        }

        private void End()
        {
            lock (_gate)
            {
                if (--_running == 0)
                    _end?.TrySetResult();
            }
        }
    }
}
