using Microsoft.Extensions.Hosting;

namespace SmtpTransport.Extensions.DependencyInjection;

/// <summary>
/// Creates every transporter when the host starts, so that invalid settings stop the start instead of failing the first email.
/// </summary>
internal sealed class StartCheck(IServiceProvider services, IEnumerable<StartCheck.Entry> entries) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        foreach (var entry in entries)
            entry.Resolve(services);
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <param name="Key">The key of the transporter; null for the one without a key.</param>
    /// <param name="Resolve">Returns it.</param>
    internal sealed record Entry(string? Key, Func<IServiceProvider, ISmtpTransporter> Resolve);
}
