namespace SmtpTransport.Outbox;

/// <summary>
/// Admits one caller at a time: of those who wait the one with the highest priority, and of equals the first. Thread-safe.
/// </summary>
internal sealed class PriorityGate
{
    private readonly object _lock = new();

    // The lowest value comes out first.
    private readonly PriorityQueue<TaskCompletionSource, (int NegatedPriority, long Number)> _waiting = new();
    private long _number;
    private bool _isTaken;

    public async Task<IDisposable> EnterAsync(OutboxPriority priority, CancellationToken cancellationToken)
    {
        TaskCompletionSource? admission = null;
        lock (_lock)
        {
            if (_isTaken)
            {
                admission = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _waiting.Enqueue(admission, (-(int)priority, _number++));
            }
            _isTaken = true;
        }
        if (admission is not null)
        {
            var registration = cancellationToken.UnsafeRegister(
                static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), admission);
            using (registration)
                await admission.Task.ConfigureAwait(false);
        }
        return new Admission(this);
    }

    private void Leave()
    {
        lock (_lock)
        {
            while (_waiting.TryDequeue(out var next, out _))
            {
                // A caller that was canceled meanwhile is skipped.
                if (next.TrySetResult())
                    return;
            }
            _isTaken = false;
        }
    }

    private sealed class Admission(PriorityGate gate) : IDisposable
    {
        public void Dispose() => gate.Leave();
    }
}
