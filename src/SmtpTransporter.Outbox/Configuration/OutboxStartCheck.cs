using Microsoft.Extensions.Hosting;

namespace SmtpTransport.Outbox;

/// <summary>Reads the options of every outbox when the host starts: invalid ones stop the start, with all errors at once.</summary>
internal sealed class OutboxStartCheck(IServiceProvider services, IEnumerable<OutboxStartCheck.Entry> entries) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        var errors = new List<InvalidOperationException>();
        foreach (var entry in entries)
        {
            try
            {
                _ = entry.Resolve(services);
            }
            catch (InvalidOperationException exception)
            {
                errors.Add(exception);
            }
        }
        return errors.Count switch
        {
            0 => Task.CompletedTask,
            1 => Task.FromException(errors[0]),
            _ => Task.FromException(
                new InvalidOperationException(string.Join('\n', errors.Select(e => e.Message)), new AggregateException(errors))),
        };
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <param name="Name">The name of the outbox.</param>
    /// <param name="Resolve">Returns its services.</param>
    internal sealed record Entry(OutboxName Name, Func<IServiceProvider, OutboxOptions> Resolve);
}
