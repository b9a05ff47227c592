namespace SmtpTransport;

/// <summary>What an email demands of TLS on its way to the recipients (RFC 8689).</summary>
public enum TlsRequirement
{
    /// <summary>Nothing: each server follows its own policy. The default value.</summary>
    Unspecified,

    /// <summary>
    /// TLS with a verified certificate on every hop (<c>REQUIRETLS</c> in MAIL): a server that cannot pass the message on in this way
    /// returns it.
    /// </summary>
    Required,

    /// <summary>
    /// Delivery is more important than TLS (<c>TLS-Required: No</c> in the header): servers behind the first ignore that a recipient's
    /// domain demands TLS (DANE, MTA-STS).
    /// </summary>
    NotRequired,
}
