namespace SmtpTransport;

/// <summary>
/// The connections of one server: at most <see cref="ServerOptions.MaxConnections"/>, fewer for a while if the server reports an
/// overload. Callers get them in order of arrival; a new one is opened only if none is idle, and the last used is taken first.
/// Safe for concurrent callers; each connection has one caller at a time.
/// </summary>
internal sealed class ConnectionPool(ServerOptions options, Func<SmtpSession> factory, TimeProvider time)
{
    private readonly object _gate = new();
    private readonly LinkedList<PoolWaiter> _waiters = new();
    private readonly OverlapState? _overlap = OverlapState.Of(options);
    // Those who have handed on their place, with their connection, to the next.
    private readonly HashSet<object> _withoutPlace = new(ReferenceEqualityComparer.Instance);
    // The last is taken first.
    private readonly List<SmtpSession> _idle = [];
    private readonly AdaptivePoolLimit _size = new(options.MaxConnections, time);
    private EarlyPreparation? _early;
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

    /// <summary>How many of those who wait for one have a message that may go out before its turn.</summary>
    public int Ready
    {
        get
        {
            lock (_gate)
                return _waiters.Count(w => w.Flight is not null);
        }
    }

    /// <summary>The warning that emails are not overlapped any more; reported once.</summary>
    public SmtpError? TakeWarning() => _overlap?.TakeWarning();

    /// <summary>Waits for a place, first come, first served. Every place that was taken must be given back.</summary>
    /// <param name="async">Whether to wait without a thread.</param>
    /// <param name="deadline">Ends the wait.</param>
    /// <param name="message">The message, if it may go out while its caller waits; null if there is none.</param>
    /// <returns>The waiter whose message is on its way; null if nothing of it was sent.</returns>
    public async ValueTask<PoolWaiter?> EnterAsync(bool async, Deadline deadline, OutgoingMessage? message = null)
    {
        PoolWaiter waiter;
        EarlyPreparation? early = null;
        lock (_gate)
        {
            deadline.ThrowIfOver();
            if (_waiters.Count == 0 && _inUse < _size.Current)
            {
                Use();
                return null;
            }
            if (message is not null && _overlap is not null)
                early = _early ??= new EarlyPreparation(OverlapState.MostOver(options) * options.MaxConnections, _gate);
            waiter = new PoolWaiter(mayGoEarly: early is not null);
            _waiters.AddLast(waiter);
            early?.Enter(waiter);
        }
        try
        {
            if (early is not null)
                await early.PrepareAsync(async, waiter, message!, _overlap!, deadline).ConfigureAwait(false);
            await waiter.WaitAsync(async, deadline).ConfigureAwait(false);
            return waiter.Session is null ? null : waiter;
        }
        catch (OperationCanceledException exception)
        {
            lock (_gate)
            {
                if (!_waiters.Remove(waiter))
                {
                    if (waiter is { IsCalled: false })
                        waiter.Leave(exception, waiter.Session!.LastingFacts);
                    if (waiter is { Session: not null, HasLeft: false } or { Loss: not null })
                        return waiter;
                    // It was given the place at the last moment: then the next one has it.
                    if (waiter.IsCalled)
                        Free();
                }
            }
            throw NotFree(exception, deadline);
        }
        finally
        {
            early?.Leave(waiter);
        }
    }

    /// <summary>A caller who has handed on its place needs one again: it is the first in the queue.</summary>
    public ValueTask ReenterAsync(bool async, OutgoingMessage message, Deadline deadline)
    {
        lock (_gate)
        {
            if (_withoutPlace.Count == 0 || !_withoutPlace.Contains(message))
                return ValueTask.CompletedTask;
        }
        return EnterFirstAsync(async, message, deadline);
    }

