using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace SmtpTransport.Testing;

/// <summary>What an <see cref="SmtpTestServer"/> offers and demands. Immutable; safe to share.</summary>
public sealed record SmtpTestServerOptions
{
    private static readonly string[] PasswordMechanisms = ["SCRAM-SHA-256", "CRAM-MD5", "PLAIN", "LOGIN"];
    private static readonly string[] TokenMechanisms = ["XOAUTH2", "OAUTHBEARER"];

    /// <summary>How TLS begins. Default: <see cref="SmtpTestTlsMode.StartTls"/>.</summary>
    public SmtpTestTlsMode Tls { get; init; } = SmtpTestTlsMode.StartTls;

    /// <summary>The port to listen on, 0 to 65535. Default: 0, a free one.</summary>
    public int Port { get; init; }

    /// <summary>The address to listen on. Default: <see cref="IPAddress.Loopback"/>.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The name in the greeting and in the reply to EHLO. Default: <c>localhost</c>.</summary>
    public string HostName { get; init; } = "localhost";

    /// <summary>Passwords by user name (case matters). Default: empty. Without users and without a token no AUTH is offered.</summary>
    public IReadOnlyDictionary<string, string> Users { get; init; } = new Dictionary<string, string>(0);

    /// <summary>The OAuth token that XOAUTH2 and OAUTHBEARER (RFC 7628) take from any user. Default: null, none.</summary>
    public string? AccessToken { get; init; }

    /// <summary>
    /// The mechanisms to offer, in this order. Default: null, which means SCRAM-SHA-256, CRAM-MD5, PLAIN and LOGIN if there are
    /// <see cref="Users"/>, and XOAUTH2 and OAUTHBEARER if there is an <see cref="AccessToken"/>. A mechanism that the server does
    /// not know is offered all the same, and answered with 504 unless a rule of the script plays it.
    /// </summary>
    public IReadOnlyList<string>? AuthMechanisms { get; init; }

    /// <summary>Answer MAIL with "530 5.7.0 Authentication required" before AUTH. Default: false.</summary>
    public bool RequireAuthentication { get; init; }

    /// <summary>Offer AUTH in clear although STARTTLS is there. Default: false. With <see cref="SmtpTestTlsMode.None"/> it always is.</summary>
    public bool OfferAuthWithoutTls { get; init; }

    /// <summary>Offer PIPELINING (RFC 2920). Default: true. Commands sent together are served in order either way.</summary>
    public bool Pipelining { get; init; } = true;

    /// <summary>Offer 8BITMIME (RFC 6152). Default: true. When false, the BODY parameter is refused.</summary>
    public bool EightBitMime { get; init; } = true;

    /// <summary>Offer SMTPUTF8 (RFC 6531). Default: true.</summary>
    public bool SmtpUtf8 { get; init; } = true;

    /// <summary>Offer CHUNKING, that is BDAT (RFC 3030). Default: true.</summary>
    public bool Chunking { get; init; } = true;

    /// <summary>Offer DSN (RFC 3461). Default: true. When false, RET, ENVID, NOTIFY and ORCPT are refused.</summary>
    public bool Dsn { get; init; } = true;

    /// <summary>Offer ENHANCEDSTATUSCODES (RFC 2034) and write the codes into the replies. Default: true.</summary>
    public bool EnhancedStatusCodes { get; init; } = true;

    /// <summary>The largest message in bytes (RFC 1870), at least 1, enforced. Default: 10,485,760 (10 MiB). Null: no limit, SIZE is not
    /// offered.</summary>
    public long? SizeLimit { get; init; } = 10 * 1024 * 1024;

    /// <summary>The certificate to show, with its private key. Default: null, a new self-signed one. It is not disposed by the server.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>Ask the client for a certificate; any is taken, and none as well. Default: false.</summary>
    public bool RequestClientCertificate { get; init; }

    /// <summary>The TLS versions to accept. Default: <see cref="SslProtocols.None"/>, the system's choice.</summary>
    public SslProtocols TlsProtocols { get; init; } = SslProtocols.None;

    /// <summary>
    /// Keep the sessions that have ended, and what was said in each. Default: true. False is for a test that runs for hours:
    /// <see cref="SmtpTestServer.Sessions"/> has the open ones only, and their transcripts and commands are empty. Mails are kept either way, see
    /// <see cref="SmtpTestServer.TakeMessages"/>.
    /// </summary>
    public bool KeepSessions { get; init; } = true;

    internal IReadOnlyList<string> OfferedMechanisms
        => Users.Count == 0 && AccessToken is null ? []
            : AuthMechanisms ?? [.. Users.Count > 0 ? PasswordMechanisms : [], .. AccessToken is not null ? TokenMechanisms : []];

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Address, nameof(Address));
        ArgumentNullException.ThrowIfNull(Users, nameof(Users));
        ArgumentException.ThrowIfNullOrWhiteSpace(HostName, nameof(HostName));
        if (Port is < 0 or > 65535)
            throw new ArgumentException($"Port must be 0 to 65535, not {Port}.", nameof(Port));
        // "SIZE 0" would tell the client that there is no limit (RFC 1870, 4).
        if (SizeLimit is < 1)
            throw new ArgumentException($"SizeLimit must be at least 1, or null, but is {SizeLimit}.", nameof(SizeLimit));
        if (Certificate is { HasPrivateKey: false })
            throw new ArgumentException("Certificate must have its private key.", nameof(Certificate));
    }

    // Passwords and the token never print; the rest is left to read in a failing test's output.
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Tls = ").Append(Tls).Append(", Address = ").Append(Address).Append(", Port = ").Append(Port)
            .Append(", Users = ").Append(Users.Count).Append(", AccessToken = ").Append(AccessToken is null ? "none" : "***")
            .Append(", SizeLimit = ").Append(SizeLimit);
        return true;
    }
}
