using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>Sends while the application runs. At its end what is under way is waited for, as long as the host waits; what waits goes back to its place.</summary>
internal sealed class OutboxWorker(
    OutboxOptions options, Database database, Engine engine, Delivery delivery, Dispatcher feeder, UnknownResolver decider, Sweeper sweeper, TimeProvider time, ILogger logger)
    : IHostedService, IDisposable
{
    private static readonly TimeSpan BetweenSweeps = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    // After the host's patience is over, what is written down still may be.
    private static readonly TimeSpan AfterEnd = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;
    private IDisposable? _sender;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // A database that cannot be had stops the start: an outbox that stores nothing must not look well.
        await engine.PrepareAsync(cancellationToken).ConfigureAwait(false);
        if (!options.EnableWorker)
            return;
        engine.Send = delivery.RunAsync;
        _running = Task.Run(RunAsync, CancellationToken.None);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource();
        var registration = cancellationToken.UnsafeRegister(
            state =>
            {
                delivery.End();
                ((CancellationTokenSource)state!).CancelAfter(AfterEnd);
            },
            patience);
        await using (registration.ConfigureAwait(false))
        {
            // What runs now ends, or goes back to its place; nothing begins.
            await engine.StandByAsync(CancellationToken.None).ConfigureAwait(false);
            delivery.Stop();
            await _stopping.CancelAsync().ConfigureAwait(false);
            await ((Task)_running.WaitAsync(patience.Token)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await engine.StopAsync(patience.Token).ConfigureAwait(false);
            _sender?.Dispose();
        }
    }

    public void Dispose()
    {
        _stopping.Cancel();
        _stopping.Dispose();
        _sender?.Dispose();
    }

    private async Task RunAsync()
    {
        while (!await BecomeSenderAsync().ConfigureAwait(false))
        {
            if (_stopping.IsCancellationRequested)
                return;
        }
        OutboxLog.Started(logger);
        // Apart from each other: a mail that was stored waits neither for a long sweep nor for the application's answers.
        await Task.WhenAll(
            Task.Run(() => RepeatAsync(feeder.FeedAsync, feeder.Bell.WaitAsync), CancellationToken.None),
            Task.Run(() => RepeatAsync(decider.DecideAsync, decider.Bell.WaitAsync), CancellationToken.None),
            Task.Run(() => RepeatAsync(sweeper.SweepAsync, stopping => Task.Delay(BetweenSweeps, time, stopping)), CancellationToken.None)).ConfigureAwait(false);
    }

    private async Task<bool> BecomeSenderAsync()
    {
        try
        {
            _sender ??= await database.BecomeSenderAsync(time, exception => OutboxLog.WaitsForSender(logger, exception), _stopping.Token).ConfigureAwait(false);
            await engine.StartAsync(_stopping.Token).ConfigureAwait(false);
            return true;
        }
#pragma warning disable CA1031 // The database may come back.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (!_stopping.IsCancellationRequested)
                await FailedAsync(exception).ConfigureAwait(false);
            return false;
        }
    }

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
                await FailedAsync(exception).ConfigureAwait(false);
            }
        }
    }

    private async Task FailedAsync(Exception exception)
    {
        OutboxLog.DatabaseFailed(logger, exception);
        await Task.Delay(AfterFailure, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
