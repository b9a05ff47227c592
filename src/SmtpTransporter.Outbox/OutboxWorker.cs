using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>Sends while the application runs. At its end what is under way is waited for, as long as the host waits; what waits goes back to its place.</summary>
internal sealed class OutboxWorker(OutboxOptions options, Engine engine, Delivery delivery, Sweeper sweeper, TimeProvider time, ILogger logger) : IHostedService, IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private const int SweepEvery = 10;

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
        _running = Task.Run(SweepAsync, CancellationToken.None);
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

    private async Task SweepAsync()
    {
        for (var round = 0; !_stopping.IsCancellationRequested; round++)
        {
            try
            {
                await sweeper.FeedAsync(_stopping.Token).ConfigureAwait(false);
                if (round % SweepEvery == 0)
                    await sweeper.SweepAsync(_stopping.Token).ConfigureAwait(false);
                await Task.Delay(Interval, time, _stopping.Token).ConfigureAwait(false);
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
                await Task.Delay(Interval * SweepEvery, time, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }
}
