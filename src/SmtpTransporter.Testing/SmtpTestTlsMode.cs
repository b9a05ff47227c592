namespace SmtpTransport.Testing;

/// <summary>How the <see cref="SmtpTestServer"/> comes to TLS.</summary>
public enum SmtpTestTlsMode
{
    /// <summary>The connection begins in clear, and STARTTLS is offered (RFC 3207). The default.</summary>
    StartTls,

    /// <summary>TLS from the first byte, as on port 465 (RFC 8314).</summary>
    Implicit,

    /// <summary>No TLS at all; AUTH is then offered in clear.</summary>
    None,
}
