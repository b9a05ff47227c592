namespace SmtpTransport;

/// <summary>
/// Every value that <see cref="SmtpError.ErrCode"/> takes. The numbers are stable: one that has been published keeps its
/// meaning; new ones may be added.
/// </summary>
public static class SmtpErrorCodes
{
    // 1000: the options and the transporter itself

    /// <summary>The transporter was disposed while the operation was under way (<c>conf</c>).</summary>
    public const int Disposed = 1001;

    /// <summary>The caller's own code (token provider, client factory, certificate callback) failed (<c>conf</c>).</summary>
    public const int CallbackFailed = 1002;

    /// <summary>No connection of the transporter became free within the time (<c>conf</c>).</summary>
    public const int NoFreeConnection = 1003;

    /// <summary>A rate limiter of the options gave no permit within the time, or refused it (<c>conf</c>).</summary>
    public const int RateLimited = 1004;

    /// <summary>The mail needs more permits at once than a rate limiter of the options ever has (<c>conf</c>).</summary>
    public const int RateLimitExceedsCapacity = 1005;

    /// <summary>A warning: <see cref="ServerOptions.AllowedRecipients"/> has dropped recipients (<c>conf</c>).</summary>
    public const int RecipientsDropped = 1006;

    /// <summary><see cref="ServerOptions.AllowedRecipients"/> allows none of the recipients; nothing was sent (<c>conf</c>).</summary>
    public const int NoAllowedRecipient = 1007;

    /// <summary>The mail could not be written into <see cref="ServerOptions.PickupFolder"/> (<c>conf</c>).</summary>
    public const int PickupFolderFailed = 1008;

    // 2000: the message

    /// <summary>The message has no From (<c>mail</c>).</summary>
    public const int MissingFrom = 2001;

    /// <summary>The message has no recipient (<c>mail</c>).</summary>
    public const int MissingRecipient = 2002;

    /// <summary>An address is not one; the message names the property and the position (<c>mail</c>).</summary>
    public const int InvalidAddress = 2003;

    /// <summary>Several From addresses and no Sender (RFC 5322, section 3.6.2) (<c>mail</c>).</summary>
    public const int SenderRequired = 2004;

    /// <summary>A property holds what a mail cannot carry, such as a line break in a header (<c>mail</c>).</summary>
    public const int InvalidContent = 2005;

    /// <summary>An attachment's file or stream is missing or cannot be read (<c>mail</c>).</summary>
    public const int AttachmentUnreadable = 2006;

    /// <summary>The message is larger than the server takes (RFC 1870); nothing was sent (<c>mail</c>).</summary>
    public const int MessageTooLarge = 2007;

    /// <summary>An address needs SMTPUTF8 (RFC 6531), which the server does not offer (<c>mail</c>).</summary>
    public const int SmtpUtf8Required = 2008;

    /// <summary>The message could not be written as MIME (<c>mail</c>).</summary>
    public const int InvalidMessage = 2009;

    /// <summary>A delivery status notification is asked for, and the server does not offer DSN (RFC 3461) (<c>mail</c>).</summary>
    public const int DsnRequired = 2010;

    // 3000: the network

    /// <summary>The host name has no address (<c>dns</c>).</summary>
    public const int HostNotFound = 3001;

    /// <summary>The name was not resolved in time (<c>dns</c>).</summary>
    public const int ResolveTimeout = 3002;

    /// <summary>No address of the host accepted the connection (<c>tcp</c>).</summary>
    public const int ConnectFailed = 3101;

    /// <summary>The connection was not established in time (<c>tcp</c>).</summary>
    public const int ConnectTimeout = 3102;

    /// <summary>An established connection was lost (<c>tcp</c>).</summary>
    public const int ConnectionLost = 3103;

    // 4000: TLS

    /// <summary>The server offers no STARTTLS and clear text is not allowed (<c>tls</c>).</summary>
    public const int TlsNotAvailable = 4001;

    /// <summary>The TLS handshake failed (<c>tls</c>).</summary>
    public const int TlsHandshakeFailed = 4002;

    /// <summary>The server's certificate is not trusted; the message says why (<c>tls</c>).</summary>
    public const int CertificateNotTrusted = 4003;

    /// <summary>The TLS handshake did not end in time (<c>tls</c>).</summary>
    public const int TlsTimeout = 4004;

    // 5000: authentication

    /// <summary>The server refused the login (<c>auth</c>).</summary>
    public const int AuthenticationFailed = 5001;

    /// <summary>The server lacks the mechanism that was asked for, or any that fits; the message lists what it has (<c>auth</c>).</summary>
    public const int MechanismNotAvailable = 5002;

    /// <summary>The server did not answer the login in time (<c>auth</c>).</summary>
    public const int AuthenticationTimeout = 5003;

    /// <summary>The login was not begun because the connection is not encrypted (<c>auth</c>).</summary>
    public const int EncryptionRequired = 5004;

    /// <summary>The access token provider failed or gave no token (<c>auth</c>).</summary>
    public const int TokenUnavailable = 5005;

    /// <summary>The server demands a login (530) that was not made (<c>auth</c>).</summary>
    public const int AuthenticationRequired = 5006;

    // 6000: the SMTP dialogue

    /// <summary>The server said what SMTP does not allow at that place (<c>smtp</c>).</summary>
    public const int ProtocolError = 6001;

    /// <summary>The server closed the connection (<c>smtp</c>).</summary>
    public const int ConnectionClosed = 6002;

    /// <summary>The server did not answer in time (<c>smtp</c>).</summary>
    public const int ReplyTimeout = 6003;

    /// <summary>Something failed that has no code of its own; the message says what (<c>smtp</c>).</summary>
    public const int Unexpected = 6999;

    // 7000: S/MIME

    /// <summary>The mail could not be signed or encrypted (<c>smim</c>).</summary>
    public const int SigningFailed = 7001;

    /// <summary>A warning: the signing certificate does not name the sender (<c>smim</c>).</summary>
    public const int CertificateSenderMismatch = 7002;

    // 8000: DKIM

    /// <summary>The mail could not be signed (<c>dkim</c>).</summary>
    public const int DkimFailed = 8001;

    // 9000: the extended log

    /// <summary>An entry of the extended log could not be written (<c>log</c>).</summary>
    public const int LogWriteFailed = 9001;
}
