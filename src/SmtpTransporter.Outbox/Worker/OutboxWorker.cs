using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>
/// Sends while the application runs. When it ends, the worker gives back what has not begun, and waits for transmissions in progress as
/// long as the host waits.
/// </summary>
internal sealed class OutboxWorker(
    OutboxOptions options,
    Database database,
    Claimer claimer,
    SendLanes lanes,
    GroupWriter writer,
    Heartbeat heartbeat,
    WorkerRegistration registration,
    UnknownResolver resolver,
    Sweeper sweeper,
    PlaceWatch places,
    WorkerLoops loops,
    OutboxSignals signals,
    WorkerLifetime lifetime,
    TimeProvider time,
    ILogger logger) : IHostedService, IDisposable
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(5);

    // How late this worker finds what nobody has told it about.
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PollBelowListening = TimeSpan.FromSeconds(5);

    // When the host stops waiting, outcomes can still be recorded for this long.
    private static readonly TimeSpan RecordingTimeout = TimeSpan.FromSeconds(5);

    private Task _running = Task.CompletedTask;
    private Task _writing = Task.CompletedTask;
    private SenderLock? _senderLock;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // An unavailable database fails the start: an outbox that stores nothing must not appear to work.
        await database.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
        if (options.EnableWorker)
            _running = RunAsync();
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        using var giveUp = new CancellationTokenSource();
        using var recording = time.CreateTimer(
            state => ((CancellationTokenSource)state!).Cancel(), giveUp, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        var registered = cancellationToken.UnsafeRegister(
            state =>
            {
                lifetime.Abort();
                ((ITimer)state!).Change(RecordingTimeout, Timeout.InfiniteTimeSpan);
            },
            recording);
        await using (registered.ConfigureAwait(false))
        {
            await lifetime.StopAsync().ConfigureAwait(false);
            await ((Task)EndAsync().WaitAsync(giveUp.Token)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (giveUp.IsCancellationRequested)
                OutboxLog.Abandoned(logger);
            _senderLock?.Dispose();
        }
    }

    public void Dispose()
    {
        // The host may not have stopped it before.
        lifetime.End();
        _senderLock?.Dispose();
    }

    private async Task EndAsync()
    {
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await lanes.ReleaseAllAsync().ConfigureAwait(false);
        await lanes.WhenIdleAsync(CancellationToken.None).ConfigureAwait(false);
        writer.Complete();
        await _writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // If the database is unavailable, the others see that this worker has ended.
        await registration.RemoveAsync(lifetime.Aborting).ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        // Not on the thread of the host.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        // Each send is a trace of its own: if what was current at the start is not recorded, none of them would be.
        Activity.Current = null;
        _writing = writer.RunAsync();
        await loops.RunAsync("start", TimeSpan.MaxValue / 4, StartSendingAsync, _ => Task.CompletedTask).ConfigureAwait(false);
    }

    private async Task StartSendingAsync(CancellationToken cancellationToken)
    {
        _senderLock ??= await database.AcquireSenderLockAsync(
            exception => OutboxLog.WaitsForSenderLock(logger, exception), cancellationToken).ConfigureAwait(false);
        await places.EnterAsync(_senderLock, cancellationToken).ConfigureAwait(false);
        // Who has the lock is alone.
        if (_senderLock is not null)
            await heartbeat.TakeOverAllAsync(cancellationToken).ConfigureAwait(false);
        OutboxLog.Started(logger);
        // Independently: an email that was stored waits neither for a long sweep nor for the application's decisions.
        await Task.WhenAll(
            loops.RunAsync("claims", PollBelowListening, claimer.ClaimAsync, WaitForClaimsAsync),
            loops.RunAsync(
                "heartbeat", TimeSpan.FromSeconds(10), BeatAsync, token => Task.Delay(Heartbeat.Interval, time, token)),
            loops.RunAsync("decisions", TimeSpan.FromMinutes(10), resolver.ResolveAsync, resolver.WaitAsync),
            loops.RunAsync("sweeper", TimeSpan.FromMinutes(10), sweeper.SweepAsync, token => Task.Delay(SweepInterval, time, token)),
            ListenAsync(cancellationToken)).ConfigureAwait(false);
    }

    private async Task BeatAsync(CancellationToken cancellationToken)
    {
        await heartbeat.BeatAsync(cancellationToken).ConfigureAwait(false);
        await places.CountAsync(cancellationToken).ConfigureAwait(false);
    }

    private Task WaitForClaimsAsync(CancellationToken cancellationToken)
    {
        var poll = loops.IsListening == true ? PollBelowListening : PollInterval;
        return signals.Claims.WaitAsync(claimer.NextDue is { } due && due < poll ? due : poll, cancellationToken);
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        await ((Task)database.ListenAsync(signals.Claims.Set, OnListening, cancellationToken))
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        void OnListening(bool isListening)
        {
            if (!isListening && loops.IsListening != false)
                OutboxLog.NotListening(logger, PollInterval.TotalSeconds);
            loops.IsListening = isListening;
            signals.Claims.Set();
        }
    }
}
