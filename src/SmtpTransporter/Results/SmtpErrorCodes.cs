namespace SmtpTransport;

/// <summary>Every value of <see cref="SmtpError.ErrCode"/>.</summary>
/// <remarks>
/// The numbers are stable: a published number keeps its meaning; new ones may be added. The <see cref="SmtpError.ComponentSignature"/> that
/// goes with a code is in parentheses. For a coarser distinction use <see cref="SmtpError.Kind"/>.
/// </remarks>
public static class SmtpErrorCodes
{
    // 1000: the options and the transporter itself

    /// <summary>The transporter was disposed during the operation (<c>conf</c>).</summary>
    public const int Disposed = 1001;

    /// <summary>
    /// Code of the application failed: a client factory, <see cref="ServerOptions.ConnectCallback"/> or
    /// <see cref="StoredMessage.BeforeTransmission"/> (<c>conf</c>), or an <see cref="ISaslMechanism"/> (<c>auth</c>).
    /// </summary>
    public const int CallbackFailed = 1002;

    /// <summary>No connection of the transporter became free in time (<c>conf</c>).</summary>
    public const int NoFreeConnection = 1003;

    /// <summary>A rate limiter of the options gave no permit in time, or refused one (<c>conf</c>).</summary>
    public const int RateLimited = 1004;

    /// <summary>The email needs more permits at once than a rate limiter of the options can ever give (<c>conf</c>).</summary>
    public const int RateLimitExceedsCapacity = 1005;

    /// <summary>
    /// A warning: <see cref="ServerOptions.AllowedRecipients"/>, <see cref="ServerOptions.IsRecipientDenied"/> or
    /// <see cref="ServerOptions.SuppressionList"/> excluded some of the recipients (<c>conf</c>).
    /// </summary>
    public const int RecipientsDropped = 1006;

    /// <summary>
    /// <see cref="ServerOptions.AllowedRecipients"/>, <see cref="ServerOptions.IsRecipientDenied"/> or
    /// <see cref="ServerOptions.SuppressionList"/> leaves none of the recipients; nothing was sent (<c>conf</c>).
    /// </summary>
    public const int NoAllowedRecipient = 1007;

    /// <summary>The message could not be written to <see cref="ServerOptions.PickupFolder"/> (<c>conf</c>).</summary>
    public const int PickupFolderFailed = 1008;

    // 2000: the message

    /// <summary>The email has no From (<c>mail</c>).</summary>
    public const int MissingFrom = 2001;

    /// <summary>The email has no recipient (<c>mail</c>).</summary>
    public const int MissingRecipient = 2002;

    /// <summary>An address is not valid; the error's message names the property and the position (<c>mail</c>).</summary>
    public const int InvalidAddress = 2003;

    /// <summary>The email has several From addresses and no Sender (RFC 5322, section 3.6.2) (<c>mail</c>).</summary>
    public const int SenderRequired = 2004;

    /// <summary>A property holds what a message cannot carry, such as a line break in a header (<c>mail</c>).</summary>
    public const int InvalidContent = 2005;

    /// <summary>An attachment's file or stream is missing or cannot be read (<c>mail</c>).</summary>
    public const int AttachmentUnreadable = 2006;

    /// <summary>The message is larger than the server accepts (RFC 1870); nothing was sent (<c>mail</c>).</summary>
    public const int MessageTooLarge = 2007;

    /// <summary>The message needs SMTPUTF8 (RFC 6531), which the server does not offer (<c>mail</c>).</summary>
    public const int SmtpUtf8Required = 2008;

    /// <summary>The message could not be written as MIME (<c>mail</c>).</summary>
    public const int InvalidMessage = 2009;

    /// <summary>The email requests delivery status notifications, and the server does not offer DSN (RFC 3461) (<c>mail</c>).</summary>
    public const int DsnRequired = 2010;

    /// <summary>
    /// The email requires TLS on its whole way, and the server does not offer REQUIRETLS (RFC 8689), or the connection has no TLS with a
    /// verified certificate; nothing was sent (<c>mail</c>).
    /// </summary>
    public const int RequireTlsUnavailable = 2020;

    /// <summary>
    /// A warning: the email has a <see cref="Email.SendAt"/> in the future, which is its Date field, and was sent at once (<c>mail</c>).
    /// </summary>
    public const int SentAtOnce = 2030;

    // 3000: the network

    /// <summary>The host name has no address (<c>dns</c>).</summary>
    public const int HostNotFound = 3001;

    /// <summary>The host name was not resolved in time (<c>dns</c>).</summary>
    public const int ResolveTimeout = 3002;

    /// <summary>
    /// No address of the host, or no Unix socket, accepted the connection, or <see cref="ServerOptions.ConnectCallback"/> could not
    /// connect (<c>tcp</c>).
    /// </summary>
    public const int ConnectFailed = 3101;

    /// <summary>The connection was not established in time (<c>tcp</c>).</summary>
    public const int ConnectTimeout = 3102;

    /// <summary>An established connection was lost (<c>tcp</c>; <c>tls</c> during the TLS handshake).</summary>
    public const int ConnectionLost = 3103;

