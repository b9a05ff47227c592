namespace SmtpTransport.Testing;

/// <summary>Wakes those who wait for a change. Costs nothing while nobody waits.</summary>
internal sealed class Signal
{
    private readonly object _lock = new();
    private TaskCompletionSource? _waiting;

    public void Pulse()
    {
        lock (_lock)
        {
            _waiting?.TrySetResult();
            _waiting = null;
        }
    }

    /// <summary>The next pulse. Take it before looking at the state, or a pulse in between is lost.</summary>
    public Task Next()
    {
        lock (_lock)
            return (_waiting ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }
}
