namespace SmtpTransport;

/// <summary>
/// The pause before a server that could not be reached is tried again: as long as it has been unreachable, but 0.1 s to 5 s. After it has
/// been for as long as a send may take, there is none until it is back: a long sequence of emails ends. Safe for concurrent callers.
/// </summary>
internal sealed class ReconnectPause(TimeSpan limit, TimeProvider time)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private readonly object _gate = new();
    private long? _since;

    /// <summary>A connection was opened.</summary>
    public void End()
    {
        lock (_gate)
            _since = null;
    }

    /// <summary>Waits before another attempt.</summary>
    /// <returns>False if there is no time left for one.</returns>
    /// <exception cref="OperationCanceledException">The caller canceled.</exception>
    public async ValueTask<bool> TryWaitAsync(bool async, Deadline deadline)
    {
        TimeSpan unreachable;
        lock (_gate)
            unreachable = time.GetElapsedTime(_since ??= time.GetTimestamp());
        var pause = unreachable < Shortest ? Shortest : unreachable > Longest ? Longest : unreachable;
        if (unreachable >= limit || pause >= deadline.Remaining)
            return false;
        try
        {
            if (async)
                await Task.Delay(pause, time, deadline.Token).ConfigureAwait(false);
            else if (deadline.Token.WaitHandle.WaitOne(pause))
                throw new OperationCanceledException(deadline.Token);
            return true;
        }
        catch (OperationCanceledException) when (!deadline.CanceledByCaller)
        {
            return false;
        }
    }
}
