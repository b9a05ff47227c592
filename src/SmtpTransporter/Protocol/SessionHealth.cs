namespace SmtpTransport;

/// <summary>How worn a session is: what the server has refused in it, how many messages it has carried, and how long it was idle. One
/// caller at a time.</summary>
internal sealed class SessionHealth(TimeProvider time)
{
    /// <summary>
    /// With so many errors a session is replaced. Servers count them over the whole session: Postfix delays its replies from the tenth and
    /// ends the session at the twentieth, Exchange ends it at the fifth, chasquid at the third.
    /// </summary>
    public const int MaxErrors = 5;

    // So many errors end a session with Postfix, whatever else is in it.
    private const int MostForgiven = 20;

    // Courier holds the first refusal of a session back for eight seconds, and each one for twice as long as the one before it.
    private static readonly TimeSpan SlowTransaction = TimeSpan.FromSeconds(5);

    private long _lastReply;
    private long _began;
    private int _errors;
    private int _errorsBefore;
    private int _atRisk;
    private bool _isSlowed;

    /// <summary>How many transactions have ended.</summary>
    public int Transactions { get; private set; }

    /// <summary>
    /// True once a transaction was left without a recipient: a message that follows its only recipient unasked could be a second error.
    /// </summary>
    public bool HasRefusedEveryRecipient { get; set; }

    /// <summary>True once the server has said that it closes, whatever it said it to (421, RFC 5321, section 3.8).</summary>
    public bool IsClosing { get; private set; }

    /// <summary>True if that was the last thing it has said.</summary>
    public bool IsGoodbyeLast { get; private set; }

    public bool IsWornOut => _isSlowed || _errors >= MaxErrors;

    /// <summary>How long it has been since the server answered.</summary>
    public TimeSpan IdleFor => time.GetElapsedTime(_lastReply);

    /// <summary>How long it has been since the transaction began.</summary>
    public TimeSpan Lasted => time.GetElapsedTime(_began);

    /// <summary>
    /// Counts the reply if the server may count it as an error. One that only says how many recipients a transaction takes is none.
    /// </summary>
    public void Count(Reply reply)
    {
        if (reply is { IsRefusal: true, SaysTooManyRecipients: false })
            _errors++;
        IsGoodbyeLast = reply.IsClosing;
        IsClosing |= reply.IsClosing;
    }

    /// <summary>A transaction begins.</summary>
    /// <param name="refusals">How many replies to it may be refusals.</param>
    public void BeginTransaction(int refusals)
    {
        _atRisk = refusals;
        _began = time.GetTimestamp();
        _errorsBefore = _errors;
    }

    /// <summary>How many refusals more the server forgives, if the transaction has as many as it can have.</summary>
    public int Forgiven => MostForgiven - 1 - _errors - _atRisk;

    /// <summary>
    /// A transaction has ended. If it had errors and took long, the server slows the session down, and more with the next.
    /// </summary>
    public void CountTransaction()
    {
        Transactions++;
        Touch();
        _isSlowed |= _errors > _errorsBefore && time.GetElapsedTime(_began, _lastReply) >= SlowTransaction;
    }

    /// <summary>The server has answered.</summary>
    public void Touch() => _lastReply = time.GetTimestamp();
}
