namespace SmtpTransport;

/// <summary>How a transaction ended, as far as it decides what comes next.</summary>
internal enum TransactionEnding
{
    /// <summary>The server took the message for the recipients that it had accepted.</summary>
    Accepted,

    /// <summary>The server refused recipients, so that none was left; it said nothing against the message.</summary>
    RecipientsRefused,

    /// <summary>The server refused the sender, DATA or the message.</summary>
    MessageRefused,

    /// <summary>The server announced that it closes (421) before it could have the message.</summary>
    ServerClosed,

    /// <summary>
    /// The server had lost the state of the session (503), or had waited for too long (4.4.2), before it could have the message.
    /// </summary>
    StateLost,

    /// <summary>The connection was lost, or had vanished while it was idle, before the end of the message was sent.</summary>
    ConnectionLost,

    /// <summary>The first thing that the server said was not a valid reply: the dialogue was out of step before.</summary>
    OutOfStep,

    /// <summary>The end of the message was sent, and no reply to it was read: it may have been delivered.</summary>
    InDoubt,

    /// <summary>A time limit, the caller, or this side ended it, or the server violated the protocol in the middle of it.</summary>
    Stopped,
}
