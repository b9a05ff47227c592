namespace SmtpTransport.Outbox;

/// <summary>Lets one in at a time: of those who wait, the one with the highest priority, and of equals the first.</summary>
internal sealed class PriorityGate
{
    private readonly object _lock = new();
    private readonly PriorityQueue<TaskCompletionSource, (int, long)> _waiting = new();
    private long _number;
    private bool _isTaken;

    public async Task<IDisposable> EnterAsync(OutboxPriority priority, CancellationToken cancellationToken)
    {
        TaskCompletionSource? turn = null;
        lock (_lock)
        {
            if (_isTaken)
                _waiting.Enqueue(turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), (Rank(priority), _number++));
            _isTaken = true;
        }
        if (turn is not null)
        {
            using (cancellationToken.UnsafeRegister(static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), turn))
                await turn.Task.ConfigureAwait(false);
        }
        return new Leaving(this);
    }

    private static int Rank(OutboxPriority priority) => priority switch { OutboxPriority.High => 0, OutboxPriority.Normal => 1, _ => 2 };

    private void Leave()
    {
        lock (_lock)
        {
            while (_waiting.TryDequeue(out var next, out _))
            {
                // One that has given up meanwhile is passed over.
                if (next.TrySetResult())
                    return;
            }
            _isTaken = false;
        }
    }

    private sealed class Leaving(PriorityGate gate) : IDisposable
    {
        public void Dispose() => gate.Leave();
    }
}
