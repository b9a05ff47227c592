namespace SmtpTransport.Outbox;

/// <summary>Wakes a loop of this process. Without a signal the loop goes on after an interval. Thread-safe.</summary>
internal sealed class WakeSignal(TimeProvider time)
{
    // When the loop looks again for what a caller's transaction commits soon. In milliseconds.
    private static readonly int[] Soon = [5, 10, 20, 50, 100, 200, 400, 800];

    private TaskCompletionSource _signal = Create();
    private int _soon = Soon.Length;

    public void Set() => Volatile.Read(ref _signal).TrySetResult();

    /// <summary>Wakes the loop several times, after longer and longer intervals.</summary>
    public void SetSoon()
    {
        Volatile.Write(ref _soon, 0);
        Set();
    }

    /// <summary>To call before the loop queries: a signal from now on wakes it again.</summary>
    public void Reset() => Volatile.Write(ref _signal, Create());

    /// <param name="interval">The longest wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task WaitAsync(TimeSpan interval, CancellationToken cancellationToken)
    {
        var soon = Volatile.Read(ref _soon);
        if (soon < Soon.Length)
        {
            Interlocked.CompareExchange(ref _soon, soon + 1, soon);
            var next = TimeSpan.FromMilliseconds(Soon[soon]);
            interval = next < interval ? next : interval;
        }
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(Volatile.Read(ref _signal).Task, Task.Delay(interval, time, waiting.Token)).ConfigureAwait(false);
        await waiting.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private static TaskCompletionSource Create() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
