namespace SmtpTransport.Testing;

/// <summary>A place in the SMTP dialogue where a rule of the <see cref="SmtpScript"/> can step in.</summary>
public enum SmtpStep
{
    /// <summary>The greeting (RFC 5321, 3.1). A greeting that is not 2yz leaves only QUIT to the client.</summary>
    Connect,

    /// <summary>The reply to EHLO. A scripted 250 counts as a successful EHLO with just the extensions that it names.</summary>
    Ehlo,

    /// <summary>The reply to HELO.</summary>
    Helo,

    /// <summary>The reply to STARTTLS. A scripted reply that begins with 220 is followed by the handshake.</summary>
    StartTls,

    /// <summary>The TLS handshake, after STARTTLS or at once with <see cref="SmtpTestTlsMode.Implicit"/>. Replies are sent in clear here.</summary>
    TlsHandshake,

    /// <summary>The reply to AUTH (RFC 4954). After a scripted 334 the next line is a response, as in any exchange.</summary>
    Auth,

    /// <summary>The reply to each further line of the authentication; a rule's text is looked for in the AUTH command.</summary>
    AuthResponse,

    /// <summary>The reply to MAIL. A scripted 2yz begins the transaction.</summary>
    MailFrom,

    /// <summary>The reply to RCPT. A scripted 2yz accepts the recipient, anything else does not.</summary>
    RcptTo,

    /// <summary>The reply to DATA. The message is read after 354 only. A rule's text is looked for in MAIL and RCPT too.</summary>
    Data,

    /// <summary>While the bytes of the message arrive, by DATA or BDAT; once a message. A rule's text is looked for in MAIL and RCPT.</summary>
    Body,

    /// <summary>
    /// The reply to the final dot or to the last BDAT. The message counts as received unless a 4yz or 5yz is scripted.
    /// A rule's text is looked for in MAIL and RCPT.
    /// </summary>
    EndOfData,

    /// <summary>The reply to a BDAT (RFC 3030); for the last one a rule for <see cref="EndOfData"/> goes first.</summary>
    Bdat,

    /// <summary>The reply to RSET. The transaction goes on if the scripted reply is not 2yz.</summary>
    Rset,

    /// <summary>The reply to NOOP.</summary>
    NoOp,

    /// <summary>The reply to QUIT. The connection is closed after it, whatever it says.</summary>
    Quit,

    /// <summary>The reply to VRFY.</summary>
    Vrfy,

    /// <summary>Right after the reply to an accepted message was sent: what a server does to an idle connection.</summary>
    Idle,
}
