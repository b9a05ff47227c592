namespace SmtpTransport;

/// <summary>
/// A caller in the queue of a pool, and what it is called with: a place, or a place with the connection on which its message is on its way.
/// All but waiting is done under the gate of the pool.
/// </summary>
/// <param name="mayGoEarly">Whether its message may go before its turn once it is near.</param>
internal sealed class PoolWaiter(bool mayGoEarly = false)
{
    // What wakes the caller runs nothing of it.
    private readonly TaskCompletionSource _call = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource? _approach =
        mayGoEarly ? new(TaskCreationOptions.RunContinuationsAsynchronously) : null;

    /// <summary>What of the message may go before its turn; null if nothing may.</summary>
    public EarlyFlight? Flight { get; set; }

    /// <summary>The connection that the flight was given to; null if it was not.</summary>
    public SmtpSession? Session { get; set; }

    /// <summary>Why there will be no reply to a message that was sent before its turn; null if its turn comes, or has come.</summary>
    public Exception? Loss { get; private set; }

    /// <summary>What is known of the connection over which the message was sent; null as long as there is no <see cref="Loss"/>.</summary>
    public ConnectionFacts? Facts { get; private set; }

    /// <summary>Whether the caller was called: what it was called with is its own.</summary>
    public bool IsCalled { get; private set; }

    /// <summary>Whether the caller has gone, although its flight is on its way.</summary>
    public bool HasLeft { get; private set; }

    /// <summary>Whether its message may be written for its flight.</summary>
    public bool IsNear { get; private set; }

    /// <summary>It is among the first: its message may be written.</summary>
    public void Approach()
    {
        IsNear = true;
        _approach!.TrySetResult();
    }

    public void Call()
    {
        IsCalled = true;
        _approach?.TrySetResult();
        _call.SetResult();
    }

    /// <summary>The flight was sent, and the connection has ended: calls the caller, who gets no place.</summary>
    public void Lose(Exception loss, ConnectionFacts facts)
    {
        Loss = loss;
        Facts = facts;
        Call();
    }

    /// <summary>The caller goes while its flight is on its way.</summary>
    public void Leave(Exception reason, ConnectionFacts facts)
    {
        HasLeft = true;
        // Whether it was handed over to the last octet is known only to the one who has the connection.
        if (Flight is not { HasMessage: true })
            return;
        Loss = reason;
        Facts = facts;
    }

    /// <summary>Waits until it is called.</summary>
    public ValueTask WaitAsync(bool async, Deadline deadline) => WaitAsync(async, _call.Task, deadline);

    /// <summary>Waits until it is near, or called.</summary>
    public ValueTask WaitUntilNearAsync(bool async, Deadline deadline) => WaitAsync(async, _approach!.Task, deadline);

    private static async ValueTask WaitAsync(bool async, Task task, Deadline deadline)
    {
        if (async)
            await task.WaitAsync(deadline.Token).ConfigureAwait(false);
        else if (!task.Wait(deadline.RemainingMilliseconds, deadline.Token))
            throw new OperationCanceledException();
    }
}
