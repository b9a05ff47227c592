namespace SmtpTransport;

/// <summary>
/// Keeps a wrong password from being tried by every connection, which locks accounts: until an authentication has succeeded, one is tried
/// at a time, and those who wait for it share its refusal, or what kept it from being tried. After repeated refusals none is tried for a
/// while. Safe for concurrent callers.
/// </summary>
#pragma warning disable CA1001 // The semaphore holds only memory, and an authentication that is ending may still release it.
internal sealed class LoginGate(Authenticator authenticator, TimeProvider time)
#pragma warning restore CA1001
{
    private static readonly TimeSpan MaxPause = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _one = new(1, 1);
    private volatile bool _known;
    private Exception? _failure;
    private long _failedAt;
    private TimeSpan _enough;
    private int _refusals;

    /// <summary>Opens a connection, which authenticates.</summary>
    /// <param name="async">Whether to wait without a thread.</param>
    /// <param name="open">Opens it.</param>
    /// <param name="forAll">
    /// What a failure that is no refusal says of the logins that wait too; null if they should be tried nevertheless.
    /// </param>
    /// <param name="since">How long the send had been under way when it began this attempt.</param>
    /// <param name="deadline">The limit of the send.</param>
    public async ValueTask OpenAsync(
        bool async, Func<ValueTask> open, Func<Exception, SendFailureException?> forAll, TimeSpan since, Deadline deadline)
    {
        if (_known)
        {
            await TryAsync(open, forAll: null, deadline).ConfigureAwait(false);
            return;
        }
        await WaitAsync(async, since, deadline).ConfigureAwait(false);
        try
        {
            if (!_known)
                ThrowIfFailed(since, deadline);
            await TryAsync(open, _known ? null : forAll, deadline).ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }
    }

    private static bool IsRefusal(Exception exception) =>
        // 4yz says nothing of the password, and locks no account.
        exception is AuthenticationFailedException { Reply: not { IsTransient: true } }
            or SendFailureException { Code: SmtpErrorCodes.TokenRefused };

    /// <summary>Waits until no other authentication is tried. Whose time is over is told what that one was waiting for.</summary>
    private async ValueTask WaitAsync(bool async, TimeSpan since, Deadline deadline)
    {
        try
        {
            if (async)
                await _one.WaitAsync(deadline.Token).ConfigureAwait(false);
            else if (!_one.Wait(deadline.RemainingMilliseconds, deadline.Token))
                throw new OperationCanceledException();
        }
        catch (OperationCanceledException exception) when (!deadline.CanceledByCaller && !deadline.CanceledByDisposal)
        {
            ThrowIfFailed(since, deadline);
            var late = authenticator.AwaitsToken ? authenticator.TokenIsLate("in time", exception) : new SendFailureException(
                SmtpErrorCodes.AuthenticationTimeout, "auth",
                $"The time was over while the first login was tried over another connection: until one has succeeded, the others wait.",
                exception)
            {
                Explanation = "own.login-queue",
            };
            throw late.Copy(SendStep.Authenticate);
        }
    }

    private async ValueTask TryAsync(Func<ValueTask> open, Func<Exception, SendFailureException?>? forAll, Deadline deadline)
    {
        var start = time.GetTimestamp();
        try
        {
            await open().ConfigureAwait(false);
            (_refusals, _failure) = (0, null);
            _known = true;
        }
        catch (Exception exception) when (IsRefusal(exception))
        {
            _known = false;
            _refusals++;
            (_failure, _failedAt) = (exception, time.GetTimestamp());
            throw;
        }
        catch (Exception exception) when (forAll?.Invoke(exception) is { } shared)
        {
            (_failure, _failedAt) = (shared, time.GetTimestamp());
            // If only the time of its own send was over, one that has more of it may succeed.
            _enough = deadline.TimedOut ? time.GetElapsedTime(start) : TimeSpan.MaxValue;
            throw shared;
        }
    }

    /// <summary>Failed while this one was waiting, or refused again and again just now: the answer would be the same.</summary>
    private void ThrowIfFailed(TimeSpan since, Deadline deadline)
    {
        if (_failure is not { } failure)
            return;
        var ago = time.GetElapsedTime(_failedAt);
        var isRefusal = IsRefusal(failure);
        if (!isRefusal && deadline.Remaining > _enough)
            return;
        var pause = !isRefusal || _refusals < 2 ? TimeSpan.Zero : TimeSpan.FromSeconds(
            Math.Min(MaxPause.TotalSeconds, Math.Pow(2, Math.Min(_refusals, 10) - 2)));
        if (ago < deadline.Elapsed - (isRefusal ? TimeSpan.Zero : since) || ago < pause)
        {
            throw failure is SendFailureException known
                ? known.Copy(known.SharedStep ?? SendStep.Authenticate)
                : ((AuthenticationFailedException)failure).Copy();
        }
    }
}
