using Microsoft.Extensions.Hosting;

namespace SmtpTransport.Outbox;

/// <summary>
/// Runs the worker of an outbox with the host. The worker is created when it starts, so that the options of all outboxes are checked
/// before.
/// </summary>
internal sealed class OutboxService(Func<IHostedService> create) : IHostedService
{
    private IHostedService? _worker;

    public Task StartAsync(CancellationToken cancellationToken) => (_worker = create()).StartAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => _worker?.StopAsync(cancellationToken) ?? Task.CompletedTask;
}
