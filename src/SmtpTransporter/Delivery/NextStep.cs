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
}
