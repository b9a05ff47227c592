namespace SmtpTransport.Testing;

/// <summary>Wakes the callers that wait for a change; costs nothing while none waits. Safe for concurrent callers.</summary>
internal sealed class Signal
{
    private readonly object _gate = new();
    private TaskCompletionSource? _waiting;

    public void Pulse()
    {
        lock (_gate)
        {
            _waiting?.TrySetResult();
            _waiting = null;
        }
    }

    /// <summary>A task that completes at the next pulse. Get it before reading the state, or a pulse in between is lost.</summary>
    public Task GetNextPulse()
    {
        lock (_gate)
            return (_waiting ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }
}
