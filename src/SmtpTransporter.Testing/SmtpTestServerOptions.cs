using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace SmtpTransport.Testing;

/// <summary>What an <see cref="SmtpTestServer"/> offers and requires.</summary>
/// <remarks>
/// Immutable. Safe for concurrent callers. Do not compare two of them: lists and dictionaries are compared by reference.
/// <see cref="ToString"/> shows no password and no token.
/// </remarks>
public sealed record SmtpTestServerOptions
{
    private static readonly string[] PasswordMechanisms = ["SCRAM-SHA-256", "CRAM-MD5", "PLAIN", "LOGIN"];
    private static readonly string[] TokenMechanisms = ["XOAUTH2", "OAUTHBEARER"];

    /// <summary>How TLS begins. Default: <see cref="SmtpTestTlsMode.StartTls"/>.</summary>
    public SmtpTestTlsMode Tls { get; init; } = SmtpTestTlsMode.StartTls;

    /// <summary>The port to listen on, 0 to 65535. Default: 0, which means a free port.</summary>
    public int Port { get; init; }

    /// <summary>The address to listen on. Default: <see cref="IPAddress.Loopback"/>.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The name in the greeting and in the reply to EHLO. Default: <c>localhost</c>.</summary>
    public string HostName { get; init; } = "localhost";

    /// <summary>The passwords by user name, which is case-sensitive. Default: empty.</summary>
    /// <remarks>Without <see cref="Users"/> and without a token, AUTH is not offered.</remarks>
    public IReadOnlyDictionary<string, string> Users { get; init; } = new Dictionary<string, string>(0);

    /// <summary>The OAuth 2 token that XOAUTH2 and OAUTHBEARER (RFC 7628) accept from any user. Default: null, for none.</summary>
    public string? AccessToken { get; init; }

    /// <summary>
    /// Decides which OAuth 2 tokens XOAUTH2 and OAUTHBEARER accept besides <see cref="AccessToken"/>, such as <see
    /// cref="OAuthTestServer.IsValid"/>. Default: null, for none.
    /// </summary>
    public Func<string, bool>? AccessTokenValidator { get; init; }

    /// <summary>
    /// The mechanisms to offer, in this order. Default: null, which means SCRAM-SHA-256, CRAM-MD5, PLAIN and LOGIN if there are
    /// <see cref="Users"/>, and XOAUTH2 and OAUTHBEARER if there is an <see cref="AccessToken"/> or an
    /// <see cref="AccessTokenValidator"/>.
    /// </summary>
    /// <remarks>
    /// A mechanism that the server does not implement is offered, too; the reply to it is 504 unless a rule of the script replaces it.
    /// </remarks>
    public IReadOnlyList<string>? AuthMechanisms { get; init; }

    /// <summary>Whether MAIL before AUTH is refused with 530 5.7.0 (RFC 4954, section 6). Default: false.</summary>
    public bool RequireAuthentication { get; init; }

    /// <summary>Whether AUTH is offered before STARTTLS, in clear text. Default: false.</summary>
    /// <remarks>With <see cref="SmtpTestTlsMode.None"/> AUTH is always offered in clear text.</remarks>
    public bool OfferAuthWithoutTls { get; init; }

    /// <summary>Whether PIPELINING (RFC 2920) is offered. Default: true.</summary>
    /// <remarks>Commands that are sent together are executed in order in both cases.</remarks>
    public bool Pipelining { get; init; } = true;

    /// <summary>Whether 8BITMIME (RFC 6152) is offered. Default: true.</summary>
    /// <remarks>If false, the BODY parameter is refused.</remarks>
    public bool EightBitMime { get; init; } = true;

    /// <summary>Whether SMTPUTF8 (RFC 6531) is offered. Default: true.</summary>
    public bool SmtpUtf8 { get; init; } = true;

    /// <summary>Whether CHUNKING, that is BDAT (RFC 3030), is offered. Default: true.</summary>
    public bool Chunking { get; init; } = true;

    /// <summary>Whether DSN (RFC 3461) is offered. Default: true.</summary>
    /// <remarks>If false, RET, ENVID, NOTIFY and ORCPT are refused.</remarks>
    public bool Dsn { get; init; } = true;

    /// <summary>Whether REQUIRETLS (RFC 8689) is offered over TLS. Default: false.</summary>
    public bool RequireTls { get; init; }

    /// <summary>Whether ENHANCEDSTATUSCODES (RFC 2034) is offered, and the replies have such codes. Default: true.</summary>
    public bool EnhancedStatusCodes { get; init; } = true;

    /// <summary>The largest message that is accepted, in bytes, at least 1 (RFC 1870). Default: 10,485,760 (10 MiB).</summary>
    /// <remarks>If null, there is no limit, and SIZE is not offered.</remarks>
    public long? SizeLimit { get; init; } = 10 * 1024 * 1024;

    /// <summary>The certificate to present, with its private key. Default: null, which means a new self-signed certificate.</summary>
    /// <remarks>The server does not dispose it.</remarks>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>Whether the client is asked for a certificate; any certificate is accepted, and also none. Default: false.</summary>
    public bool RequestClientCertificate { get; init; }

    /// <summary>The TLS versions to accept. Default: <see cref="SslProtocols.None"/>, which means the system's choice.</summary>
    public SslProtocols TlsProtocols { get; init; } = SslProtocols.None;

    /// <summary>Whether sessions are kept after their end, with transcripts and commands. Default: true.</summary>
    /// <remarks>
    /// Set it to false in a test that runs for hours: <see cref="SmtpTestServer.Sessions"/> then has the open sessions only, and their
    /// transcripts and commands are empty. Messages are kept in both cases, see <see cref="SmtpTestServer.TakeMessages"/>.
    /// </remarks>
    public bool KeepSessions { get; init; } = true;

    internal IReadOnlyList<string> OfferedMechanisms =>
        Users.Count == 0 && !AcceptsTokens ? []
            : AuthMechanisms ?? [.. Users.Count > 0 ? PasswordMechanisms : [], .. AcceptsTokens ? TokenMechanisms : []];

    private bool AcceptsTokens => AccessToken is not null || AccessTokenValidator is not null;

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Address, nameof(Address));
        ArgumentNullException.ThrowIfNull(Users, nameof(Users));
        ArgumentException.ThrowIfNullOrWhiteSpace(HostName, nameof(HostName));
        if (Port is < 0 or > 65535)
            throw new ArgumentException($"Port must be 0 to 65535, not {Port}.", nameof(Port));
        // "SIZE 0" would mean that there is no limit (RFC 1870, section 4).
        if (SizeLimit is < 1)
            throw new ArgumentException($"SizeLimit must be at least 1, or null, but is {SizeLimit}.", nameof(SizeLimit));
        if (Certificate is { HasPrivateKey: false })
            throw new ArgumentException("Certificate has no private key; load it together with its key.", nameof(Certificate));
    }

    // Passwords and the token are never printed; the other options help to read the output of a failing test.
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Tls = ").Append(Tls).Append(", Address = ").Append(Address).Append(", Port = ").Append(Port)
            .Append(", Users = ").Append(Users.Count).Append(", AccessToken = ").Append(AccessToken is null ? "none" : "***")
            .Append(", SizeLimit = ").Append(SizeLimit);
        return true;
    }
}
