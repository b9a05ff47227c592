namespace SmtpTransport.Outbox;

/// <summary>
/// The row of this process among the workers, and its token. There is one only while the process may hold emails. Thread-safe.
/// </summary>
internal sealed class WorkerRegistration(OutboxOptions options, WorkerTable workers, SendGate gate, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _using = new(1);

    /// <summary>The token with which this process claims; null if it has no row.</summary>
    public string? Token { get; private set; }

    /// <summary>The revision that this process has acknowledged, or read while it had no row.</summary>
    public long Revision { get; set; }

    /// <summary>When the token was last used for a claim.</summary>
    public long UsedAt { get; private set; }

    /// <summary>Keeps the row while the result is not disposed.</summary>
    public async Task<IDisposable> UseAsync(CancellationToken cancellationToken)
    {
        await _using.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new Use(_using);
    }

    /// <summary>The token. To call while it is in use.</summary>
    public async Task<string> GetTokenAsync(CancellationToken cancellationToken)
    {
        UsedAt = time.GetTimestamp();
        if (Token is { } token)
            return token;
        // A new one each time: what was claimed with an earlier one may be another worker's by now.
        var fresh = options.CreateToken().ToString("N");
        await workers.RegisterAsync(fresh, EmailActions.Process, Revision, cancellationToken).ConfigureAwait(false);
        gate.Renew(UsedAt);
        return Token = fresh;
    }

    /// <summary>Gives back what the token holds without this process knowing it. To call while it is in use.</summary>
    /// <param name="held">What this process knows that it holds.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>How many emails were given back.</returns>
    public Task<int> ReleaseUnknownAsync(IReadOnlyCollection<Guid> held, CancellationToken cancellationToken) =>
        Token is { } token ? workers.ReleaseUnknownAsync(token, held, cancellationToken) : Task.FromResult(0);

    /// <summary>The row was taken away: other workers have what this one held.</summary>
    public void Lose() => Token = null;

    /// <summary>Removes the row, and gives back what was not begun. To call while it is in use.</summary>
    public async Task RemoveAsync(CancellationToken cancellationToken)
    {
        if (Token is { } token)
            await workers.UnregisterAsync(token, cancellationToken).ConfigureAwait(false);
        Token = null;
    }

    public void Dispose() => _using.Dispose();

    private sealed class Use(SemaphoreSlim semaphore) : IDisposable
    {
        public void Dispose() => semaphore.Release();
    }
}
