namespace SmtpTransport;

/// <summary>
/// Runs <see cref="StoredMessage.BeforeTransmission"/> once, however often the message is attempted. Not safe for concurrent use.
/// </summary>
internal sealed class TransmissionCallback(Func<CancellationToken, ValueTask> callback)
{
    /// <summary>Whether the callback has completed: the message may be on its way.</summary>
    public bool HasRun { get; private set; }

    /// <exception cref="SendFailureException">The callback failed; the next call runs it again.</exception>
    public ValueTask RunAsync(CancellationToken cancellationToken)
    {
        return HasRun ? ValueTask.CompletedTask : RunOnceAsync();

        async ValueTask RunOnceAsync()
        {
            try
            {
                await callback(cancellationToken).ConfigureAwait(false);
                HasRun = true;
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                throw Failed(nameof(StoredMessage.BeforeTransmission), exception);
            }
        }
    }

    /// <summary>Runs a callback of the caller.</summary>
    /// <exception cref="SendFailureException">The callback failed.</exception>
    public static ValueTask<T> RunAsync<T>(
        Func<CancellationToken, ValueTask<T>> callback, string name, CancellationToken cancellationToken)
    {
        try
        {
            var running = callback(cancellationToken);
            return running.IsCompletedSuccessfully ? running : WaitAsync(running);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failed(name, exception);
        }

        async ValueTask<T> WaitAsync(ValueTask<T> running)
        {
            try
            {
                return await running.ConfigureAwait(false);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                throw Failed(name, exception);
            }
        }
    }

    /// <summary>Ends what a callback permitted. It is the caller's: if its disposal throws, what was written stands.</summary>
    public static void End(IDisposable? permit)
    {
        try
        {
            permit?.Dispose();
        }
#pragma warning disable CA1031 // The message may be on its way, and its outcome counts.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }

    private static SendFailureException Failed(string name, Exception exception) =>
        new(SmtpErrorCodes.CallbackFailed, "conf", $"{name} failed: {exception.Message}", exception);
}
