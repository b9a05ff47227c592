using System.Data.Common;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>
/// Writes what the sends of this process have to record, as many as are ready in one commit: marks ("may be on its way"), ends, and what is
/// given back. It needs no timer: while one commit is on its way, the next group gathers. Thread-safe.
/// </summary>
internal sealed class GroupWriter(
    Database database, QueueTable queue, EmailTable emails, DatabaseHealth health, WorkerLifetime lifetime, TimeProvider time,
    ILogger logger) : IDisposable
{
    private const int MaxGroup = 500;
    private const long Idle = long.MinValue;
    private const string Refused = "The database refused the texts of this attempt; they were left out.";

    // How often a row is looked at that another session holds.
    private static readonly TimeSpan LockedDelay = TimeSpan.FromSeconds(1);

    // Not for a single reader: that one cannot be counted.
    private readonly Channel<WriteRequest> _requests = Channel.CreateUnbounded<WriteRequest>();
    private DbConnection? _connection;
    private long _waitsSince = Idle;
    private int _locked;

    /// <summary>How many requests wait for the next group, or for another session that holds the row of their email.</summary>
    public int Pending => _requests.Reader.Count + Volatile.Read(ref _locked);

    /// <summary>How long the present group has been waiting for its commit; zero if there is none.</summary>
    public TimeSpan WaitsFor => Volatile.Read(ref _waitsSince) is var since and not Idle ? time.GetElapsedTime(since) : TimeSpan.Zero;

    /// <summary>Records that a message may be transmitted from now on. It waits as long as the database is unavailable.</summary>
    /// <returns>When that was recorded; null if the email is not this worker's any more, or the sending is paused.</returns>
    public async Task<DateTimeOffset?> MarkAsync(Claim claim, string worker, CancellationToken cancellationToken)
    {
        var request = new WriteRequest { Claim = claim, Worker = worker };
        Add(request);
        var registration = cancellationToken.UnsafeRegister(
            static (state, token) => ((WriteRequest)state!).Completion.TrySetCanceled(token), request);
        await using (registration.ConfigureAwait(false))
            return (await request.Completion.Task.ConfigureAwait(false)).MarkedAt;
    }

    /// <summary>Records the end of an attempt, as soon as the database is available.</summary>
    /// <returns>False if the email is not this worker's any more.</returns>
    public async Task<bool> SettleAsync(Settlement settlement)
    {
        var request = new WriteRequest { Claim = settlement.Claim, Settlement = settlement };
        Add(request);
        return (await request.Completion.Task.ConfigureAwait(false)).IsSettled;
    }

    /// <summary>Gives an email back that was not begun, as if it had never been claimed.</summary>
    public Task ReleaseAsync(Claim claim)
    {
        var request = new WriteRequest { Claim = claim };
        Add(request);
        return request.Completion.Task;
    }

    /// <summary>Writes until <see cref="Complete"/> was called and everything is written, or the process stops waiting.</summary>
    public async Task RunAsync()
    {
        var reader = _requests.Reader;
        var group = new List<WriteRequest>();
        while (await reader.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
        {
            while (group.Count < MaxGroup && reader.TryRead(out var request))
                group.Add(request);
            // In one order for all workers: two that write the same emails do not wait for each other in a circle.
            group.Sort((a, b) => a.Claim.Row.Id.CompareTo(b.Claim.Row.Id));
            Volatile.Write(ref _waitsSince, time.GetTimestamp());
            await WriteAsync(group).ConfigureAwait(false);
            Volatile.Write(ref _waitsSince, Idle);
            group.Clear();
        }
        await CloseAsync().ConfigureAwait(false);
    }

    /// <summary>Nothing more is to be written.</summary>
    public void Complete() => _requests.Writer.TryComplete();

    public void Dispose()
    {
        Complete();
        Interlocked.Exchange(ref _connection, null)?.Dispose();
    }

    private void Add(WriteRequest request)
    {
        if (!_requests.Writer.TryWrite(request))
            request.Completion.TrySetCanceled();
    }

    private async Task WriteAsync(List<WriteRequest> requests)
    {
        for (var attempt = 1; ; attempt++)
        {
            // A send that does not wait for its mark any more must not be marked.
            requests.RemoveAll(r => r.Completion.Task.IsCompleted);
            if (requests.Count == 0)
                return;
            try
            {
                _connection ??= await OpenAsync().ConfigureAwait(false);
                if (requests.Exists(r => r.MayBeLocked))
                    await HoldBackAsync(_connection, requests).ConfigureAwait(false);
                if (requests.Count > 0)
                    await WriteOnceAsync(_connection, requests).ConfigureAwait(false);
                health.Recovered();
                return;
            }
            catch (Exception exception) when (_connection is null || database.IsUnavailable(exception))
            {
                // Whether it was committed is not known: all statements may be repeated.
                var isLockTimeout = _connection is not null && database.IsLockTimeout(exception);
                await CloseAsync().ConfigureAwait(false);
                // The first connection may have been lost while it was idle.
                if (lifetime.Aborting.IsCancellationRequested && attempt > 1)
                {
                    Fail(requests, exception);
                    return;
                }
                foreach (var request in requests)
                    (request.MayBeWritten, request.MayBeLocked) = (true, request.MayBeLocked || isLockTimeout);
                // The next try leaves the locked ones out. If that was not the reason, fewer take less time.
                if (isLockTimeout && attempt == 1)
                    continue;
                if (isLockTimeout && requests.Count > 1)
                {
                    await SplitAsync(requests, exception).ConfigureAwait(false);
                    return;
                }
                await health.WaitAfterAsync(exception, CancellationToken.None).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // One value that the database refuses must not hold up the others.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                await CloseAsync().ConfigureAwait(false);
                await SplitAsync(requests, exception).ConfigureAwait(false);
                return;
            }
        }
    }

    private async Task SplitAsync(List<WriteRequest> requests, Exception exception)
    {
        if (requests.Count > 1)
        {
            var half = requests.Count / 2;
            await WriteAsync(requests[..half]).ConfigureAwait(false);
            await WriteAsync(requests[half..]).ConfigureAwait(false);
        }
        else if (requests[0] is { Settlement: { } settlement, IsReduced: false } odd)
        {
            OutboxLog.ResultRefused(logger, odd.Claim.Row.Id, exception);
            odd.Settlement = settlement.Reduce(Refused);
            odd.IsReduced = true;
            await WriteAsync(requests).ConfigureAwait(false);
        }
        else
        {
            Fail(requests, exception);
        }
    }

    /// <summary>Takes those out of a group whose rows another session holds: they are tried again later, and hold up no other.</summary>
    private async Task HoldBackAsync(DbConnection connection, List<WriteRequest> requests)
    {
        var locked = await emails.ListLockedAsync(
            connection, requests.Where(r => r.MayBeLocked).Select(r => r.Claim.Row.Id), CancellationToken.None).ConfigureAwait(false);
        foreach (var request in requests.Where(r => r.MayBeLocked))
        {
            request.MayBeLocked = locked.Contains(request.Claim.Row.Id);
            if (!request.MayBeLocked)
                continue;
            if (!request.IsLockReported)
                OutboxLog.RowLocked(logger, request.Claim.Row.Id);
            request.IsLockReported = true;
            _ = AddLaterAsync(request);
        }
        requests.RemoveAll(r => r.MayBeLocked);
    }

    private async Task AddLaterAsync(WriteRequest request)
    {
        Interlocked.Increment(ref _locked);
        await Task.Delay(LockedDelay, time, CancellationToken.None).ConfigureAwait(false);
        Interlocked.Decrement(ref _locked);
        Add(request);
    }

    private async Task WriteOnceAsync(DbConnection connection, List<WriteRequest> requests)
    {
        var group = new WriteGroup(
            [.. requests.Where(r => r.Worker is not null).Select(r => (r.Claim, r.Worker!))],
            [.. requests.Where(r => r.Settlement is not null).Select(r => r.Settlement!)],
            [.. requests.Where(r => r is { Worker: null, Settlement: null }).Select(r => r.Claim)]);
        var result = await queue.WriteAsync(connection, group).ConfigureAwait(false);
        foreach (var request in requests)
        {
            var key = (request.Claim.Row.Id, request.Claim.Row.Generation);
            var isSettled = result.Settled.Contains(key)
                || (request.MayBeWritten && await WasSettledAsync(connection, request).ConfigureAwait(false));
            request.Completion.TrySetResult(new WriteAnswer(result.Marked.TryGetValue(key, out var at) ? at : null, isSettled));
        }
    }

    /// <summary>Whether an earlier try has recorded an end, although the answer of its commit was lost.</summary>
    private async Task<bool> WasSettledAsync(DbConnection connection, WriteRequest request) => request.Settlement is { } settlement
        && await emails.HasAttemptAsync(connection, null, request.Claim.Row, settlement.Attempt, CancellationToken.None)
            .ConfigureAwait(false);

    private async Task<DbConnection> OpenAsync()
    {
        var connection = await database.OpenAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            await database.LimitLockWaitsAsync(connection, CancellationToken.None).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task CloseAsync()
    {
        // A host that is disposed without being stopped closes it at the same moment.
        if (Interlocked.Exchange(ref _connection, null) is { } connection)
            await connection.DisposeAsync().ConfigureAwait(false);
    }

    private static void Fail(List<WriteRequest> requests, Exception exception) =>
        requests.ForEach(r => r.Completion.TrySetException(exception));
}
