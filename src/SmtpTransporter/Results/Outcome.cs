namespace SmtpTransport;

/// <summary>What became of an email.</summary>
public enum Outcome
{
    /// <summary>The send failed before the server could accept the message: nothing was delivered. The default value.</summary>
    NotSent,

    /// <summary>The server accepted the message for every recipient.</summary>
    Accepted,

    /// <summary>The server accepted the message for some recipients and refused others.</summary>
    PartiallyAccepted,

    /// <summary>The server refused the message, the sender or every recipient permanently (a 5yz reply).</summary>
    Refused,

    /// <summary>The server refused for now (a 4yz reply): the same message may be accepted later.</summary>
    Deferred,

    /// <summary>
    /// The connection was lost, or time ran out, after the last byte of the message was transmitted and before the server replied.
    /// The message may have been delivered (RFC 5321, section 6.1). The library never resends it automatically.
    /// </summary>
    Unknown,
}
