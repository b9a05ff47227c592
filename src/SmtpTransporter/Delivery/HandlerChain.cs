namespace SmtpTransport;

/// <summary>
/// Calls the handlers around a send, the first of the list outermost. What they throw loses no result. Safe for concurrent callers.
/// </summary>
/// <param name="handlers">The handlers, at least one.</param>
/// <param name="send">Sends behind the last one: synchronously or not, what, and whether it is one of a sequence.</param>
internal sealed class HandlerChain(IReadOnlyList<SendHandler> handlers, Func<bool, SendRequest, bool, ValueTask<SendResult>> send)
{
    public ValueTask<SendResult> SendAsync(bool async, SendRequest request, bool isBulk) => RunAsync(async, 0, request, isBulk);

    private async ValueTask<SendResult> RunAsync(bool async, int index, SendRequest request, bool isBulk)
    {
        if (index == handlers.Count)
            return await send(async, request, isBulk).ConfigureAwait(false);
        var handler = handlers[index];
        var call = new Call((asyncly, next) => RunAsync(asyncly, index + 1, next, isBulk));
        SendResult result;
        try
        {
            request = handler.OnSending(request) ?? throw new InvalidOperationException("OnSending returned null.");
            result = (async
                    ? await handler.SendAsync(request, r => call.RunAsync(async: true, r).AsTask()).ConfigureAwait(false)
                    : handler.Send(request, r => call.RunAsync(async: false, r).GetCompletedResult()))
                ?? throw new InvalidOperationException("It returned no result.");
        }
        catch (SendCanceledException canceled) when (ReferenceEquals(canceled, call.Failure))
        {
            After(handler, request, canceled.Result);
            throw;
        }
#pragma warning disable CA1031 // Whatever the caller's handler throws.
        catch (Exception exception) when (!ReferenceEquals(exception, call.Failure) && !IsCancellation(exception, request, call))
#pragma warning restore CA1031
        {
            result = call.Result is { } known ? known.WithWarning(Failed(handler, exception)) : NotSent(handler, exception, request);
        }
        return After(handler, request, result);
    }

    // Before the send began, the caller's cancellation is thrown as it is without handlers.
    private static bool IsCancellation(Exception exception, SendRequest request, Call call) =>
        exception is OperationCanceledException && request.CancellationToken.IsCancellationRequested && call.Result is null;

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

    private static SendResult NotSent(SendHandler handler, Exception exception, SendRequest request) =>
        new(Outcome.NotSent, 0, SendResult.FailedText)
        {
            Errors = [Failed(handler, exception)],
            FailedStep = SendStep.Prepare,
            Sent = request.Email,
        };

    private static SmtpError Failed(SendHandler handler, Exception exception) => new(
        SmtpErrorCodes.CallbackFailed, $"The handler {handler.GetType().Name} failed: {ServerText.Clean(exception.Message)}", "conf");

    /// <summary>The call of the next handler, and what came of it.</summary>
    private sealed class Call(Func<bool, SendRequest, ValueTask<SendResult>> next)
    {
        public SendResult? Result { get; private set; }

        public Exception? Failure { get; private set; }

        public async ValueTask<SendResult> RunAsync(bool async, SendRequest request)
        {
            ArgumentNullException.ThrowIfNull(request);
            try
            {
                return Result = await next(async, request).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                Failure = exception;
                throw;
            }
        }
    }
}
