namespace SmtpTransport;

/// <summary>
/// The connections of a transporter: at most <see cref="ServerOptions.MaxConnections"/>, opened only where one is needed, the last used first.
/// Safe for concurrent callers; each connection has one caller at a time.
/// </summary>
#pragma warning disable CA1001 // The semaphore holds nothing but memory, and a send that is ending may still give its place back.
internal sealed class ConnectionPool(ServerOptions options, Func<SmtpConnection> factory, TimeProvider time)
#pragma warning restore CA1001
{
    private readonly SemaphoreSlim _places = new(options.MaxConnections, options.MaxConnections);
    private readonly Stack<SmtpConnection> _idle = new();
    private bool _closed;

    /// <summary>Waits for a place. Every place that was taken must be given back.</summary>
    public async ValueTask EnterAsync(bool async, Deadline deadline)
    {
        try
        {
            if (async)
                await _places.WaitAsync(deadline.Token).ConfigureAwait(false);
            else if (!_places.Wait(deadline.RemainingMilliseconds, deadline.Token))
                throw new OperationCanceledException();
        }
        catch (OperationCanceledException exception) when (!deadline.CancelledByCaller && !deadline.CancelledByDisposal)
        {
            throw new ConnectionException(
                SmtpErrorCodes.NoFreeConnection, "conf",
                $"None of the {options.MaxConnections} connections (MaxConnections) became free in time.", exception);
        }
    }

    public void Leave() => _places.Release();

    /// <summary>An idle connection that is still alive, or a new one that is not open yet.</summary>
    public async ValueTask<SmtpConnection> TakeAsync(bool async, bool fresh)
    {
        while (!fresh && Pop() is { } idle)
        {
            if (idle.IsUsable)
                return idle;
            await idle.CloseAsync(async, SmtpConnection.QuitTimeout).ConfigureAwait(false);
        }
        return factory();
    }

    /// <summary>Keeps a connection for the next caller, or closes it.</summary>
    public async ValueTask GiveBackAsync(bool async, SmtpConnection connection, Deadline deadline)
    {
        var keep = options.KeepAlive && connection.IsUsable;
        lock (_idle)
        {
            keep &= !_closed;
            if (keep)
                _idle.Push(connection);
        }
        if (!keep)
            await connection.CloseAsync(async, deadline.Remaining).ConfigureAwait(false);
    }

    /// <summary>Says QUIT on what is idle, two seconds for all of them; what is in use is closed where it is given back.</summary>
    public async ValueTask CloseAsync(bool async)
    {
        lock (_idle)
            _closed = true;
        using var deadline = new Deadline(time, SmtpConnection.QuitTimeout, CancellationToken.None, CancellationToken.None);
        var closing = new List<Task>();
        while (Pop() is { } idle)
        {
            var close = idle.CloseAsync(async, deadline.Remaining);
            if (async)
                closing.Add(close.AsTask());
            else
                close.Completed();
        }
        await Task.WhenAll(closing).ConfigureAwait(false);
    }

    private SmtpConnection? Pop()
    {
        lock (_idle)
            return _idle.TryPop(out var connection) ? connection : null;
    }
}
