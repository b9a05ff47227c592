namespace SmtpTransport;

/// <summary>The protocols of proxies.</summary>
internal enum ProxyKind
{
    /// <summary>CONNECT of HTTP/1.1 (RFC 9110, section 9.3.6); the proxy resolves names.</summary>
    Http,

    /// <summary>SOCKS 4; names are resolved here, to IPv4.</summary>
    Socks4,

    /// <summary>SOCKS 4A; the proxy resolves names.</summary>
    Socks4a,

    /// <summary>SOCKS 5 (RFC 1928); the proxy resolves names.</summary>
    Socks5,
}
