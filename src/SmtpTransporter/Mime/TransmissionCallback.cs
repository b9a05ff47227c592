namespace SmtpTransport;

/// <summary>Runs <see cref="StoredMessage.BeforeTransmission"/> once, however often the message is attempted. Not safe for concurrent use.</summary>
internal sealed class TransmissionCallback(Func<CancellationToken, ValueTask> callback)
{
    private bool _hasRun;

    /// <exception cref="SendFailureException">The callback failed; the next call runs it again.</exception>
    public ValueTask RunAsync(CancellationToken cancellationToken)
    {
        return _hasRun ? ValueTask.CompletedTask : RunOnceAsync();

        async ValueTask RunOnceAsync()
        {
            try
            {
                await callback(cancellationToken).ConfigureAwait(false);
                _hasRun = true;
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                throw new SendFailureException(
                    SmtpErrorCodes.CallbackFailed, "conf", $"BeforeTransmission failed: {exception.Message}", exception);
            }
        }
    }
}
