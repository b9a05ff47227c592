namespace SmtpTransport;

/// <summary>
/// A caller in the queue of a pool, and what it is called with: a place, or a place with the connection on which its message is on its way.
/// All but waiting is done under the gate of the pool.
/// </summary>
internal sealed class PoolWaiter
{
    // What wakes the caller runs nothing of it.
    private readonly TaskCompletionSource _call = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What of the message may go before its turn; null if nothing may.</summary>
    public EarlyFlight? Flight { get; set; }

    /// <summary>The connection that the flight was given to; null if it was not.</summary>
    public SmtpSession? Session { get; set; }

    /// <summary>Why there will be no reply to a message that was sent before its turn; null if its turn comes, or has come.</summary>
    public Exception? Loss { get; private set; }

    /// <summary>Whether the caller was called: what it was called with is its own.</summary>
    public bool IsCalled { get; private set; }

    /// <summary>Whether the caller has gone, although its flight is on its way.</summary>
    public bool HasLeft { get; private set; }

    public void Call()
    {
        IsCalled = true;
        _call.SetResult();
    }

    /// <summary>The flight was sent, and the connection has ended: calls the caller, who gets no place.</summary>
    public void Lose(Exception loss)
    {
        Loss = loss;
        Call();
    }

    /// <summary>The caller goes while its flight is on its way.</summary>
    public void Leave(Exception reason)
    {
        HasLeft = true;
        // Whether it was handed over to the last octet is known only to the one who has the connection.
        if (Flight is { HasMessage: true })
            Loss = reason;
    }

    public async ValueTask WaitAsync(bool async, Deadline deadline)
    {
        if (async)
            await _call.Task.WaitAsync(deadline.Token).ConfigureAwait(false);
        else if (!_call.Task.Wait(deadline.RemainingMilliseconds, deadline.Token))
            throw new OperationCanceledException();
    }
}
