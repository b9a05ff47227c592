namespace SmtpTransport.Outbox;

/// <summary>
/// Wakes a loop of this process. Without a signal the loop polls after an interval, for changes of other processes. Thread-safe.
/// </summary>
internal sealed class WakeSignal(TimeSpan interval, TimeProvider time)
{
    private TaskCompletionSource _signal = Create();

    public void Set() => Volatile.Read(ref _signal).TrySetResult();

    /// <summary>To call before the loop queries: a signal from now on wakes it again.</summary>
    public void Reset() => Volatile.Write(ref _signal, Create());

    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(Volatile.Read(ref _signal).Task, Task.Delay(interval, time, waiting.Token)).ConfigureAwait(false);
        await waiting.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private static TaskCompletionSource Create() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
