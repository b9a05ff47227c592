namespace SmtpTransport;

/// <summary>
/// Reads what a server of LMTP answers to a message: a reply for each recipient whom it had accepted, in the order of RCPT (RFC 2033,
/// section 4.2).
/// </summary>
internal static class RepliesForEach
{
    /// <exception cref="SessionBrokenException">A reply is neither 250 nor a refusal: the replies before it count.</exception>
    public static async ValueTask ReadAsync(SessionContext session, TransactionResult result, bool async)
    {
        for (var i = 0; i < result.Replies.Length; i++)
        {
            if (result.Replies[i] is not { IsPositive: true })
                continue;
            var reply = await session.Channel.ReadAsync(async).ConfigureAwait(false);
            session.Health.Count(reply);
            if (reply.Code != 250 && !reply.IsRefusal)
                throw SessionBrokenException.NotAReplyTo("the message", reply);
            result.AnswerMessage(i, reply);
        }
        result.EndMessage();
        session.Tracker.SetStep(DialogueStep.Ready);
    }
}
