namespace SmtpTransport;

/// <summary>The mechanism of authentication (SASL, RFC 4954).</summary>
public enum AuthenticationMode
{
    /// <summary>
    /// The most secure mechanism that the server offers, with one attempt: SCRAM-SHA-512, SCRAM-SHA-256, SCRAM-SHA-1, CRAM-MD5, PLAIN or
    /// LOGIN; OAUTHBEARER or XOAUTH2 if there is a token. The default.
    /// </summary>
    Auto,

    /// <summary>CRAM-MD5 (RFC 2195).</summary>
    CramMd5,

    /// <summary>LOGIN: user and password, each in base64.</summary>
    Login,

    /// <summary>OAuth 2: XOAUTH2, or OAUTHBEARER (RFC 7628) if the server offers only that.</summary>
    OAuth2,

    /// <summary>PLAIN (RFC 4616).</summary>
    Plain,

    /// <summary>SCRAM-SHA-1 (RFC 5802).</summary>
    ScramSha1,

    /// <summary>SCRAM-SHA-256 (RFC 7677).</summary>
    ScramSha256,

    /// <summary>SCRAM-SHA-512.</summary>
    ScramSha512,

    /// <summary>Only OAUTHBEARER (RFC 7628).</summary>
    OAuthBearer,

    /// <summary>NTLM, for old Exchange servers.</summary>
    Ntlm,

    /// <summary>
    /// GSSAPI, that is Kerberos (RFC 4752): with <see cref="ServerOptions.User"/> and <see cref="ServerOptions.Password"/>, or without both
    /// with the ticket of the process.
    /// </summary>
    Gssapi,
}
