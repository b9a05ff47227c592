using System.Runtime.CompilerServices;
using MailKit.Net.Smtp;

namespace SmtpTransport;

/// <summary>
/// One server of a transporter: its connections, and how a mail gets through one of them. What an attempt came to is in the
/// <see cref="Attempt"/>. Safe for concurrent callers.
/// </summary>
internal sealed class ServerEndpoint(ServerOptions options, Func<SmtpConnection> factory, TimeProvider time)
{
    // After that a server that failed is asked again, if there is another one.
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(30);

    private readonly ConnectionPool _pool = new(options, factory, time);
    private readonly LoginGate _logins = new(time);
    private readonly SendRateLimiter _rate = new(options);
    private long _failedAt;
    private volatile bool _hasFailed;

    public ServerOptions Options => options;

    public ConnectionPool Pool => _pool;

    /// <summary>True for a while after it has failed.</summary>
    public bool IsBackedOff => _hasFailed && time.GetElapsedTime(_failedAt) < Rest;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask SendAsync(bool async, OutgoingMessage message, Attempt attempt, Deadline deadline)
    {
        using var permits = await WaitAsync(async, message, deadline).ConfigureAwait(false);
        try
        {
            for (var fresh = false; ; fresh = true)
            {
                var connection = attempt.Connection = await _pool.TakeAsync(async, fresh).ConfigureAwait(false);
                try
                {
                    var wasUsed = connection.WasOpened;
                    if (!wasUsed)
                        await OpenAsync(async, connection, deadline).ConfigureAwait(false);
                    var transaction = attempt.Transaction = new DeliveryRecord(message.Envelope);
                    using var step = SmtpActivitySource.Step("smtp transaction", options);
                    try
                    {
                        attempt.Reply = await RecipientBatches.SendAsync(async, connection, message, transaction, deadline).ConfigureAwait(false);
                        return;
                    }
                    catch (Exception exception) when (wasUsed && !deadline.IsOver && IsStale(connection, transaction, exception))
                    {
                        // The server had closed it while it was idle; nothing of this mail was taken: once more on a new one.
                        attempt.Transaction = null;
                        SmtpActivitySource.Failed(step, exception);
                        SmtpMetrics.Retried(options, "stale_connection");
                        if (options.Logger is { } logger)
                            LogMessages.Stale(logger);
                    }
                }
                finally
                {
                    await _pool.GiveBackAsync(async, connection, deadline).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            _pool.Leave();
        }
    }

    /// <summary>Opens a connection, or asks whether an idle one is alive; true where it was an idle one.</summary>
    public async ValueTask<bool> CheckAsync(bool async, Attempt attempt, Deadline deadline)
    {
        await _pool.EnterAsync(async, deadline).ConfigureAwait(false);
        try
        {
            for (var fresh = false; ; fresh = true)
            {
                var connection = attempt.Connection = await _pool.TakeAsync(async, fresh).ConfigureAwait(false);
                var wasUsed = connection.WasOpened;
                try
                {
                    if (!wasUsed)
                        await connection.OpenAsync(async, deadline).ConfigureAwait(false);
                    await connection.NoOpAsync(async, deadline).ConfigureAwait(false);
                    return wasUsed;
                }
                catch (Exception) when (wasUsed && !deadline.IsOver)
                {
                    // Lost while it was idle: the question is whether a new one can be had.
                }
                finally
                {
                    await _pool.GiveBackAsync(async, connection, deadline).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            _pool.Leave();
        }
    }

    /// <summary>Takes note of how an attempt went: a server that is overloaded gets fewer connections, one that failed rests.</summary>
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
        || (result.Status is >= 400 and < 500 && result.EnhancedStatus is { Class: 4, Subject: 3, Detail: 2 } or { Class: 4, Subject: 4, Detail: 5 } or { Class: 4, Subject: 7 });

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

    private async ValueTask OpenAsync(bool async, SmtpConnection connection, Deadline deadline)
    {
        using var connecting = deadline.Within(options.ConnectionTimeout);
        using var step = SmtpActivitySource.Step("smtp connect", options);
        try
        {
            if (options.User is null)
                await connection.OpenAsync(async, connecting).ConfigureAwait(false);
            else
                await _logins.OpenAsync(async, () => connection.OpenAsync(async, connecting), deadline).ConfigureAwait(false);
            if (options.Logger is { } logger)
                LogMessages.Connected(logger, options.Host, options.Port, connection.Tls?.Protocol.ToString() ?? "no TLS", connection.Mechanism ?? "no login");
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
            SmtpActivitySource.Opened(step, connection);
        }
    }

    /// <summary>Lost before MAIL was answered: nothing was taken, and the same mail may go out over another connection.</summary>
    private static bool IsStale(SmtpConnection connection, DeliveryRecord transaction, Exception exception)
    {
        if (transaction.MessageSent)
            return false;
        if (connection.Own is null)
            return exception is MailKit.ServiceNotConnectedException;
        // A 421 is the server's good-bye; silence, that of a connection which had vanished while it was idle.
        return transaction.SenderRefusal is { Code: 421 } || connection.MayHaveVanished
            || (!transaction.MailAnswered && exception is SmtpProtocolException or IOException or MailKit.ServiceNotConnectedException);
    }
}
