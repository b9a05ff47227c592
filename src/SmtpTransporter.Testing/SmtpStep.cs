namespace SmtpTransport.Testing;

/// <summary>A step of the SMTP dialogue at which a rule of the <see cref="SmtpScript"/> can be played.</summary>
public enum SmtpStep
{
    /// <summary>The greeting (RFC 5321, section 3.1). After a greeting that is not 2yz the client can only send QUIT.</summary>
    Connect,

    /// <summary>The reply to EHLO. A scripted 250 counts as a successful EHLO with only the extensions that it names.</summary>
    Ehlo,

    /// <summary>The reply to HELO.</summary>
    Helo,

    /// <summary>The reply to STARTTLS (RFC 3207). The handshake follows a scripted reply that begins with 220.</summary>
    StartTls,

    /// <summary>
    /// The TLS handshake, after STARTTLS or, with <see cref="SmtpTestTlsMode.Implicit"/>, at once. Scripted replies are sent in clear text
    /// here.
    /// </summary>
    TlsHandshake,

    /// <summary>The reply to AUTH (RFC 4954). After a scripted 334 the next line is a response, as in any authentication.</summary>
    Auth,

    /// <summary>The reply to each further line of the authentication. The text of a rule is searched for in the AUTH command.</summary>
    AuthResponse,

    /// <summary>The reply to MAIL. A scripted 2yz begins the transaction.</summary>
    MailFrom,

    /// <summary>The reply to RCPT. A scripted 2yz accepts the recipient; any other reply does not.</summary>
    RcptTo,

    /// <summary>
    /// The reply to DATA. The message is read only after a 354. The text of a rule is searched for in MAIL and RCPT, too.
    /// </summary>
    Data,

    /// <summary>
    /// While the bytes of the message arrive, by DATA or BDAT; once for each message. The text of a rule is searched for in MAIL and RCPT,
    /// too.
    /// </summary>
    Body,

    /// <summary>
    /// The reply to the final dot or to the last BDAT. The message counts as received unless a 4yz or 5yz is scripted. The text of a rule
    /// is searched for in MAIL and RCPT, too.
    /// </summary>
    EndOfData,

    /// <summary>The reply to a BDAT (RFC 3030). For the last BDAT, a rule for <see cref="EndOfData"/> comes first.</summary>
    Bdat,

    /// <summary>The reply to RSET. The transaction continues if the scripted reply is not 2yz.</summary>
    Rset,

    /// <summary>The reply to NOOP.</summary>
    NoOp,

    /// <summary>The reply to QUIT. The connection is closed after any reply.</summary>
    Quit,

    /// <summary>The reply to VRFY.</summary>
    Vrfy,

    /// <summary>Right after the reply to an accepted message: for what a server does to an idle connection.</summary>
    Idle,
}
