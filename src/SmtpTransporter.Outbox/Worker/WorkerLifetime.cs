namespace SmtpTransport.Outbox;

/// <summary>When the sending of this process ends: first it stops starting, then it aborts what is in progress. Thread-safe.</summary>
internal sealed class WorkerLifetime : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _aborting = new();

    // The tokens outlive their sources: a run that is aborted may still ask them.
    public WorkerLifetime() => (Stopping, Aborting) = (_stopping.Token, _aborting.Token);

    /// <summary>Ends the loops and what waits; transmissions in progress continue.</summary>
    public CancellationToken Stopping { get; }

    /// <summary>Ends transmissions in progress.</summary>
    public CancellationToken Aborting { get; }

    public Task StopAsync() => _stopping.CancelAsync();

    public void Abort() => _aborting.Cancel();

    /// <summary>Ends everything at once, for an application that was not stopped.</summary>
    public void End()
    {
        _stopping.Cancel();
        _aborting.Cancel();
    }

    public void Dispose()
    {
        End();
        _stopping.Dispose();
        _aborting.Dispose();
    }
}
