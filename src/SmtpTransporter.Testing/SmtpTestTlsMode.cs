namespace SmtpTransport.Testing;

/// <summary>How TLS begins on a connection to the <see cref="SmtpTestServer"/>.</summary>
public enum SmtpTestTlsMode
{
    /// <summary>The connection begins in clear text, and the server offers STARTTLS (RFC 3207). The default.</summary>
    StartTls,

    /// <summary>TLS from the first byte, as on port 465 (RFC 8314).</summary>
    Implicit,

    /// <summary>No TLS; AUTH is then offered in clear text.</summary>
    None,
}
