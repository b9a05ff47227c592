namespace SmtpTransport.Soak;

/// <summary>
/// A turn for each that works, which it holds while it is at work. Who takes them all finds everything at rest: only then can memory be
/// compared and the books be closed.
/// </summary>
internal sealed class Turns(int count) : IDisposable
{
    private readonly SemaphoreSlim[] _turns = [.. Enumerable.Range(0, count).Select(_ => new SemaphoreSlim(1))];

    public SemaphoreSlim this[int worker] => _turns[worker];

    public async Task AtRestAsync(Action work)
    {
        foreach (var turn in _turns)
            await turn.WaitAsync();
        work();
        foreach (var turn in _turns)
            turn.Release();
    }

    public void Dispose() => Array.ForEach(_turns, turn => turn.Dispose());
}
