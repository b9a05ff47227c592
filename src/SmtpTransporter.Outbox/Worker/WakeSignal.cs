namespace SmtpTransport.Outbox;

/// <summary>Wakes a loop of this process; without it the loop looks after an interval, for what other processes do. Safe for concurrent callers.</summary>
internal sealed class WakeSignal(TimeSpan interval, TimeProvider time)
{
    private TaskCompletionSource _rung = New();

    public void Ring() => Volatile.Read(ref _rung).TrySetResult();

    /// <summary>Before the look: what rings from now on wants another look.</summary>
    public void Reset() => Volatile.Write(ref _rung, New());

    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(Volatile.Read(ref _rung).Task, Task.Delay(interval, time, waiting.Token)).ConfigureAwait(false);
        await waiting.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
