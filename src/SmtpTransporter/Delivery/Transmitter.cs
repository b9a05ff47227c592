using System.Runtime.CompilerServices;

namespace SmtpTransport;

/// <summary>
/// Sends a message over the connections of one server, in as many transactions as the policy demands: recipients beyond the number that the
/// server takes at once get the message in the next, and those who are left when a connection fails get it over another. Safe for
/// concurrent callers.
/// </summary>
internal sealed class Transmitter(ServerOptions options, ConnectionPool pool, SessionOpener opener)
{
    /// <summary>Sends the message, with a place in the pool.</summary>
    /// <returns>What became of it, and what is known of the connection if it failed.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<(DeliveryRecord Record, ConnectionFacts? Facts)> SendAsync(bool async, OutgoingMessage message, Deadline deadline)
    {
        var record = new DeliveryRecord(message.Envelope);
        SmtpSession? session = null;
        try
        {
            var step = NextStep.GoOn;
            do
            {
                session = await pool.TakeAsync(async, fresh: step == NextStep.NewConnection).ConfigureAwait(false);
                step = await SendOnAsync(async, session, message, record, deadline).ConfigureAwait(false);
            }
            while (step != NextStep.Stop);
        }
#pragma warning disable CA1031 // Every failure is a result, and does not undo what was delivered before it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            record.Fail(exception, decides: deadline.CanceledByCaller);
        }
        record.Close();
        return (record, record.Failure is null ? null : session?.Facts);
    }

    /// <summary>Sends over a connection that was taken from the pool, and gives it back.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<NextStep> SendOnAsync(
        bool async, SmtpSession session, OutgoingMessage message, DeliveryRecord record, Deadline deadline)
    {
        try
        {
            var wasUsed = session.WasOpened;
            if (!wasUsed)
                await opener.OpenAsync(async, session, deadline).ConfigureAwait(false);
            using var step = SmtpActivitySource.Step("smtp transaction", options);
            while (true)
            {
                var positions = record.Next(session.Extensions.MaxRecipients);
                var all = message.Envelope.Recipients;
                var result = await session.SendAsync(
                    async, message, positions is null ? all : [.. positions.Select(i => all[i])], deadline).ConfigureAwait(false);
                var progress = record.Add(result, positions, decides: deadline.CanceledByCaller);
                var next = DeliveryPolicy.After(result.Ending, record.IsSomeoneLeft, progress, record.IsDelivered, wasUsed);
                if (next == NextStep.Stop || deadline.IsOver)
                    return NextStep.Stop;
                if (next == NextStep.NewConnection)
                {
                    if (result.Failure is not null)
                        SmtpActivitySource.Failed(step, result.Failure);
                    ReportNewConnection(wasUsed);
                }
                if (next == NextStep.NewConnection || !session.IsUsable)
                    return next;
                wasUsed = true;
            }
        }
        finally
        {
            await pool.GiveBackAsync(async, session, deadline).ConfigureAwait(false);
        }
    }

    private void ReportNewConnection(bool wasUsed)
    {
        SmtpMetrics.Retried(options, wasUsed ? "stale_connection" : "closed_connection");
        if (options.Logger is { } logger)
            LogMessages.NewConnection(logger, wasUsed ? "an idle or used" : "a new");
    }
}
