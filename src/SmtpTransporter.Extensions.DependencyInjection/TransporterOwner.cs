namespace SmtpTransport.Extensions.DependencyInjection;

/// <summary>
/// Holds the transporter that an application shares, and ends it together with the container. The transporter itself cannot be ended by
/// those who resolve it.
/// </summary>
internal sealed class TransporterOwner(ReloadingTransporter transporter) : IDisposable, IAsyncDisposable
{
    public ReloadingTransporter Transporter => transporter;

    public void Dispose() => transporter.End();

    public ValueTask DisposeAsync() => transporter.EndAsync();
}