    /// <summary>
    /// <see cref="ServerOptions.LocalAddress"/> is not an address of this machine, or not of the server's family (<c>tcp</c>).
    /// </summary>
    public const int LocalAddressUnusable = 3104;

    /// <summary>
    /// The proxy has no address, accepts no connection, or closed it before it had connected to the server (<c>proxy</c>).
    /// </summary>
    public const int ProxyUnreachable = 3201;

    /// <summary>The proxy did not accept the connection, or did not connect to the server, in time (<c>proxy</c>).</summary>
    public const int ProxyTimeout = 3202;

    /// <summary>The proxy requires authentication, or a mechanism that is not supported (<c>proxy</c>).</summary>
    public const int ProxyAuthenticationRequired = 3203;

    /// <summary>The proxy refused the user and the password (<c>proxy</c>).</summary>
    public const int ProxyAuthenticationFailed = 3204;

    /// <summary>The proxy does not connect to this host or port by its rules (<c>proxy</c>).</summary>
    public const int ProxyForbidden = 3205;

    /// <summary>The proxy could not connect to the server (<c>proxy</c>).</summary>
    public const int ProxyCannotConnect = 3206;

    /// <summary>What answers is no proxy, or one of another kind (<c>proxy</c>).</summary>
    public const int ProxyProtocolError = 3207;

    // 4000: TLS

    /// <summary>The server does not offer STARTTLS, and an unencrypted connection is not allowed (<c>tls</c>).</summary>
    public const int TlsNotAvailable = 4001;

    /// <summary>The TLS handshake failed (<c>tls</c>).</summary>
    public const int TlsHandshakeFailed = 4002;

    /// <summary>The server's certificate is not trusted; the error's message says why (<c>tls</c>).</summary>
    public const int CertificateNotTrusted = 4003;

    /// <summary>The TLS handshake did not complete in time (<c>tls</c>).</summary>
    public const int TlsTimeout = 4004;

    /// <summary>The server ended TLS with an alert; the error's message names it, and says what to do (<c>tls</c>).</summary>
    public const int TlsAlert = 4005;

    // 5000: authentication

    /// <summary>The server refused the authentication (<c>auth</c>).</summary>
    public const int AuthenticationFailed = 5001;

    /// <summary>
    /// The server does not offer the requested mechanism, or any usable one; the error's message lists what it offers (<c>auth</c>).
    /// </summary>
    public const int MechanismNotAvailable = 5002;

    /// <summary>The server did not reply to the authentication in time (<c>auth</c>).</summary>
    public const int AuthenticationTimeout = 5003;

    /// <summary>The authentication was not started because the connection is not encrypted (<c>auth</c>).</summary>
    public const int EncryptionRequired = 5004;

    /// <summary>The access token provider failed or returned no token; it may do so later (<c>auth</c>).</summary>
    public const int TokenUnavailable = 5005;

    /// <summary>The server requires authentication (reply 530), and none was performed (<c>auth</c>).</summary>
    public const int AuthenticationRequired = 5006;

    /// <summary>
    /// The authorization server refused to issue an access token, or a credential for it is not valid; the error's message says what to do
    /// (<c>auth</c>).
    /// </summary>
    public const int TokenRefused = 5007;

    /// <summary>Kerberos: the process has no ticket, or none could be had with user and password (<c>auth</c>).</summary>
    public const int KerberosTicketUnavailable = 5011;

    /// <summary>Kerberos: no ticket for the service could be had; the error's message says what may be wrong (<c>auth</c>).</summary>
    public const int KerberosServiceUnavailable = 5012;

    // 6000: the SMTP session

    /// <summary>The server sent what SMTP does not allow at that point (<c>smtp</c>).</summary>
    public const int ProtocolError = 6001;

    /// <summary>The server closed the connection (<c>smtp</c>).</summary>
    public const int ConnectionClosed = 6002;

    /// <summary>The server did not reply in time (<c>smtp</c>).</summary>
    public const int ReplyTimeout = 6003;

    /// <summary>The server refused LHLO: it does not speak LMTP (<c>smtp</c>).</summary>
    public const int LmtpNotSpoken = 6004;

    /// <summary>
    /// A warning: the server did not keep step with overlapped emails (<see cref="ServerOptions.Overlap"/>), which the transporter gives up
    /// (<c>smtp</c>).
    /// </summary>
    public const int OverlapGivenUp = 6005;

    /// <summary>An unexpected failure without a code of its own; the error's message says what (<c>smtp</c>).</summary>
    public const int Unexpected = 6999;

    // 7000: S/MIME

    /// <summary>The message could not be signed or encrypted (<c>smim</c>).</summary>
    public const int SigningFailed = 7001;

    /// <summary>A warning: the signing certificate does not name the sender (<c>smim</c>).</summary>
    public const int CertificateSenderMismatch = 7002;

    // 8000: DKIM

    /// <summary>The message could not be signed (<c>dkim</c>).</summary>
    public const int DkimFailed = 8001;

    // 9000: the extended log

    /// <summary>An entry of the extended log could not be written (<c>log</c>).</summary>
    public const int LogWriteFailed = 9001;
}
