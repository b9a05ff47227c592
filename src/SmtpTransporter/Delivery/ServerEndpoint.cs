using System.Runtime.CompilerServices;

namespace SmtpTransport;

/// <summary>
/// One server of a transporter: its connections, its limits, and how a message is sent over one of them. Safe for concurrent callers.
/// </summary>
internal sealed class ServerEndpoint
{
    // After that a server that failed is tried again, if there is another one.
    private static readonly TimeSpan BackOff = TimeSpan.FromSeconds(30);

    private readonly ConnectionPool _pool;
    private readonly SendRateLimiter _rate;
    private readonly Authenticator _authenticator;
    private readonly Transmitter _transmitter;
    private readonly OutcomeJudge _judge;
    private readonly TimeProvider _time;
    private long _failedAt;
    private volatile bool _hasFailed;

    public ServerEndpoint(
        ServerOptions options, SessionFactory sessions, Authenticator authenticator, OutcomeJudge judge, TimeProvider time)
    {
        Options = options;
        Name = new EndpointName(options.Host, options.Port);
        _pool = new ConnectionPool(options, sessions.Create, time);
        _rate = new SendRateLimiter(options);
        _authenticator = authenticator;
        _transmitter = new Transmitter(
            options, _pool, new SessionOpener(options, authenticator, time), new ReconnectPause(options.SendTimeout, time));
        _judge = judge;
        _time = time;
    }

    public ServerOptions Options { get; }

    public EndpointName Name { get; }

    public ConnectionPool Pool => _pool;

    /// <summary>True for a while after it has failed.</summary>
    public bool IsBackedOff => _hasFailed && _time.GetElapsedTime(_failedAt) < BackOff;

    /// <summary>Sends a message, and reports what became of it. Nothing throws but what no result can hold.</summary>
    /// <param name="async">Whether to wait without a thread.</param>
    /// <param name="message">The message.</param>
    /// <param name="reconnects">Whether a server that cannot be reached is tried again, after a pause.</param>
    /// <param name="deadline">The limit of the send.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<SendOutcome> SendAsync(bool async, OutgoingMessage message, bool reconnects, Deadline deadline)
    {
        var start = deadline.Elapsed;
        try
        {
            var (permits, waiter) = await WaitAsync(async, message, deadline).ConfigureAwait(false);
            try
            {
                var waited = deadline.Elapsed - start;
                var (record, facts) = await _transmitter.SendAsync(
                    async, message, waiter, reconnects, deadline).ConfigureAwait(false);
                return _judge.Judge(message, Name, record, facts, waited, deadline);
            }
            finally
            {
                // Whose message was lost on its way never had a place.
                if (waiter?.Loss is null)
                    _pool.Leave(message);
                permits?.Dispose();
            }
        }
#pragma warning disable CA1031 // Every failure is a result.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return _judge.Judge(message, exception, SendStep.Wait, deadline.Elapsed - start, deadline);
        }
    }

    /// <summary>Opens a connection, or asks whether an idle one is alive.</summary>
    /// <returns>What was found; null if the caller canceled the check.</returns>
    public async ValueTask<ConnectionStatus?> CheckAsync(bool async, Deadline deadline)
    {
        SmtpSession? session = null;
        try
        {
            await _pool.EnterAsync(async, deadline).ConfigureAwait(false);
            try
            {
                session = await _pool.TakeAsync(async, fresh: false).ConfigureAwait(false);
                // One that was lost while it was idle proves nothing: what counts is whether a new one can be opened.
                if (session.WasOpened)
                {
                    if (await IsAliveAsync(async, session, deadline).ConfigureAwait(false) is { } alive)
                        return _judge.JudgeCheck(alive, session.Facts, wasUsed: true, deadline);
                    session = await _pool.TakeAsync(async, fresh: true).ConfigureAwait(false);
                }
                var reply = await OpenAndAskAsync(async, session, deadline).ConfigureAwait(false);
                return _judge.JudgeCheck(reply, session.Facts, wasUsed: false, deadline);
            }
            finally
            {
                _pool.Leave();
            }
        }
#pragma warning disable CA1031 // Every failure is a status.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return _judge.JudgeCheck(exception, session?.Facts, deadline);
        }
    }

    /// <summary>Takes note of how a send went: an overloaded server gets fewer connections, one that failed is backed off.</summary>
    public void RecordOutcome(SendResult result)
    {
        if (IsOverloaded(result))
            _pool.Shrink();
        if (result.Outcome is Outcome.NotSent or Outcome.Deferred && !result.IsLocal && !result.IsNotOffered)
        {
            _failedAt = _time.GetTimestamp();
            _hasFailed = true;
        }
        else if (result.Outcome is Outcome.Accepted or Outcome.PartiallyAccepted or Outcome.Refused)
        {
            _hasFailed = false;
        }
    }

    public ValueTask CloseAsync(bool async) => _pool.CloseAsync(async);

    // RFC 3463: the system does not take messages now (4.3.2), it is congested (4.4.5), or its policy is against so many (4.7.x).
    private static bool IsOverloaded(SendResult result) =>
        result.Status == 421
        || (result.Status is >= 400 and < 500
            && result.EnhancedStatus is { Class: 4, Subject: 3, Detail: 2 } or { Class: 4, Subject: 4, Detail: 5 }
                or { Class: 4, Subject: 7 });

    /// <summary>Waits for the permits of the rate limits, and for a place in the pool.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<(IDisposable? Permits, PoolWaiter? Waiter)> WaitAsync(bool async, OutgoingMessage message, Deadline deadline)
    {
        var start = _time.GetTimestamp();
        using var step = SmtpActivitySource.Step("smtp wait", Options);
        IDisposable? permits = null;
        try
        {
            permits = await _rate.EnterAsync(async, message.Envelope, deadline).ConfigureAwait(false);
            return (permits, await _pool.EnterAsync(async, deadline, message).ConfigureAwait(false));
        }
        catch (Exception exception)
        {
            SmtpActivitySource.Failed(step, exception);
            permits?.Dispose();
            throw;
        }
        finally
        {
            SmtpMetrics.Waited(Options, _time.GetElapsedTime(start));
        }
    }

    /// <summary>The reply to NOOP; null if the connection is lost.</summary>
    private async ValueTask<Reply?> IsAliveAsync(bool async, SmtpSession session, Deadline deadline)
    {
        try
        {
            var reply = await session.NoOpAsync(async, deadline).ConfigureAwait(false);
            return reply.IsPositive || reply.IsUnknownCommand || deadline.IsOver ? reply : null;
        }
        catch (Exception) when (!deadline.IsOver)
        {
            return null;
        }
        finally
        {
            await _pool.GiveBackAsync(async, session, deadline).ConfigureAwait(false);
        }
    }

    private async ValueTask<Reply> OpenAndAskAsync(bool async, SmtpSession session, Deadline deadline)
    {
        try
        {
            await session.OpenAsync(async, _authenticator, deadline).ConfigureAwait(false);
            return await session.NoOpAsync(async, deadline).ConfigureAwait(false);
        }
        finally
        {
            await _pool.GiveBackAsync(async, session, deadline).ConfigureAwait(false);
        }
    }
}
