using Microsoft.AspNetCore.Http;

namespace SmtpTransport.Outbox;

/// <summary>
/// Acts once upon each request, however often it comes: what comes meanwhile waits for the first one, and what comes later is done. A
/// request that failed is forgotten, so that the service can send it again. Thread-safe.
/// </summary>
/// <param name="capacity">How many requests are remembered; beyond that, the oldest is forgotten.</param>
internal sealed class WebhookMemory(int capacity)
{
    // A service gives up after less.
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Queue<(string Id, Entry Entry)> _order = new();

    /// <summary>Acts upon a request, or waits until that was done.</summary>
    /// <param name="id">What names the request.</param>
    /// <param name="digest">Of what it says.</param>
    /// <param name="clock">Says until when it is remembered.</param>
    /// <param name="act">What to do.</param>
    /// <param name="cancellationToken">Ends the wait for another one.</param>
    /// <exception cref="WebhookException">A request of this id has said something else, or takes long.</exception>
    public async Task RunAsync(string id, string digest, WebhookClock clock, Func<Task> act, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var entry = new Entry(digest, clock.RememberUntil, done.Task);
        if (Add(id, entry, clock.Now) is { } known)
        {
            if (known.Digest != digest)
                throw new WebhookException(StatusCodes.Status403Forbidden, "The signature was used for another request.");
            await clock.WaitAsync(known.Done, MaxWait, cancellationToken).ConfigureAwait(false);
            return;
        }
        try
        {
            await act().ConfigureAwait(false);
            done.SetResult();
        }
        catch (Exception exception)
        {
            Remove(id, entry);
            done.SetException(exception);
            // Perhaps nobody else waits for it.
            _ = done.Task.Exception;
            throw;
        }
    }

    /// <summary>Adds an entry; gives the one that is there.</summary>
    private Entry? Add(string id, Entry entry, DateTimeOffset now)
    {
        lock (_lock)
        {
            while (_order.TryPeek(out var oldest) && (oldest.Entry.Until < now || _order.Count >= capacity))
            {
                _order.Dequeue();
                RemoveEntry(oldest.Id, oldest.Entry);
            }
            if (_entries.TryGetValue(id, out var known))
                return known;
            _entries.Add(id, entry);
            _order.Enqueue((id, entry));
            return null;
        }
    }

    private void Remove(string id, Entry entry)
    {
        lock (_lock)
            RemoveEntry(id, entry);
    }

    private void RemoveEntry(string id, Entry entry)
    {
        if (_entries.TryGetValue(id, out var current) && ReferenceEquals(current, entry))
            _entries.Remove(id);
    }

    private sealed record Entry(string Digest, DateTimeOffset Until, Task Done);
}
