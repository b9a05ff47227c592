using System.Runtime.CompilerServices;

namespace SmtpTransport;

/// <summary>Reads the replies to RSET, MAIL and RCPT, and records what they say in the result of the transaction.</summary>
internal static class EnvelopeReplies
{
    /// <param name="async">Whether to read without a thread.</param>
    /// <param name="session">The session.</param>
    /// <param name="isEarly">Whether it was sent behind a message, whose replies could be shifted.</param>
    /// <param name="firstRead">Called once a reply has come.</param>
    /// <exception cref="SessionBrokenException">The server refused it, or answered something else.</exception>
    public static async ValueTask ReadResetAsync(bool async, SessionContext session, bool isEarly, Action? firstRead)
    {
        var reply = await ReadFirstAsync(async, session, firstRead).ConfigureAwait(false);
        if (isEarly ? !IsReset(reply) : reply.Code != 250)
            throw SessionBrokenException.NotAReplyTo("RSET", reply);
    }

    /// <summary>
    /// Reads the reply to the RSET before the next message, which is on its way as a whole. It must follow the answer to this one, or what
    /// was taken for that was the answer to something else.
    /// </summary>
    /// <exception cref="SessionBrokenException">It does not.</exception>
    public static async ValueTask ReadNextResetAsync(bool async, SessionContext session, TransactionResult result, EarlyFlight next)
    {
        Reply reply;
        try
        {
            reply = await ReadAsync(async, session).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // This message was answered: what ends the connection then is a matter of the next one.
        catch (Exception)
#pragma warning restore CA1031
        {
            result.EndsSession = result.IsNextUnanswered = true;
            return;
        }
        next.IsResetAnswered = IsReset(reply);
        result.EndsSession |= reply.IsClosing;
        if (next.IsResetAnswered || reply.IsClosing)
            return;
        result.HasLostStep = true;
        result.EndsSession = true;
        // A refusal may have been that of something else as well; not if nothing of the message was accepted.
        if (result.IsRefusedForAll)
            return;
        result.Doubt();
        throw SessionBrokenException.NotAReplyTo("RSET", reply);
    }

    /// <returns>False if the server closes: the transaction is over.</returns>
    /// <exception cref="SessionBrokenException">It is no reply to MAIL.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<bool> ReadMailAsync(bool async, SessionContext session, TransactionResult result, Action? firstRead)
    {
        var reply = await ReadFirstAsync(async, session, firstRead).ConfigureAwait(false);
        var isAccepted = reply.Code is >= 250 and <= 259;
        if (!isAccepted && !reply.IsRefusal)
            throw SessionBrokenException.NotAReplyTo("MAIL", reply);
        result.MailAnswered = true;
        if (isAccepted)
            return true;
        // With PIPELINING, the replies to RCPT behind it mean nothing; but whether a message that is on its way already was taken all the
        // same, only the server can say.
        result.SenderRefusal = reply;
        if (session.Pipelines && (!reply.IsClosing || result.MessageSent))
            return true;
        result.End(reply);
        return false;
    }

    /// <returns>False if the server closes: the transaction is over.</returns>
    /// <exception cref="SessionBrokenException">One of them is no reply to RCPT.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<bool> ReadRecipientsAsync(bool async, SessionContext session, TransactionResult result, int from, int to)
    {
        session.Tracker.SetStep(DialogueStep.Recipients);
        for (var i = from; i < to; i++)
        {
            var reply = await session.Channel.ReadAsync(async).ConfigureAwait(false);
            if (reply.Code is not (>= 250 and <= 259) && !reply.IsRefusal)
                throw SessionBrokenException.NotAReplyTo("RCPT", reply);
            session.Health.Count(result.Answer(i, reply));
            // The server closes: there is no further reply to wait for. If it does not, it may still take a message that is on its way.
            if (!reply.IsClosing || result.SenderRefusal is not null || result.MessageSent)
                continue;
            result.End(reply);
            return false;
        }
        return true;
    }

    /// <summary>Reads a reply, and counts it if it is an error.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<Reply> ReadAsync(bool async, SessionContext session)
    {
        var reply = await session.Channel.ReadAsync(async).ConfigureAwait(false);
        session.Health.Count(reply);
        return reply;
    }

    // A code for an address (RFC 3463, section 3.2) answers MAIL or RCPT.
    private static bool IsReset(Reply reply) =>
        reply.Code == 250 && EnhancedStatus.FromReply(reply.Code, reply.Text) is not { Subject: 1 };

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<Reply> ReadFirstAsync(bool async, SessionContext session, Action? firstRead)
    {
        var reply = await ReadAsync(async, session).ConfigureAwait(false);
        firstRead?.Invoke();
        return reply;
    }
}
