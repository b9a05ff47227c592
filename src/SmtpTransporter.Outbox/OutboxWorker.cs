using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>Sends while the application runs. At its end what is under way is waited for, as long as the host waits; what waits goes back to its place.</summary>
internal sealed class OutboxWorker(
    OutboxOptions options, Engine engine, Delivery delivery, Feeder feeder, Sweeper sweeper, TimeProvider time, ILogger logger) : IHostedService, IDisposable
{
    private static readonly TimeSpan BetweenSweeps = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // A database that cannot be had stops the start: an outbox that stores nothing must not look well.
        await engine.PrepareAsync(cancellationToken).ConfigureAwait(false);
        if (!options.RunsWorker)
            return;
        engine.Send = delivery.RunAsync;
        await engine.StartAsync(cancellationToken).ConfigureAwait(false);
        // Apart from each other: a mail that was stored does not wait for a long sweep.
        _running = Task.WhenAll(
            Task.Run(() => RepeatAsync(feeder.FeedAsync, feeder.WaitAsync), CancellationToken.None),
            Task.Run(() => RepeatAsync(sweeper.SweepAsync, stopping => Task.Delay(BetweenSweeps, time, stopping)), CancellationToken.None));
        OutboxLog.Started(logger);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        delivery.Stop();
        var registration = cancellationToken.UnsafeRegister(static d => ((Delivery)d!).End(), delivery);
        await using (registration.ConfigureAwait(false))
        {
            await _running.ConfigureAwait(false);
            await engine.StopAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    public void Dispose() => _stopping.Dispose();

    private async Task RepeatAsync(Func<CancellationToken, Task> work, Func<CancellationToken, Task> wait)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await work(_stopping.Token).ConfigureAwait(false);
                await wait(_stopping.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // The next look may succeed.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                OutboxLog.DatabaseFailed(logger, exception);
                await Task.Delay(AfterFailure, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
