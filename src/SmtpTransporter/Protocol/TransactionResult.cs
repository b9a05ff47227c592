namespace SmtpTransport;

/// <summary>
/// What one SMTP transaction came to (RFC 5321, section 3.3), as the replies came: a refusal of the server is a value here, and so is what
/// broke the transaction off.
/// </summary>
internal sealed class TransactionResult(IReadOnlyList<string> recipients)
{
    private readonly Reply?[] _replies = new Reply?[recipients.Count];
    private bool[]? _answered;
    private bool _isContradicted;
    private bool _isEnvelopeOver;
    private TimeSpan _entered;
    private TransactionTimes _times;

    /// <summary>The message was sent, and no reply to it will be read.</summary>
    public static TransactionResult InDoubt(IReadOnlyList<string> recipients, Exception failure)
    {
        var result = new TransactionResult(recipients) { MessageSent = true };
        result.Fail(failure);
        return result;
    }

    public IReadOnlyList<string> Recipients { get; } = recipients;

    /// <summary>The replies to RCPT, in the order of <see cref="Recipients"/>; null if there was none that counts.</summary>
    public Reply?[] Replies => _replies;

    /// <summary>The refusal of MAIL. With PIPELINING, the replies to RCPT behind it mean nothing.</summary>
    public Reply? SenderRefusal { get; set; }

    /// <summary>True once MAIL was answered.</summary>
    public bool MailAnswered { get; set; }

    /// <summary>True once the server expects the message: what it says from then on is about the message.</summary>
    public bool MessageBegun { get; set; }

    /// <summary>
    /// True once the last byte of the message was handed to the network: whatever ends the connection then, it may have been delivered.
    /// </summary>
    public bool MessageSent { get; set; }

    /// <summary>
    /// The reply that decided the transaction: the server took the message, or refused it, its sender or all of its recipients.
    /// </summary>
    public Reply? FinalReply { get; private set; }

    /// <summary>What broke the transaction off before a reply decided it.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>True if the failure is that the connection was lost, or was not there any more.</summary>
    public bool IsConnectionLost { get; set; }

    /// <summary>True if the connection cannot be used again, although a reply decided the transaction.</summary>
    public bool EndsSession { get; set; }

    /// <summary>True if a reply behind the one that decided did not fit the command of the next message.</summary>
    public bool HasLostStep { get; set; }

    /// <summary>True if the connection ended, or was silent, behind the reply that decided, with the next message on its way.</summary>
    public bool IsNextUnanswered { get; set; }

    /// <summary>True once DATA was sent and every reply to RCPT was read.</summary>
    public bool DataAwaited { get; set; }

    /// <summary>How long its parts took, as far as it went.</summary>
    public TransactionTimes Times => _times;

    /// <summary>The step at which it failed; null if the server took the message.</summary>
    public SendStep? FailedStep =>
        IsAccepted ? null
        : MessageSent && (_answered is not null || !IsOfEnvelope(FinalReply)) ? SendStep.Reply
        : MessageBegun ? SendStep.Message
        : FinalReply is not null && ReferenceEquals(FinalReply, SenderRefusal) ? SendStep.Mail
        : IsOfEnvelope(FinalReply) ? SendStep.Recipients
        : DataAwaited ? SendStep.Data
        : MailAnswered ? SendStep.Recipients
        : SendStep.Mail;

    public bool IsAccepted => FinalReply is { IsPositive: true };

    /// <summary>True if the server has taken the message for a recipient at least.</summary>
    public bool IsTakenForSome => IsAccepted || (_answered is not null && _answered.Where((a, i) => a && _replies[i]!.IsPositive).Any());

    public bool HasAcceptedRecipient { get; private set; }

    public bool IsInDoubt => MessageSent && FinalReply is null;

    /// <summary>
    /// True if the replies that were read leave nobody who could get the message. Not if the server has the message and accepted something
    /// behind its refusal: what it says does not stand for what it does then, or its replies are not those to our commands.
    /// </summary>
    public bool IsRefusedForAll => !(MessageSent && _isContradicted)
        && (SenderRefusal is not null || (!HasAcceptedRecipient && Array.TrueForAll(_replies, r => r is { IsRefusal: true })));

    /// <summary>The reply to a recipient with which the server announced that it closes; null if there was none.</summary>
    public Reply? Goodbye => _answered is null ? Array.Find(_replies, r => r is { IsClosing: true }) : null;

    public TransactionEnding Ending =>
        FinalReply is not null ? EndingOf(FinalReply)
        : MessageSent ? TransactionEnding.InDoubt
        : IsConnectionLost ? TransactionEnding.ConnectionLost
        : Failure is SessionBrokenException && !MailAnswered ? TransactionEnding.OutOfStep
        : TransactionEnding.Stopped;

