namespace SmtpTransport.Extensions.DependencyInjection;

/// <summary>
/// A transporter that is disposed when its last holder disposes the lease. It is created with one holder, which keeps it current. Safe
/// for concurrent callers.
/// </summary>
internal sealed class TransporterLease(ServerOptions options, SmtpTransporter transporter) : IDisposable, IAsyncDisposable
{
    private int _holders = 1;

    public ServerOptions Options => options;

    public SmtpTransporter Transporter => transporter;

    public TransporterLease Enter()
    {
        Interlocked.Increment(ref _holders);
        return this;
    }

    public void Dispose()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
            transporter.Dispose();
    }

    public ValueTask DisposeAsync() => Interlocked.Decrement(ref _holders) == 0 ? transporter.DisposeAsync() : ValueTask.CompletedTask;
}