    /// <summary>Claims the first in the queue for a connection, if its message may go out over it before its turn.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="form">Its form.</param>
    /// <param name="mostRecipients">How many recipients the message may have.</param>
    public PoolWaiter? TryClaim(SmtpSession session, FlightForm form, int mostRecipients)
    {
        lock (_gate)
        {
            if (_closed || _inUse > _size.Current || _waiters.First?.Value is not { Flight: { } flight } first || flight.Form != form
                || flight.Recipients > mostRecipients || (flight.Recipients == 1 && session.Health.HasRefusedEveryRecipient))
                return null;
            _waiters.RemoveFirst();
            first.Session = session;
            // It may have been on its way over another connection, which ended.
            flight.IsSent = flight.IsResetAnswered = false;
            return first;
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
        PoolWaiter waiter;
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
            waiter = new PoolWaiter();
            _waiters.AddFirst(waiter);
            Free();
        }
        try
        {
            await waiter.WaitAsync(async, deadline).ConfigureAwait(false);
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

    /// <summary>Gives the place back, unless it was handed on.</summary>
    /// <param name="message">The message for which it was taken; null if there was none.</param>
    public void Leave(OutgoingMessage? message = null)
    {
        lock (_gate)
        {
            if (_withoutPlace.Count == 0 || message is null || !_withoutPlace.Remove(message))
                Free();
        }
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
        var session = factory();
        if (_overlap is not null)
            session.Line = new SessionLine(this, session, _overlap);
        return session;
    }

    /// <summary>
    /// Hands a connection on to the caller whose message is on its way over it, with the place; or keeps it for the next caller, or closes
    /// it.
    /// </summary>
    /// <param name="async">Whether to close it without a thread.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="deadline">Ends the closing.</param>
    /// <param name="message">The message that was sent over it; null if there was none.</param>
    public async ValueTask GiveBackAsync(bool async, SmtpSession connection, Deadline deadline, OutgoingMessage? message = null)
    {
        if (connection.Line is { IsAnyBehind: true } line && HandOn(connection, line, message!))
            return;
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

    private async ValueTask EnterFirstAsync(bool async, OutgoingMessage message, Deadline deadline)
    {
        PoolWaiter waiter;
        lock (_gate)
        {
            waiter = new PoolWaiter();
            _waiters.AddFirst(waiter);
            CallNext();
        }
        try
        {
            await waiter.WaitAsync(async, deadline).ConfigureAwait(false);
            lock (_gate)
                _withoutPlace.Remove(message);
        }
        catch (OperationCanceledException exception)
        {
            lock (_gate)
            {
                if (!_waiters.Remove(waiter))
                    Free();
            }
            throw NotFree(exception, deadline);
        }
    }

    /// <returns>False if nobody goes on with the connection: it is broken then, and its place is the caller's.</returns>
    private bool HandOn(SmtpSession session, SessionLine line, OutgoingMessage message)
    {
        lock (_gate)
        {
            if (session is { IsBroken: false, IsAborted: false } && line.Advance() is { } next)
            {
                _withoutPlace.Add(message);
                // Its replies are not read yet: if the next caller never comes to that, nobody else may take them.
                session.Break();
                next.Call();
                return true;
            }
            session.Break();
            foreach (var waiter in line.TakeAll().Where(w => !w.HasLeft).Reverse())
            {
                if (waiter.Flight is { HasMessage: true, IsSent: true } && !line.IsNothingTaken)
                {
                    waiter.Lose(new IOException("The connection ended before the server had answered this message."), session.Facts);
                    continue;
                }
                // Nothing that the server could take for a message was sent of it.
                waiter.Session = null;
                _waiters.AddFirst(waiter);
            }
            return false;
        }
    }

    private Exception NotFree(OperationCanceledException exception, Deadline deadline) =>
        deadline.CanceledByCaller || deadline.CanceledByDisposal
            ? exception
            : new SendFailureException(
                SmtpErrorCodes.NoFreeConnection, "conf",
                $"None of the {options.MaxConnections} connections (MaxConnections) became free in time.", exception);

    private void Use()
    {
        _inUse++;
        SmtpMetrics.Count(options, "used", 1);
    }

    private void Free()
    {
        _inUse--;
        SmtpMetrics.Count(options, "used", -1);
        CallNext();
    }

    private void CallNext()
    {
        // More than one if the pool has grown meanwhile.
        while (_inUse < _size.Current && _waiters.First is { } first)
        {
            _waiters.RemoveFirst();
            Use();
            first.Value.Call();
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
}