    /// <summary>Records the reply to a recipient, unless the sender was refused before it.</summary>
    /// <returns>The reply as it counts: a refusal may say only that a transaction takes no further recipient.</returns>
    public Reply Answer(int recipient, Reply reply)
    {
        if (SenderRefusal is not null)
        {
            AnswerDeclined(reply);
            return reply;
        }
        if (reply.IsRefusal && SaysTooMany(reply))
            reply = reply with { SaysTooManyRecipients = true };
        _replies[recipient] = reply;
        HasAcceptedRecipient |= reply.IsPositive;
        return reply;
    }

    /// <summary>Records what the server answered to the message for one recipient (LMTP, RFC 2033): that is final.</summary>
    public void AnswerMessage(int recipient, Reply reply)
    {
        _replies[recipient] = reply;
        (_answered ??= new bool[_replies.Length])[recipient] = true;
    }

    /// <summary>Whether the server has answered the message for this recipient.</summary>
    public bool IsMessageAnswered(int recipient) => _answered is not null && _answered[recipient];

    /// <summary>The server has answered the message for all recipients whom it had accepted.</summary>
    public void EndMessage() => End(Array.Find(_replies, r => r is { IsPositive: true }) ?? RefusalOfAll());

    /// <summary>The server has answered something for which it had refused what it needs: a sender or a recipient.</summary>
    public void AnswerDeclined(Reply reply) => _isContradicted |= reply.IsPositive;

    public void End(Reply reply) => FinalReply = reply;

    /// <summary>What has come after the reply that decided shows that it may have been the answer to something else.</summary>
    public void Doubt()
    {
        FinalReply = null;
        _isContradicted = true;
    }

    /// <summary>Begins to measure.</summary>
    /// <param name="now">The time since the beginning of the send.</param>
    public void Begin(TimeSpan now) => _entered = now;

    /// <summary>The message follows now.</summary>
    public void EndEnvelope(TimeSpan now)
    {
        _isEnvelopeOver = true;
        _times.Envelope = Lap(now);
    }

    /// <summary>The last byte of the message was sent.</summary>
    public void EndMessage(TimeSpan now) => _times.Message = Lap(now);

    /// <summary>The transaction is over.</summary>
    public void Stop(TimeSpan now)
    {
        if (MessageSent)
            _times.Reply = Lap(now);
        else if (_isEnvelopeOver)
            _times.Message = Lap(now);
        else
            _times.Envelope = Lap(now);
    }

    public void Fail(Exception failure)
    {
        Failure = failure;
        IsConnectionLost |= failure is IOException or SessionBrokenException { ClosedByServer: true };
    }

    /// <summary>
    /// The refusal that stands for all if nobody can get the message: that of the sender, or of the recipients the first that may pass
    /// later, else the first.
    /// </summary>
    public Reply RefusalOfAll() => SenderRefusal ?? Array.Find(_replies, r => r is { IsTransient: true }) ?? _replies[0]!;

    private TransactionEnding EndingOf(Reply reply) =>
        reply.IsPositive ? TransactionEnding.Accepted
        : MessageBegun || (MessageSent && (HasAcceptedRecipient || !IsOfEnvelope(reply))) ? TransactionEnding.MessageRefused
        : reply.IsClosing ? TransactionEnding.ServerClosed
        : SaysStateLost(reply) ? TransactionEnding.StateLost
        : IsOfEnvelope(reply) && SenderRefusal is null ? TransactionEnding.RecipientsRefused
        : TransactionEnding.MessageRefused;

    private TimeSpan Lap(TimeSpan now)
    {
        var lap = now - _entered;
        _entered = now;
        return lap;
    }

    private bool IsOfEnvelope(Reply? reply) =>
        reply is not null && (ReferenceEquals(reply, SenderRefusal) || Array.Exists(_replies, r => ReferenceEquals(r, reply)));

    // RFC 5321, section 4.1.4: the commands were in order, so the server has forgotten those before. RFC 3463: bad connection (4.4.2).
    private static bool SaysStateLost(Reply reply) =>
        reply.Code == 503 || EnhancedStatus.FromReply(reply.Code, reply.Text) is { Class: 4, Subject: 4, Detail: 2 };

    // RFC 5321, section 4.5.3.1.10: 452, from older servers 552, which also says that a mailbox is full; Courier has 431. What an enhanced
    // code says counts (5.3 of RFC 3463). For good it can only be meant if there is a recipient that was not too many.
    private bool SaysTooMany(Reply reply)
    {
        if (EnhancedStatus.FromReply(reply.Code, reply.Text) is { } enhanced)
            return enhanced is { Subject: 5, Detail: 3 } && (reply.Code < 500 || HasAcceptedRecipient);
        return reply.Code is 452 or 431 || (reply.Code == 552 && HasAcceptedRecipient);
    }
}
