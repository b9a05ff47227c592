namespace SmtpTransport;

/// <summary>
/// The messages that are on their way over one connection, in their order: that of the caller whose turn it is, and those behind it, whose
/// callers wait. The connection goes from one caller to the next. One caller at a time.
/// </summary>
internal sealed class SessionLine(ConnectionPool pool, SmtpSession session, OverlapState overlap) : IEarlyFlights
{
    private readonly Queue<PoolWaiter> _behind = new();
    private EarlyFlight? _current;

    /// <inheritdoc/>
    public EarlyFlight? Next => _behind.TryPeek(out var next) ? next.Flight : null;

    /// <summary>The form of this connection; null if nothing goes early over it.</summary>
    public FlightForm? Form { get; private set; }

    /// <summary>How many replies come before those to the message whose turn it is: nobody waits for them any more.</summary>
    public int Unread { get; private set; }

    /// <summary>
    /// True once the server has said that it closes, and has closed without another reply: it has taken none of those behind.
    /// </summary>
    public bool IsNothingTaken { get; set; }

    public bool IsAnyBehind => _behind.Count > 0;

    /// <summary>The connection is open.</summary>
    public void Open(FlightForm? form) => overlap.Form = Form = form;

    /// <inheritdoc/>
    public EarlyFlight? Take()
    {
        if (Form is null || _behind.Count >= overlap.MostBehind(Form) || !session.HasRoomBehind(_behind.Count)
            || pool.TryClaim(session, Form, MostRecipients()) is not { } waiter)
            return null;
        _behind.Enqueue(waiter);
        return waiter.Flight;
    }

    /// <summary>Takes what was sent of the message before its turn; null if nothing was.</summary>
    public EarlyFlight? TakeOwn(OutgoingMessage message)
    {
        var own = _current is { } current && ReferenceEquals(current.Message, message) ? current : null;
        _current = null;
        return own;
    }

    /// <summary>The unread replies are read with the replies to the message whose turn it is.</summary>
    public int TakeUnread()
    {
        var unread = Unread;
        Unread = 0;
        return unread;
    }

    /// <summary>The next caller who still waits: it is its turn. Null if there is none who can go on with the connection.</summary>
    public PoolWaiter? Advance()
    {
        while (_behind.TryDequeue(out var next))
        {
            if (!next.HasLeft)
            {
                _current = next.Flight;
                return next;
            }
            // The server waits for a message that nobody sends any more: only the end of the connection tells it so.
            if (!next.Flight!.HasMessage)
                return null;
            Unread += next.Flight.Replies;
        }
        return null;
    }

    /// <summary>The connection has ended: takes those behind, in their order.</summary>
    public IReadOnlyList<PoolWaiter> TakeAll()
    {
        PoolWaiter[] all = [.. _behind];
        _behind.Clear();
        return all;
    }

    /// <summary>The server has not kept step.</summary>
    public void TurnOff() => overlap.TurnOff();

    /// <summary>
    /// With how many recipients a message may follow: if all that is on its way as a whole were refused, the server must not end the
    /// session for it. What has not been sent as a whole can be sent again.
    /// </summary>
    private int MostRecipients()
    {
        if (Form is not { Chunks: true })
            return int.MaxValue;
        var left = session.Health.Forgiven - 1;
        foreach (var waiter in _behind)
            left -= waiter.Flight!.Recipients + 1;
        return left;
    }
}
