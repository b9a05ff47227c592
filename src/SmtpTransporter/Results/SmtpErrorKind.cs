namespace SmtpTransport;

/// <summary>What kind of problem an <see cref="SmtpError"/> is about: coarser than its code, and meant for a <c>switch</c>.</summary>
/// <remarks>
/// The kind follows from <see cref="SmtpError.ErrCode"/>. New kinds may be added; handle those you do not know as <see cref="Unknown"/>.
/// </remarks>
public enum SmtpErrorKind
{
    /// <summary>An unexpected failure, or a code that is not one of <see cref="SmtpErrorCodes"/>. The default value.</summary>
    Unknown,

    /// <summary>
    /// The options prevented the send, such as <see cref="ServerOptions.AllowedRecipients"/> or an unusable pickup folder.
    /// </summary>
    Options,

    /// <summary>The transporter was disposed during the operation.</summary>
    Disposed,

    /// <summary>
    /// Code of the application failed: a client factory, <see cref="ServerOptions.ConnectCallback"/> or
    /// <see cref="StoredMessage.BeforeTransmission"/>.
    /// </summary>
    Callback,

    /// <summary>A rate limiter of the options gave no permit.</summary>
    RateLimit,

    /// <summary>
    /// The message cannot be sent as it is: an address, an attachment, its size, or an extension that it needs and the server lacks.
    /// </summary>
    Message,

    /// <summary>Signing or encrypting the message failed (S/MIME, DKIM).</summary>
    Signing,

    /// <summary>The host name has no address.</summary>
    Dns,

    /// <summary>No address of the host accepted the connection.</summary>
    Connect,

    /// <summary>A time limit ended the operation, no matter what it was waiting for.</summary>
    Timeout,

    /// <summary>An established connection was lost, or the server closed it.</summary>
    ConnectionLost,

    /// <summary>TLS is not available, or the handshake failed.</summary>
    Tls,

    /// <summary>The server's certificate is not trusted.</summary>
    Certificate,

    /// <summary>Authentication failed, is required, or could not be started, for example because there is no access token.</summary>
    Authentication,

    /// <summary>The server sent what SMTP does not allow at that point.</summary>
    Protocol,

    /// <summary>An entry of the extended log could not be written.</summary>
    Log,

    /// <summary>The proxy cannot be reached or used, or could not connect to the server.</summary>
    Proxy,
}
