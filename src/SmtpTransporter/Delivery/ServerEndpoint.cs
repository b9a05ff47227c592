using System.Runtime.CompilerServices;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;

namespace SmtpTransport;

/// <summary>
/// One server of a transporter: its connections, its limits, and how a message is sent over one of them. Safe for concurrent callers.
/// </summary>
internal sealed class ServerEndpoint(
    ServerOptions options, SessionFactory sessions, Authenticator authenticator, OutcomeJudge judge, TimeProvider time)
{
    // After that a server that failed is tried again, if there is another one.
    private static readonly TimeSpan BackOff = TimeSpan.FromSeconds(30);

    private readonly ConnectionPool _pool = new(options, sessions.Create, time);
    private readonly LoginGate _logins = new(time);
    private readonly SendRateLimiter _rate = new(options);
    private long _failedAt;
    private volatile bool _hasFailed;

    public ServerOptions Options => options;

    public ConnectionPool Pool => _pool;

    /// <summary>True for a while after it has failed.</summary>
    public bool IsBackedOff => _hasFailed && time.GetElapsedTime(_failedAt) < BackOff;

    /// <summary>Sends a message, and reports what became of it. Nothing throws but what no result can hold.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<SendOutcome> SendAsync(bool async, OutgoingMessage message, Deadline deadline)
    {
        SmtpSession? session = null;
        try
        {
            using var permits = await WaitAsync(async, message, deadline).ConfigureAwait(false);
            try
            {
                DeliveryRecord record;
                var isFresh = false;
                do
                {
                    session = await _pool.TakeAsync(async, isFresh).ConfigureAwait(false);
                    var wasUsed = session.WasOpened;
                    record = await SendOnAsync(async, session, message, deadline).ConfigureAwait(false);
                    // The server had closed the connection while it was idle, and took nothing of this message: once more on a new one.
                    isFresh = wasUsed && record.MayBeRepeated && !deadline.IsOver;
                    if (isFresh)
                        ReportStale();
                }
                while (isFresh);
                return judge.Judge(message, record, record.Failure is null ? null : session.Facts, deadline);
            }
            finally
            {
                _pool.Leave();
            }
        }
#pragma warning disable CA1031 // Every failure is a result.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return judge.Judge(message, exception, session?.Facts, deadline);
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
                // One that was lost while it was idle says nothing: the question is whether a new one can be had.
                if (session.WasOpened)
                {
                    if (await IsAliveAsync(async, session, deadline).ConfigureAwait(false) is { } alive)
                        return judge.JudgeCheck(alive, session.Facts, wasUsed: true, deadline);
                    session = await _pool.TakeAsync(async, fresh: true).ConfigureAwait(false);
                }
                var reply = await OpenAndAskAsync(async, session, deadline).ConfigureAwait(false);
                return judge.JudgeCheck(reply, session.Facts, wasUsed: false, deadline);
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
            return judge.JudgeCheck(exception, session?.Facts, deadline);
        }
    }

    /// <summary>Takes note of how a send went: an overloaded server gets fewer connections, one that failed is backed off.</summary>
    public void RecordOutcome(SendResult result)
    {
        if (IsOverloaded(result))
            _pool.Shrink();
        if (result.Outcome is Outcome.NotSent or Outcome.Deferred && !result.IsLocal)
        {
            _failedAt = time.GetTimestamp();
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
    private async ValueTask<IDisposable?> WaitAsync(bool async, OutgoingMessage message, Deadline deadline)
    {
        var start = time.GetTimestamp();
        using var step = SmtpActivitySource.Step("smtp wait", options);
        IDisposable? permits = null;
        try
        {
            permits = await _rate.EnterAsync(async, message.Envelope, deadline).ConfigureAwait(false);
            await _pool.EnterAsync(async, deadline).ConfigureAwait(false);
            return permits;
        }
        catch (Exception exception)
        {
            SmtpActivitySource.Failed(step, exception);
            permits?.Dispose();
            throw;
        }
        finally
        {
            SmtpMetrics.Waited(options, time.GetElapsedTime(start));
        }
    }

    /// <summary>Sends over a connection that was taken from the pool, and gives it back.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<DeliveryRecord> SendOnAsync(bool async, SmtpSession session, OutgoingMessage message, Deadline deadline)
    {
        try
        {
            if (!session.WasOpened)
                await OpenAsync(async, session, deadline).ConfigureAwait(false);
            using var step = SmtpActivitySource.Step("smtp transaction", options);
            var record = await RecipientBatches.SendAsync(async, session, message, deadline).ConfigureAwait(false);
            if (record.Failure is not null && record.MayBeRepeated)
                SmtpActivitySource.Failed(step, record.Failure);
            return record;
        }
        finally
        {
            await _pool.GiveBackAsync(async, session, deadline).ConfigureAwait(false);
        }
    }

    private async ValueTask OpenAsync(bool async, SmtpSession session, Deadline deadline)
    {
        using var connecting = deadline.Within(options.ConnectionTimeout);
        using var step = SmtpActivitySource.Step("smtp connect", options);
        try
        {
            if (options.User is null)
                await session.OpenAsync(async, authenticator, connecting).ConfigureAwait(false);
            else
                await _logins.OpenAsync(async, () => session.OpenAsync(async, authenticator, connecting), deadline).ConfigureAwait(false);
            if (options.Logger is { } logger)
                LogConnected(logger, session.Facts);
        }
        catch (Exception exception)
        {
            SmtpActivitySource.Failed(step, exception);
            if (connecting.TimedOut && exception is not SendFailureException)
                throw new TimeoutException("ConnectionTimeout has passed.", exception);
            throw;
        }
        finally
        {
            if (step is not null)
                session.Facts.Report(step);
        }
    }

    /// <summary>The reply to NOOP; null if the connection is lost.</summary>
    private async ValueTask<Reply?> IsAliveAsync(bool async, SmtpSession session, Deadline deadline)
    {
        try
        {
            var reply = await session.NoOpAsync(async, deadline).ConfigureAwait(false);
            return reply.IsPositive || deadline.IsOver ? reply : null;
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
            await session.OpenAsync(async, authenticator, deadline).ConfigureAwait(false);
            return await session.NoOpAsync(async, deadline).ConfigureAwait(false);
        }
        finally
        {
            await _pool.GiveBackAsync(async, session, deadline).ConfigureAwait(false);
        }
    }

    private void LogConnected(ILogger logger, ConnectionFacts facts) => LogMessages.Connected(
        logger, options.Host, options.Port,
        facts.TlsProtocol == SslProtocols.None ? "no TLS" : facts.TlsProtocol.ToString(), facts.Mechanism ?? "no authentication");

    private void ReportStale()
    {
        SmtpMetrics.Retried(options, "stale_connection");
        if (options.Logger is { } logger)
            LogMessages.Stale(logger);
    }
}
