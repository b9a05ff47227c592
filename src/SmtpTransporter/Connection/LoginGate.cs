namespace SmtpTransport;

/// <summary>
/// Keeps a wrong password from being tried by every connection, which locks accounts: until an authentication has succeeded, one is tried
/// at a time, and those who wait for it share its refusal. After repeated refusals none is tried for a while. Safe for concurrent callers.
/// </summary>
#pragma warning disable CA1001 // The semaphore holds only memory, and an authentication that is ending may still release it.
internal sealed class LoginGate(TimeProvider time)
#pragma warning restore CA1001
{
    private static readonly TimeSpan MaxPause = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _one = new(1, 1);
    private volatile bool _known;
    private Exception? _refusal;
    private long _refusedAt;
    private int _refusals;

    /// <summary>Opens a connection, which authenticates.</summary>
    public async ValueTask OpenAsync(bool async, Func<ValueTask> open, Deadline deadline)
    {
        if (_known)
        {
            await TryAsync(open).ConfigureAwait(false);
            return;
        }
        if (async)
            await _one.WaitAsync(deadline.Token).ConfigureAwait(false);
        else if (!_one.Wait(deadline.RemainingMilliseconds, deadline.Token))
            throw new TimeoutException("The time limit has passed while another connection was authenticating.");
        try
        {
            if (!_known)
                ThrowIfRefused(deadline);
            await TryAsync(open).ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }
    }

    private async ValueTask TryAsync(Func<ValueTask> open)
    {
        try
        {
            await open().ConfigureAwait(false);
            (_refusals, _refusal) = (0, null);
            _known = true;
        }
        // 4yz says nothing of the password, and locks no account.
        catch (Exception exception) when (exception is AuthenticationFailedException { Reply: not { IsTransient: true } }
            or SendFailureException { Code: SmtpErrorCodes.TokenRefused })
        {
            _known = false;
            _refusal = exception;
            _refusedAt = time.GetTimestamp();
            _refusals++;
            throw;
        }
    }

    /// <summary>Refused while this one was waiting, or again and again just now: the answer would be the same.</summary>
    private void ThrowIfRefused(Deadline deadline)
    {
        if (_refusal is null)
            return;
        var ago = time.GetElapsedTime(_refusedAt);
        var pause = _refusals < 2 ? TimeSpan.Zero : TimeSpan.FromSeconds(
            Math.Min(MaxPause.TotalSeconds, Math.Pow(2, Math.Min(_refusals, 10) - 2)));
        if (ago < deadline.Elapsed || ago < pause)
        {
            throw _refusal is SendFailureException failure
                ? new SendFailureException(failure.Code, failure.Component, failure.Message, failure)
                : new AuthenticationFailedException(_refusal.Message, ((AuthenticationFailedException)_refusal).Reply, _refusal);
        }
    }
}
