using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>
/// Sends while the application runs. When it ends, the worker waits for transmissions in progress as long as the host waits, and requeues
/// what waits.
/// </summary>
internal sealed class OutboxWorker(
    OutboxOptions options,
    Database database,
    Engine engine,
    SendRun run,
    Dispatcher dispatcher,
    UnknownResolver resolver,
    Sweeper sweeper,
    WorkerLifetime lifetime,
    TimeProvider time,
    ILogger logger) : IHostedService, IDisposable
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan DelayAfterFailure = TimeSpan.FromSeconds(1);

    // When the host stops waiting, outcomes can still be recorded for this long.
    private static readonly TimeSpan RecordingTimeout = TimeSpan.FromSeconds(5);

    private Task _running = Task.CompletedTask;
    private IDisposable? _senderLock;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // An unavailable database fails the start: an outbox that stores nothing must not appear to work.
        await engine.PrepareAsync(cancellationToken).ConfigureAwait(false);
        if (options.EnableWorker)
            _running = Task.Run(RunAsync, CancellationToken.None);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        using var giveUp = new CancellationTokenSource();
        var registration = cancellationToken.UnsafeRegister(
            state =>
            {
                lifetime.Abort();
                ((CancellationTokenSource)state!).CancelAfter(RecordingTimeout);
            },
            giveUp);
        await using (registration.ConfigureAwait(false))
        {
            // Runs in progress finish, or requeue their emails; none starts.
            await engine.StandByAsync(CancellationToken.None).ConfigureAwait(false);
            await lifetime.StopAsync().ConfigureAwait(false);
            await ((Task)_running.WaitAsync(giveUp.Token)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await engine.StopAsync(giveUp.Token).ConfigureAwait(false);
            _senderLock?.Dispose();
        }
    }

    public void Dispose()
    {
        // The host may not have stopped it before.
        lifetime.End();
        _senderLock?.Dispose();
    }

    private async Task RunAsync()
    {
        while (!await TryStartSendingAsync().ConfigureAwait(false))
        {
            if (lifetime.Stopping.IsCancellationRequested)
                return;
        }
        OutboxLog.Started(logger);
        // Independently: an email that was stored waits neither for a long sweep nor for the application's decisions.
        await Task.WhenAll(
            Task.Run(() => RepeatAsync(dispatcher.DispatchAsync, dispatcher.WaitAsync), CancellationToken.None),
            Task.Run(() => RepeatAsync(resolver.ResolveAsync, resolver.WaitAsync), CancellationToken.None),
            Task.Run(() => RepeatAsync(sweeper.SweepAsync, stopping => Task.Delay(SweepInterval, time, stopping)), CancellationToken.None))
            .ConfigureAwait(false);
    }

    private async Task<bool> TryStartSendingAsync()
    {
        try
        {
            _senderLock ??= await database.AcquireSenderLockAsync(
                time, exception => OutboxLog.WaitsForSenderLock(logger, exception), lifetime.Stopping).ConfigureAwait(false);
            await engine.StartAsync(run.ExecuteAsync, lifetime.Stopping).ConfigureAwait(false);
            return true;
        }
#pragma warning disable CA1031 // The database may become available again.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (!lifetime.Stopping.IsCancellationRequested)
                await LogAndWaitAsync(exception).ConfigureAwait(false);
            return false;
        }
    }

    private async Task RepeatAsync(Func<CancellationToken, Task> work, Func<CancellationToken, Task> wait)
    {
        while (!lifetime.Stopping.IsCancellationRequested)
        {
            try
            {
                await work(lifetime.Stopping).ConfigureAwait(false);
                await wait(lifetime.Stopping).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (lifetime.Stopping.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // The next iteration may succeed.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                await LogAndWaitAsync(exception).ConfigureAwait(false);
            }
        }
    }

    private async Task LogAndWaitAsync(Exception exception)
    {
        OutboxLog.DatabaseFailed(logger, exception);
        await Task.Delay(DelayAfterFailure, time, lifetime.Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
