namespace SmtpTransport;

/// <summary>How worn a session is: what the server has refused in it, how many messages it has carried, and how long it was idle. One
/// caller at a time.</summary>
internal sealed class SessionHealth(TimeProvider time)
{
    /// <summary>
    /// With so many errors a session is replaced. Servers count them over the whole session: Postfix delays its replies from the tenth and
    /// ends the session at the twentieth, Exchange ends it at the fifth, chasquid at the third; Courier delays every one.
    /// </summary>
    public const int MaxErrors = 5;

    private long _lastReply;
    private int _errors;

    /// <summary>How many transactions have ended.</summary>
    public int Transactions { get; private set; }

    /// <summary>
    /// True once a transaction was left without a recipient: a message that follows its only recipient unasked could be a second error.
    /// </summary>
    public bool HasRefusedEveryRecipient { get; set; }

    /// <summary>True once the server has said that it closes, whatever it said it to (421, RFC 5321, section 3.8).</summary>
    public bool IsClosing { get; private set; }

    public bool IsWornOut => _errors >= MaxErrors;

    /// <summary>How long it has been since the server answered.</summary>
    public TimeSpan IdleFor => time.GetElapsedTime(_lastReply);

    /// <summary>
    /// Counts the reply if the server may count it as an error. One that only says how many recipients a transaction takes is none.
    /// </summary>
    public void Count(Reply reply)
    {
        if (reply is { IsRefusal: true, SaysTooManyRecipients: false })
            _errors++;
        IsClosing |= reply.IsClosing;
    }

    public void CountTransaction()
    {
        Transactions++;
        Touch();
    }

    /// <summary>The server has answered.</summary>
    public void Touch() => _lastReply = time.GetTimestamp();
}
