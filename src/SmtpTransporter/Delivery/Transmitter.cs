using System.Runtime.CompilerServices;

namespace SmtpTransport;

/// <summary>
/// Sends a message over the connections of one server, in as many transactions as the policy demands: recipients beyond the number that the
/// server takes at once get the message in the next, and those who are left when a connection fails get it over another. Safe for
/// concurrent callers.
/// </summary>
internal sealed class Transmitter(ServerOptions options, ConnectionPool pool, SessionOpener opener, ReconnectPause pause)
{
    /// <summary>Sends the message, with a place in the pool.</summary>
    /// <param name="async">Whether to wait without a thread.</param>
    /// <param name="message">The message.</param>
    /// <param name="waiter">The waiter, if the message was on its way while it waited for its turn; null if not.</param>
    /// <param name="reconnects">Whether a server that cannot be reached is tried again, after a pause.</param>
    /// <param name="deadline">The limit of the send.</param>
    /// <returns>What became of it, and what is known of the connection if it failed.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<(DeliveryRecord Record, ConnectionFacts? Facts)> SendAsync(
        bool async, OutgoingMessage message, PoolWaiter? waiter, bool reconnects, Deadline deadline)
    {
        var record = new DeliveryRecord(message.Envelope);
        var session = waiter?.Session;
        if (waiter?.Loss is { } loss)
        {
            record.Add(TransactionResult.InDoubt(message.Envelope.Recipients, loss), null, decides: deadline.CanceledByCaller);
            return (record, waiter.Facts! with { Step = DialogueStep.FinalReply });
        }
        try
        {
            var step = NextStep.GoOn;
            var mayReconnect = reconnects;
            do
            {
                session = await TakeAsync(async, message, waiter, fresh: step == NextStep.NewConnection, deadline).ConfigureAwait(false);
                waiter = null;
                var wasUsed = session.WasOpened;
                step = wasUsed || await TryOpenAsync(async, session, reconnects, record, deadline).ConfigureAwait(false)
                    ? await SendOnAsync(async, session, wasUsed, mayReconnect, message, record, deadline).ConfigureAwait(false)
                    : NextStep.GoOn;
                if (step == NextStep.Reconnect)
                {
                    // Once: it may be this message that ends the connection.
                    mayReconnect = false;
                    step = await pause.TryWaitAsync(async, deadline).ConfigureAwait(false) ? NextStep.NewConnection : NextStep.Stop;
                }
            }
            while (step != NextStep.Stop);
        }
#pragma warning disable CA1031 // Every failure is a result, and does not undo what was delivered before it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            record.Fail(exception, decides: deadline.CanceledByCaller, StepOf(exception, session));
        }
        record.Close();
        return (record, record.Failure is null ? null : session?.Facts);
    }

    /// <summary>The connection on which the message is on its way already, or one of the pool, with a place.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<SmtpSession> TakeAsync(
        bool async, OutgoingMessage message, PoolWaiter? waiter, bool fresh, Deadline deadline)
    {
        if (waiter?.Session is { } session)
            return session;
        await pool.ReenterAsync(async, message, deadline).ConfigureAwait(false);
        return await pool.TakeAsync(async, fresh, message).ConfigureAwait(false);
    }

    /// <returns>
    /// False if it could not be opened for now, and one of the pool, or another new one, may be had now: nothing of the message was sent.
    /// </returns>
    private async ValueTask<bool> TryOpenAsync(
        bool async, SmtpSession session, bool reconnects, DeliveryRecord record, Deadline deadline)
    {
        var start = deadline.Elapsed;
        // Another attempt of this send is not answered by what failed before it.
        var since = record.Connection is null ? TimeSpan.Zero : start;
        try
        {
            await opener.OpenAsync(async, session, since, deadline).ConfigureAwait(false);
            record.Connection = session.Facts.Timings(deadline.Elapsed - start);
            pause.End();
            return true;
        }
        catch (Exception exception)
        {
            record.Connection = session.Facts.Timings(deadline.Elapsed - start);
            await pool.GiveBackAsync(async, session, deadline).ConfigureAwait(false);
            if (deadline.IsOver || !FailureClassifier.Classify(exception, deadline, session.Facts).IsTransient)
                throw;
            // The server may accept no more connections than there are. Else it accepts none. A login that stands for all is no matter of
            // their number.
            if (exception is not SendFailureException { SharedStep: not null }
                && await pool.TryWaitForOthersAsync(async, deadline, exception).ConfigureAwait(false))
                return false;
            if (reconnects && await pause.TryWaitAsync(async, deadline).ConfigureAwait(false))
            {
                SmtpMetrics.Retried(options, "reconnect");
                return false;
            }
            throw;
        }
    }

    /// <summary>Sends over a connection that was taken from the pool, and gives it back.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<NextStep> SendOnAsync(
        bool async,
        SmtpSession session,
        bool wasUsed,
        bool mayReconnect,
        OutgoingMessage message,
        DeliveryRecord record,
        Deadline deadline)
    {
        try
        {
            using var step = SmtpActivitySource.Step("smtp transaction", options);
            while (true)
            {
                var positions = record.Next(session.Extensions.MaxRecipients);
                var all = message.Envelope.Recipients;
                var result = await session.SendAsync(
                    async, message, positions is null ? all : [.. positions.Select(i => all[i])], deadline).ConfigureAwait(false);
                var progress = record.Add(result, positions, decides: deadline.CanceledByCaller);
                var next = DeliveryPolicy.After(result.Ending, record.IsSomeoneLeft, progress, record.IsDelivered, wasUsed);
                if (next == NextStep.Reconnect && !mayReconnect)
                    next = NextStep.Stop;
                if (next == NextStep.Stop || deadline.IsOver)
                {
                    // Who canceled before those who are left could be tried is told so.
                    if (next != NextStep.Stop && deadline.CanceledByCaller)
                        deadline.ThrowIfOver();
                    return NextStep.Stop;
                }
                if (next is NextStep.NewConnection or NextStep.Reconnect)
                {
                    if (result.Failure is not null)
                        SmtpActivitySource.Failed(step, result.Failure);
                    ReportNewConnection(wasUsed);
                }
                // The replies to the messages behind come first.
                if (next == NextStep.NewConnection || session.Line is { IsAnyBehind: true } || !session.IsUsable)
                    return next;
                wasUsed = true;
            }
        }
        finally
        {
            await pool.GiveBackAsync(async, session, deadline, message).ConfigureAwait(false);
        }
    }

    /// <summary>How far a session came without beginning a transaction.</summary>
    private static SendStep StepOf(Exception exception, SmtpSession? session) =>
        exception is SendFailureException { SharedStep: { } shared } ? shared
        : exception is AuthenticationFailedException ? SendStep.Authenticate
        : session is null ? SendStep.Connect
        : session.WasOpened ? SendStep.Prepare : session.Facts.SendStep;

    private void ReportNewConnection(bool wasUsed)
    {
        SmtpMetrics.Retried(options, wasUsed ? "stale_connection" : "closed_connection");
        if (options.Logger is { } logger)
            LogMessages.NewConnection(logger, wasUsed ? "an idle or used" : "a new");
    }
}
