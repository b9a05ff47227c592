namespace SmtpTransport;

/// <summary>What became of a mail.</summary>
public enum Outcome
{
    /// <summary>The send failed before the server could take the message: nothing was delivered.</summary>
    NotSent,

    /// <summary>The server took the message for every recipient.</summary>
    Accepted,

    /// <summary>The server took the message for some recipients and refused others.</summary>
    PartiallyAccepted,

    /// <summary>The server refused the message, the sender or every recipient for good (a 5yz reply).</summary>
    Refused,

    /// <summary>The server refused for now (a 4yz reply): the same mail may pass later.</summary>
    Deferred,

    /// <summary>
    /// The connection was lost, or time ran out, after the last byte of the message and before the server's reply.
    /// The mail may have been delivered (RFC 5321, section 6.1). It is never sent again by itself.
    /// </summary>
    Unknown,
}
