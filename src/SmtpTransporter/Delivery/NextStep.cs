namespace SmtpTransport;

/// <summary>What follows a transaction.</summary>
internal enum NextStep
{
    /// <summary>Nothing: the result is known, or trying again is not safe or not worth it.</summary>
    Stop,

    /// <summary>A transaction for the recipients who are left, on the same connection or on any other.</summary>
    GoOn,

    /// <summary>A transaction for the recipients who are left, on a connection that is opened for it.</summary>
    NewConnection,

    /// <summary>
    /// The same after a pause, and once: a new connection was lost as well. Only if the send waits for servers that cannot be reached.
    /// </summary>
    Reconnect,
}
