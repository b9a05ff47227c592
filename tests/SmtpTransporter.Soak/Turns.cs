namespace SmtpTransport.Soak;

/// <summary>
/// A semaphore for each worker, which holds it while it works. Whoever holds all of them knows that nothing is being sent: only then can
/// memory be measured and the ledger be checked.
/// </summary>
internal sealed class Turns(int count) : IDisposable
{
    private readonly SemaphoreSlim[] _turns = [.. Enumerable.Range(0, count).Select(_ => new SemaphoreSlim(1))];

    public SemaphoreSlim this[int worker] => _turns[worker];

    public async Task WhenIdleAsync(Action work)
    {
        foreach (var turn in _turns)
            await turn.WaitAsync();
        work();
        foreach (var turn in _turns)
            turn.Release();
    }

    public void Dispose() => Array.ForEach(_turns, turn => turn.Dispose());
}
