namespace SmtpTransport;

/// <summary>
/// What one SMTP transaction came to (RFC 5321, section 3.3), as the replies came: a refusal of the server is a value here, and so is what
/// broke the
/// transaction off.
/// </summary>
internal sealed class TransactionResult(IReadOnlyList<string> recipients)
{
    private readonly Reply?[] _replies = new Reply?[recipients.Count];

    public IReadOnlyList<string> Recipients { get; } = recipients;

    /// <summary>The replies to RCPT, in the order of <see cref="Recipients"/>; null if there was none that counts.</summary>
    public IReadOnlyList<Reply?> Replies => _replies;

    /// <summary>The refusal of MAIL. With PIPELINING, the replies to RCPT behind it mean nothing.</summary>
    public Reply? SenderRefusal { get; set; }

    /// <summary>True once MAIL was answered.</summary>
    public bool MailAnswered { get; set; }

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

    /// <summary>
    /// True if the server took nothing of the message and the connection was at fault, which had been idle or was closed: the same message
    /// may be
    /// sent over another connection.
    /// </summary>
    public bool MayBeRepeated { get; set; }

    public bool IsAccepted => FinalReply is { IsPositive: true };

    public bool HasAcceptedRecipient { get; private set; }

    public bool IsInDoubt => MessageSent && FinalReply is null;

    /// <summary>Records the reply to a recipient, unless the sender was refused before it.</summary>
    public void Answer(int recipient, Reply reply)
    {
        if (SenderRefusal is not null)
            return;
        _replies[recipient] = reply;
        HasAcceptedRecipient |= reply.IsPositive;
    }

    public void End(Reply reply) => FinalReply = reply;

    public void Fail(Exception failure) => Failure = failure;

    /// <summary>The refusal that stands for all if no recipient was accepted: the first that may pass later, else the first.</summary>
    public Reply RefusalOfAll() => Array.Find(_replies, r => r is { IsTransient: true }) ?? _replies[0]!;
}
