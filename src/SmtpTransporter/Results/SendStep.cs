namespace SmtpTransport;

/// <summary>A step of a send or of a check, in the order in which they are performed.</summary>
public enum SendStep
{
    /// <summary>
    /// The message was made, signed and checked, also against what the server offers: nothing of it has been sent.
    /// </summary>
    Prepare,

    /// <summary>The send waited for its rate limits and for a connection.</summary>
    Wait,

    /// <summary>The host name was resolved.</summary>
    Resolve,

    /// <summary>
    /// The TCP connection was established. With a client of the caller's: all from resolving the host name to TLS.
    /// </summary>
    Connect,

    /// <summary>The server's greeting (RFC 5321, section 3.1).</summary>
    Greeting,

    /// <summary>EHLO or HELO.</summary>
    Hello,

    /// <summary>STARTTLS (RFC 3207).</summary>
    StartTls,

    /// <summary>The TLS handshake.</summary>
    TlsHandshake,

    /// <summary>AUTH (RFC 4954), with what it needs: a mechanism that the server offers, and an access token.</summary>
    Authenticate,

    /// <summary>MAIL, which names the sender, or RSET before it.</summary>
    Mail,

    /// <summary>RCPT, which names a recipient.</summary>
    Recipients,

    /// <summary>DATA, with which the server agrees to receive the message.</summary>
    Data,

    /// <summary>The message was being sent: its last byte was not.</summary>
    Message,

    /// <summary>The reply to the message, behind its last byte.</summary>
    Reply,

    /// <summary>NOOP, with which <see cref="ISmtpTransporter.CheckConnection"/> asks.</summary>
    NoOp,
}
