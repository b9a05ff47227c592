using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>The lanes of this process: one for each transporter, and one for each lane that has limits of its own. Thread-safe.</summary>
internal sealed class SendLanes(
    OutboxOptions options,
    OutboxRateLimiter rate,
    SendQuotas quotas,
    SendRun run,
    GroupWriter writer,
    Database database,
    OutboxSignals signals,
    WorkerLifetime lifetime,
    TimeProvider time,
    ILogger logger)
{
    // What is claimed ahead: a claim of many costs little more than one.
    private const int MinAhead = 100;

    private static readonly TimeSpan DelayAfterRateFailure = TimeSpan.FromSeconds(1);

    // What ends its process does so sooner.
    private static readonly TimeSpan SuspectHangs = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<(string Transporter, string? Lane), SendLane> _lanes = new();
    private readonly ConcurrentDictionary<Claim, bool> _held = new(ReferenceEqualityComparer.Instance);
    private readonly ConcurrentDictionary<Claim, long> _suspects = new(ReferenceEqualityComparer.Instance);
    private volatile TaskCompletionSource? _idle;

    /// <summary>Whether this process holds an email.</summary>
    public bool IsBusy => _lanes.Values.Any(lane => lane.IsBusy);

    /// <summary>
    /// Whether this process may claim one more email that another worker held when it ended: of a transporter of which it holds none, and
    /// only while all that it holds hang. Two at once would both be suspected if one of them ends the process.
    /// </summary>
    public bool MayAddSuspect(string transporter) =>
        _suspects.All(s => s.Key.Row.Transporter != transporter && time.GetElapsedTime(s.Value) >= SuspectHangs);

    /// <summary>How many emails of a queue this process may claim now.</summary>
    public int GetRoom(QueueKey key) => Get(key.Transporter, key.Lane).GetRoom(key.Priority);

    /// <summary>The emails that this process holds, as it knows.</summary>
    public IReadOnlyCollection<Guid> ListHeld() => [.. _held.Keys.Select(claim => claim.Row.Id)];

    public void Add(QueueKey key, IReadOnlyList<Claim> claims) => Add(key.Transporter, key.Lane, claims);

    /// <summary>Adds an email that another worker held when it ended.</summary>
    public void AddSuspect(Claim claim)
    {
        _suspects[claim] = time.GetTimestamp();
        Add(claim.Row.Transporter, claim.Row.Lane, [claim]);
    }

    /// <summary>Gives back what has not begun.</summary>
    public Task ReleaseAllAsync() => ReleaseAsync(_ => true);

    /// <summary>Gives back what has not begun and meets a condition.</summary>
    public Task ReleaseAsync(Func<Claim, bool> matches) => EndAsync(matches, writer.ReleaseAsync);

    /// <summary>Takes out what has not begun and meets a condition, and records its end.</summary>
    public async Task EndAsync(Func<Claim, bool> matches, Func<Claim, Task> end)
    {
        var ends = Take(matches).Select(end).ToList();
        if (ends.Count == 0)
            return;
        foreach (var ended in ends)
            await ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        CheckIdle();
    }

    /// <summary>Forgets what has not begun: it is not this worker's any more. What has begun gets no further than its MAIL.</summary>
    public void ForgetAll()
    {
        foreach (var claim in _held.Keys)
            claim.Revoke();
        Take(_ => true);
        CheckIdle();
    }

    /// <summary>
    /// Marks what this process holds no more: the next look at the gate ends it. The rest must look at the suppression list before a
    /// further transaction.
    /// </summary>
    /// <param name="token">The worker's token.</param>
    /// <param name="held">What it holds, as the database says.</param>
    public void RevokeExcept(string token, IReadOnlySet<(Guid Id, int Generation)> held)
    {
        foreach (var claim in _held.Keys)
        {
            if (claim.Token != token || !held.Contains((claim.Row.Id, claim.Row.Generation)))
                claim.Revoke();
            else
                claim.LookAgain();
        }
    }

    /// <summary>Waits until this process holds no email. To call when none is added any more.</summary>
    public async Task WhenIdleAsync(CancellationToken cancellationToken)
    {
        var idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _idle = idle;
        CheckIdle();
        await idle.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private List<Claim> Take(Func<Claim, bool> matches)
    {
        List<Claim> taken = [.. _lanes.Values.SelectMany(lane => lane.Drain(matches))];
        foreach (var claim in taken)
        {
            _held.TryRemove(claim, out _);
            _suspects.TryRemove(claim, out _);
        }
        return taken;
    }

    private void Add(string transporter, string lane, IReadOnlyList<Claim> claims)
    {
        foreach (var claim in claims)
            _held[claim] = true;
        Get(transporter, lane).Add(claims, lifetime.Stopping);
    }

    private async Task WaitAfterRateAsync(Exception exception)
    {
        OutboxLog.RateFailed(logger, exception);
        await Task.Delay(DelayAfterRateFailure, time, lifetime.Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private SendLane Get(string transporter, string lane)
    {
        var limits = options.Limits;
        var hasOwn = limits.HasOwn(transporter, lane);
        return _lanes.GetOrAdd((transporter, hasOwn ? lane : null), _ =>
        {
            // Of emails that wait for a rate or a quota only a few: another machine may be quicker.
            var hasRate = limits.HasRate(transporter, lane);
            var hasQuota = limits.HasQuota(transporter, lane);
            var capacity = hasRate || hasQuota ? options.MaxConcurrency : Math.Max(MinAhead, options.MaxConcurrency * 2);
            return new SendLane(
                options.MaxConcurrency,
                capacity,
                hasRate ? token => rate.EnterAsync(transporter, hasOwn ? lane : null, token) : null,
                hasRate || hasQuota ? WaitAfterRateAsync : null,
                SendAsync,
                OnRoom,
                hasQuota ? quotas : null,
                time);
        });
    }

    private async Task<Task> SendAsync(Claim claim)
    {
        var settling = await run.ExecuteAsync(claim).ConfigureAwait(false);
        return AfterAsync(claim, settling);
    }

    private async Task AfterAsync(Claim claim, Task settling)
    {
        await settling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _held.TryRemove(claim, out _);
        var wasSuspect = _suspects.TryRemove(claim, out _);
        if (!wasSuspect && !options.Limits.HasConcurrency(claim.Row.Transporter, claim.Row.Lane))
            return;
        // The next one may be claimed only now.
        signals.Claims.Set();
        database.Announce();
    }

    private void OnRoom()
    {
        signals.Claims.Set();
        CheckIdle();
    }

    private void CheckIdle()
    {
        if (_idle is { } idle && !IsBusy)
            idle.TrySetResult();
    }
}
