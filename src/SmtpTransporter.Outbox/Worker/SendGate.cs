namespace SmtpTransport.Outbox;

/// <summary>
/// What every email of this process passes before its MAIL: it opens only for one that this process still holds, that is not paused, and
/// while the others know that this process lives. Whoever changes the gate waits for those that have just passed it
/// (<see cref="WaitForPassedAsync"/>): from then on no MAIL begins by what was true before. Thread-safe.
/// </summary>
internal sealed class SendGate(WorkerLifetime lifetime, TimeProvider time)
{
    /// <summary>
    /// How long after its last beat this process begins emails. The others take its emails, and callers stop waiting for it, after
    /// <see cref="Heartbeat.DeadAfter"/>; what it was told last is not known to be true then.
    /// </summary>
    public static readonly TimeSpan Lease = Heartbeat.DeadAfter - Heartbeat.Interval;

    // A write of MAIL that the network does not take has begun.
    private static readonly TimeSpan MaxWrite = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WriteDelay = TimeSpan.FromMilliseconds(1);

    private readonly Permit[] _permits = [new(), new()];
    private volatile IReadOnlyList<SendPause> _pauses = [];
    private TaskCompletionSource _renewed = Create();
    private long _renewedAt = long.MinValue;
    private int _current;

    /// <summary>What is paused, as this process last saw it.</summary>
    public IReadOnlyList<SendPause> Pauses
    {
        get => _pauses;
        set => _pauses = value;
    }

    /// <summary>Whether the lease has not ended.</summary>
    public bool IsAlive => Volatile.Read(ref _renewedAt) is var at and not long.MinValue && time.GetElapsedTime(at) < Lease;

    /// <summary>Whether nothing is sent.</summary>
    public bool IsEverythingPaused => Pauses.Contains(SendPause.Everything);

    public bool IsPaused(string transporter, string lane)
    {
        foreach (var pause in _pauses)
        {
            if (pause.Holds(transporter, lane))
                return true;
        }
        return false;
    }

    /// <summary>Whether an email may not begin now.</summary>
    public bool IsClosedFor(Claim claim) => claim.IsRevoked || IsPaused(claim.Row.Transporter, claim.Row.Lane);

    /// <summary>The process has shown that it lives, and knows what is true.</summary>
    /// <param name="beatAt">A time before that, of <see cref="TimeProvider.GetTimestamp"/>.</param>
    public void Renew(long beatAt)
    {
        Volatile.Write(ref _renewedAt, beatAt);
        Wake();
    }

    /// <summary>Lets those look again who wait at the gate.</summary>
    public void Wake() => Interlocked.Exchange(ref _renewed, Create()).TrySetResult();

    /// <summary>Lets an email pass, if it may begin; it waits while the lease has ended, as long as the process does not stop.</summary>
    /// <returns>What is disposed once MAIL was written; null if the email may not begin.</returns>
    public ValueTask<IDisposable?> EnterAsync(Claim claim, CancellationToken cancellationToken)
    {
        return IsAlive ? new ValueTask<IDisposable?>(TryPass(claim)) : WaitAsync();

        async ValueTask<IDisposable?> WaitAsync()
        {
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.Stopping);
            while (true)
            {
                var renewed = Volatile.Read(ref _renewed).Task;
                if (IsAlive || IsClosedFor(claim) || lifetime.Stopping.IsCancellationRequested)
                    return TryPass(claim);
                await ((Task)renewed.WaitAsync(waiting.Token)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    /// <summary>Waits until those have written their MAIL that had passed the gate before it was changed.</summary>
    public async Task WaitForPassedAsync(CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        // Twice: one that was about to be counted among the first ones before an earlier change may be counted there only now.
        for (var round = 0; round < _permits.Length; round++)
        {
            // Who passes from here on counts as the others, and has seen the change.
            var before = _permits[_current];
            Interlocked.Exchange(ref _current, 1 - _current);
            while (before.Count > 0 && time.GetElapsedTime(start) < MaxWrite)
                await Task.Delay(WriteDelay, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The count first, and then the look: whoever changes the gate sees the one, or is seen by the other.</summary>
    private Permit? TryPass(Claim claim)
    {
        var permit = _permits[Volatile.Read(ref _current)];
        permit.Take();
        if (!IsClosedFor(claim) && IsAlive)
            return permit;
        permit.Dispose();
        return null;
    }

    private static TaskCompletionSource Create() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Shared by all that have passed at about the same time.</summary>
    private sealed class Permit : IDisposable
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public void Take() => Interlocked.Increment(ref _count);

        public void Dispose() => Interlocked.Decrement(ref _count);
    }
}
