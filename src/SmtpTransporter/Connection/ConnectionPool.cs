namespace SmtpTransport;

/// <summary>
/// The connections of one server: at most <see cref="ServerOptions.MaxConnections"/>, fewer for a while if the server reports an
/// overload. Callers get them in order of arrival; a new one is opened only if none is idle, and the last used is taken first.
/// Safe for concurrent callers; each connection has one caller at a time.
/// </summary>
internal sealed class ConnectionPool(ServerOptions options, Func<SmtpSession> factory, TimeProvider time)
{
    private readonly object _gate = new();
    private readonly LinkedList<Waiter> _waiters = new();
    // The last is taken first.
    private readonly List<SmtpSession> _idle = [];
    private readonly AdaptivePoolLimit _size = new(options.MaxConnections, time);
    private int _inUse;
    private bool _closed;

    /// <summary>How many callers have a connection.</summary>
    public int InUse
    {
        get
        {
            lock (_gate)
                return _inUse;
        }
    }

    /// <summary>How many wait for one.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
                return _waiters.Count;
        }
    }

    /// <summary>Waits for a place, first come, first served. Every place that was taken must be given back.</summary>
    public async ValueTask EnterAsync(bool async, Deadline deadline)
    {
        Waiter waiter;
        lock (_gate)
        {
            deadline.ThrowIfOver();
            if (_waiters.Count == 0 && _inUse < _size.Current)
            {
                Use();
                return;
            }
            waiter = new Waiter();
            _waiters.AddLast(waiter);
        }
        try
        {
            await WaitAsync(async, waiter, deadline).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception)
        {
            lock (_gate)
            {
                // It may have been given the place at the last moment: then the next one has it.
                if (!_waiters.Remove(waiter))
                    Free();
            }
            if (deadline.CanceledByCaller || deadline.CanceledByDisposal)
                throw;
            throw new SendFailureException(
                SmtpErrorCodes.NoFreeConnection, "conf",
                $"None of the {options.MaxConnections} connections (MaxConnections) became free in time.", exception);
        }
    }

    /// <summary>
    /// A caller with a place could not open a connection. If others have one, the server accepts no more than these: the pool shrinks to
    /// their number, and the caller, who is the next, waits until one of them is free.
    /// </summary>
    /// <param name="async">Whether to wait without a thread.</param>
    /// <param name="deadline">Ends the wait.</param>
    /// <param name="failure">Why the connection could not be opened.</param>
    /// <returns>False if there are no others. The caller has a place in any case, even if this throws.</returns>
    public async ValueTask<bool> TryWaitForOthersAsync(bool async, Deadline deadline, Exception failure)
    {
        Waiter waiter;
        lock (_gate)
        {
            if (_inUse + _idle.Count == 1)
            {
                _size.Restore();
                return false;
            }
            _size.ShrinkTo(_inUse + _idle.Count - 1);
            if (_idle.Count > 0)
                return true;
            waiter = new Waiter();
            _waiters.AddFirst(waiter);
            Free();
        }
        try
        {
            await WaitAsync(async, waiter, deadline).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            lock (_gate)
            {
                if (_waiters.Remove(waiter))
                    Use();
            }
            if (deadline.CanceledByCaller || deadline.CanceledByDisposal)
                throw;
            throw new SendFailureException(
                SmtpErrorCodes.NoFreeConnection, "conf",
                $"No connection became free in time, and the server accepts no further one: {failure.Message}", failure);
        }
    }

    public void Leave()
    {
        lock (_gate)
            Free();
    }

    /// <summary>The server reported an overload.</summary>
    public void Shrink()
    {
        lock (_gate)
            _size.Shrink(_inUse);
    }

    /// <summary>
    /// An idle connection that is still alive and was made as the message demands, or a new one that is not open yet. One that was made
    /// otherwise is closed if there would be too many.
    /// </summary>
    /// <param name="async">Whether to wait without a thread.</param>
    /// <param name="fresh">Whether it must be a new one.</param>
    /// <param name="message">The message; null if every connection will do.</param>
    public async ValueTask<SmtpSession> TakeAsync(bool async, bool fresh, OutgoingMessage? message = null)
    {
        while (!fresh && Pop(message) is { } idle)
        {
            if (!idle.IsUsable)
                await idle.CloseAsync(async, SmtpSession.QuitTimeout).ConfigureAwait(false);
            // Most servers have closed it by then, and some networks have forgotten it: nothing more is sent on it.
            else if (idle.Health.IdleFor > options.IdleTimeout)
                await idle.CloseAsync(async, TimeSpan.Zero).ConfigureAwait(false);
            else
                return idle;
        }
        if (!fresh && PopExcess() is { } other)
            await other.CloseAsync(async, SmtpSession.QuitTimeout).ConfigureAwait(false);
        return factory();
    }

    /// <summary>Keeps a connection for the next caller, or closes it.</summary>
    public async ValueTask GiveBackAsync(bool async, SmtpSession connection, Deadline deadline)
    {
        var keep = options.KeepAlive && connection.IsUsable;
        lock (_gate)
        {
            keep &= !_closed && _idle.Count < _size.Current;
            if (keep)
            {
                _idle.Add(connection);
                SmtpMetrics.Count(options, "idle", 1);
            }
        }
        if (!keep)
            await connection.CloseAsync(async, deadline.Remaining).ConfigureAwait(false);
    }

    /// <summary>
    /// Sends QUIT on idle connections, at most two seconds for all of them; connections in use are closed when they are given back.
    /// </summary>
    public async ValueTask CloseAsync(bool async)
    {
        lock (_gate)
            _closed = true;
        using var deadline = new Deadline(time, SmtpSession.QuitTimeout, CancellationToken.None, CancellationToken.None);
        var closing = new List<Task>();
        while (Pop() is { } idle)
        {
            var close = idle.CloseAsync(async, deadline.Remaining);
            if (async)
                closing.Add(close.AsTask());
            else
                close.GetCompletedResult();
        }
        await Task.WhenAll(closing).ConfigureAwait(false);
    }

    private static async ValueTask WaitAsync(bool async, Waiter waiter, Deadline deadline)
    {
        if (async)
            await waiter.Task.WaitAsync(deadline.Token).ConfigureAwait(false);
        else if (!waiter.Task.Wait(deadline.RemainingMilliseconds, deadline.Token))
            throw new OperationCanceledException();
    }

    private void Use()
    {
        _inUse++;
        SmtpMetrics.Count(options, "used", 1);
    }

    private void Free()
    {
        _inUse--;
        SmtpMetrics.Count(options, "used", -1);
        // More than one if the pool has grown meanwhile.
        while (_inUse < _size.Current && _waiters.First is { } first)
        {
            _waiters.RemoveFirst();
            Use();
            first.Value.Go();
        }
    }

    private SmtpSession? Pop(OutgoingMessage? message = null)
    {
        lock (_gate)
        {
            for (var i = _idle.Count - 1; i >= 0; i--)
            {
                if (message is null || _idle[i].Serves(message))
                    return RemoveAt(i);
            }
            // It fails at once, as on a new one: a server must not see a login for each message that it does not take.
            var lacking = _idle.FindLastIndex(c => c.HasJustLacked);
            return lacking < 0 ? null : RemoveAt(lacking);
        }
    }

    /// <summary>The idle connection that was unused for the longest, if a new one would be one too many.</summary>
    private SmtpSession? PopExcess()
    {
        lock (_gate)
            return _idle.Count > 0 && _inUse + _idle.Count > _size.Current ? RemoveAt(0) : null;
    }

    private SmtpSession RemoveAt(int index)
    {
        var connection = _idle[index];
        _idle.RemoveAt(index);
        SmtpMetrics.Count(options, "idle", -1);
        return connection;
    }

    /// <summary>A caller in the queue. What wakes it runs nothing of it.</summary>
    private sealed class Waiter
    {
        private readonly TaskCompletionSource _place = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Task => _place.Task;

        public void Go() => _place.SetResult();
    }
}
