using MailKit.Security;

namespace SmtpTransport;

/// <summary>
/// Keeps a wrong password from being tried by every connection, which locks accounts: until a login has succeeded, one is tried at a time, and
/// those who wait for it share its refusal. Where login after login is refused, none is tried for a while. Safe for concurrent callers.
/// </summary>
#pragma warning disable CA1001 // The semaphore holds nothing but memory, and a login that is ending may still give its place back.
internal sealed class LoginGate(TimeProvider time)
#pragma warning restore CA1001
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _one = new(1, 1);
    private volatile bool _known;
    private AuthenticationException? _refusal;
    private long _refusedAt;
    private int _refusals;

    /// <summary>Opens a connection, which logs in.</summary>
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
            throw new TimeoutException("The time limit has passed while another connection was logging in.");
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
        catch (AuthenticationException exception) when (!IsForNowOnly(exception))
        {
            _known = false;
            _refusal = exception;
            _refusedAt = time.GetTimestamp();
            _refusals++;
            throw;
        }
    }

    // 4yz says nothing of the password, and locks no account.
    private static bool IsForNowOnly(AuthenticationException exception) => exception.Message is ['4', _, _, ':', ..];

    /// <summary>Refused while this one was waiting, or again and again just now: the answer would be the same.</summary>
    private void ThrowIfRefused(Deadline deadline)
    {
        if (_refusal is null)
            return;
        var ago = time.GetElapsedTime(_refusedAt);
        var pause = _refusals < 2 ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, Math.Pow(2, Math.Min(_refusals, 10) - 2)));
        if (ago < deadline.Elapsed || ago < pause)
            throw new AuthenticationException(_refusal.Message, _refusal);
    }
}
