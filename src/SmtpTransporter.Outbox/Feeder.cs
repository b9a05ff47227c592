namespace SmtpTransport.Outbox;

/// <summary>
/// Gives mails that were stored their places in the engine: many at once, and outside of the transaction that stores them, so that storing costs one
/// commit. In the worker's own process it is woken; what others store, or commit in a transaction of their own, it finds by looking. Of several
/// workers one gives a mail its place, for a second place of the same turn would find the first one's run under way. Safe for concurrent callers.
/// </summary>
internal sealed class Feeder(MailTable table, Engine engine, TimeProvider time)
{
    private const int Most = 500;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private TaskCompletionSource _woken = New();

    /// <summary>A mail was committed.</summary>
    public void Wake() => Volatile.Read(ref _woken).TrySetResult();

    /// <summary>Waits for a mail, or until it is time to look.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        using var looking = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(Volatile.Read(ref _woken).Task, Task.Delay(Interval, time, looking.Token)).ConfigureAwait(false);
        await looking.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    public async Task FeedAsync(CancellationToken cancellationToken)
    {
        // Before the look: who is woken after it looks again.
        Volatile.Write(ref _woken, New());
        while (await table.ClaimAsync(Most, time.GetUtcNow(), cancellationToken).ConfigureAwait(false) is { Count: > 0 } places)
            await engine.PlaceAsync(places, CancellationToken.None).ConfigureAwait(false);
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
