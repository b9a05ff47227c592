using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Serialization;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Logging;

namespace SmtpTransport;

/// <summary>
/// Which server, how to reach it and how to log in. Immutable: change a copy with <c>with</c>. It is checked as a whole where a
/// <see cref="SmtpTransporter"/> is made from it. <see cref="ToString"/> shows no secret.
/// </summary>
public sealed partial record ServerOptions
{
    /// <summary>The server's name or its IP address (v4 or v6, without brackets). Required.</summary>
    public string Host { get; init; } = "";

    /// <summary>
    /// The port, 1 to 65535. Default 587. 465 is TLS from the first byte (RFC 8314); other ports upgrade with STARTTLS (RFC 3207),
    /// unless <see cref="ImplicitTls"/> says otherwise.
    /// </summary>
    public int Port { get; init; } = 587;

    /// <summary>True: TLS from the first byte. False: STARTTLS. Default null: true on port 465, else false.</summary>
    public bool? ImplicitTls { get; init; }

    /// <summary>The user name. Default none: no login.</summary>
    public string? User { get; init; }

    /// <summary>The password. Default none. Never printed, logged or given back.</summary>
    [JsonIgnore]
    public string? Password { get; init; }

    /// <summary>
    /// An OAuth 2 access token as text. Default none. Where it is given and <see cref="AuthenticationMode"/> is not set, OAuth 2 is used.
    /// Never printed, logged or given back.
    /// </summary>
    [JsonIgnore]
    public string? AccessTokenOAuth2 { get; init; }

    /// <summary>Yields OAuth 2 access tokens, and fresh ones. Default none. Stands in the place of <see cref="AccessTokenOAuth2"/>.</summary>
    public IAccessTokenProvider? AccessTokenProvider { get; init; }

    /// <summary>
    /// How to log in. Default <see cref="AuthenticationMode.Auto"/>: the most secure mechanism that the server offers. In every mode there
    /// is one attempt, so that a wrong password counts once. A mechanism that the server lacks is an error that lists what it has.
    /// </summary>
    public AuthenticationMode AuthenticationMode { get; init; }

    /// <summary>
    /// Whether clear text is allowed where TLS is not possible. Default false: then it is an error, and no credentials and no envelope
    /// have been sent. With true, a server that offers STARTTLS is still upgraded, and a failed handshake is still an error.
    /// </summary>
    public bool AcceptUnsecureConnection { get; init; }

    /// <summary>
    /// A hard bound on resolving, connecting, greeting, TLS and login together. Default 30 s; more than zero, at most 24 days.
    /// </summary>
    public TimeSpan ConnectionTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// A hard bound on a whole <c>Send</c>, the wait for a free connection included. Default 100 s; more than zero, at most 24 days.
    /// </summary>
    public TimeSpan SendTimeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>True (default): connections stay open until the transporter is disposed. False: QUIT after each <c>Send</c>.</summary>
    public bool KeepAlive { get; init; } = true;

    /// <summary>How subjects, display names and attachment names that are not ASCII are encoded. Default <see cref="MailMode.Utf8"/>.</summary>
    public MailMode HeaderCharset { get; init; } = MailMode.Utf8;

    /// <summary>How bodies that are not ASCII are encoded. Default <see cref="MailMode.Utf8"/>.</summary>
    public MailMode BodyCharset { get; init; } = MailMode.Utf8;

    /// <summary>
    /// How attachment names that are not ASCII are written. Default <see cref="AttachmentNameEncoding.Rfc2231"/>, which all current mail
    /// programs read.
    /// </summary>
    public AttachmentNameEncoding AttachmentNameEncoding { get; init; }

    /// <summary>
    /// The file of the extended log: absolute, or relative to the folder <c>Logs</c> under the current directory. Default none. It holds
    /// the whole conversation with the contents of every mail, appended, without a size limit; never a password or a token.
    /// </summary>
    public string? LogFile { get; init; }

    /// <summary>How many connections concurrent sends may open at most. Default 3; 1 to 1,000. One is opened only where it is needed.</summary>
    public int MaxConnections { get; init; } = 3;

    /// <summary>
    /// How many mails go over one connection before it is replaced. Default 100, which is below what servers usually allow; at least 1. A lower
    /// limit that the server announces (MAILMAX, RFC 9422) is kept too.
    /// </summary>
    public int MaxMessagesPerConnection { get; init; } = 100;

    /// <summary>
    /// How long a connection may be idle and still be used. Default 60 s, which is below what servers usually allow; more than zero, at most 24 days.
    /// </summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How many mails may be sent in a time: one permit for each mail, over all connections. A send waits for its permit within
    /// <see cref="SendTimeout"/>; where the limiter refuses it or time is up, the result is <see cref="Outcome.NotSent"/> with
    /// <see cref="SmtpErrorCodes.RateLimited"/>. Give the limiter a queue (<c>QueueLimit</c>), else it refuses at once. The limiter is yours: it may be
    /// shared by transporters, and is not disposed here. Default none.
    /// </summary>
    [JsonIgnore]
    public RateLimiter? MessageRate { get; init; }

    /// <summary>As <see cref="MessageRate"/>, with one permit for each recipient of the envelope. Default none.</summary>
    [JsonIgnore]
    public RateLimiter? RecipientRate { get; init; }

    /// <summary>As <see cref="RecipientRate"/>, for each recipients' domain (in lower case) by itself. Default none.</summary>
    [JsonIgnore]
    public PartitionedRateLimiter<string>? RecipientDomainRate { get; init; }

    /// <summary>
    /// Whether commands are sent together where the server offers it (RFC 2920). Default true; false for a server whose replies get out of step.
    /// </summary>
    public bool Pipelining { get; init; } = true;

    /// <summary>
    /// Whether messages are sent in chunks (RFC 3030). Default <see cref="ChunkingMode.Auto"/>: where the server offers it, which saves one or two of
    /// the three round trips of a mail.
    /// </summary>
    public ChunkingMode Chunking { get; init; }

    /// <summary>
    /// The name that EHLO gives (RFC 5321, section 4.1.1.1): a domain or an IP address. Default null: the machine's name.
    /// </summary>
    public string? LocalDomain { get; init; }

    /// <summary>Certificates that show to the server who the client is (mutual TLS). Each must have its private key. Default none.</summary>
    public IReadOnlyList<X509Certificate2> ClientCertificates { get; init; } = [];

    /// <summary>
    /// Certificates to trust beside those of the system: a company's own authority, or a server's self-signed certificate. The name and
    /// the dates are checked all the same. Default none.
    /// </summary>
    public IReadOnlyList<X509Certificate2> TrustedCertificates { get; init; } = [];

    /// <summary>
    /// SHA-256 fingerprints of the server certificates that are accepted, in hexadecimal, with or without colons. They tighten the check:
    /// the certificate must be valid and be one of these. Default none: every valid certificate is accepted.
    /// </summary>
    public IReadOnlyList<string> PinnedFingerprints { get; init; } = [];

    /// <summary>
    /// Whether the server's certificate is looked up in its authority's revocation list. Default false: a list that is out of reach would
    /// break every send.
    /// </summary>
    public bool CheckCertificateRevocation { get; init; }

    /// <summary>
    /// True: every server certificate is accepted, and anyone on the way can read and change the mail and take the password. For a
    /// laboratory only; <see cref="TrustedCertificates"/> is the safe way to a self-signed certificate. Default false.
    /// <see cref="PinnedFingerprints"/> still hold.
    /// </summary>
    public bool DangerouslyAcceptAnyServerCertificate { get; init; }

    /// <summary>
    /// The certificate that mails are signed with (S/MIME): a PKCS #12 as file or bytes, or a loaded certificate. Default none: mails are not
    /// signed. It must have its private key, be valid, and may sign mail; one that does not name the sender is a warning in each result.
    /// </summary>
    public CertificateSource? Certificate { get; init; }

    /// <summary>
    /// Instead of <see cref="Certificate"/>: the name of a certificate in the system's store, personal, of the user or else of the machine: its
    /// friendly name, its subject's name, or an address that it names. Default none.
    /// </summary>
    public string? CertificateName { get; init; }

    /// <summary>The password of <see cref="Certificate"/>. Default none, which is the same as <c>""</c>. Never printed.</summary>
    [JsonIgnore]
    public string? CertificatePassword { get; init; }

    /// <summary>The domain's key with which every mail is signed (DKIM), after S/MIME. Default none.</summary>
    public DkimOptions? Dkim { get; init; }

    /// <summary>
    /// For test and staging: every mail goes to this address instead (or to these, separated by <c>,</c>). Only the envelope changes: the mail
    /// still shows whom it was meant for. Default none. The result's recipients are those that it went to.
    /// </summary>
    public string? RedirectAllTo { get; init; }

    /// <summary>
    /// For test and staging: the recipients that may get mail, as addresses (<c>me@example.com</c>) or domains (<c>example.com</c>, also
    /// <c>*@example.com</c>). The others are dropped from the envelope: the result has them as <see cref="RecipientState.NotTried"/> and a warning
    /// with <see cref="SmtpErrorCodes.RecipientsDropped"/>, and its outcome is that of the rest; where nobody is left, it is
    /// <see cref="Outcome.NotSent"/> with <see cref="SmtpErrorCodes.NoAllowedRecipient"/>. They are dropped before <see cref="RedirectAllTo"/>
    /// counts. Default none: all may.
    /// </summary>
    public IReadOnlyList<string> AllowedRecipients { get; init; } = [];

    /// <summary>
    /// For development: mails are written into this folder as <c>.eml</c> files, with their envelope in <c>X-Sender</c> and <c>X-Receiver</c>, and
    /// not sent; no connection is opened, and no <see cref="Host"/> needed. Absolute, or relative to the current directory; made if need be.
    /// Default none.
    /// </summary>
    public string? PickupFolder { get; init; }

    /// <summary>
    /// Told of each send: accepted as information, everything else as a warning; and of connections, for debugging. Default none. What it is told
    /// has no password, and no address or subject unless <see cref="IncludePersonalDataInTelemetry"/> says so.
    /// </summary>
    [JsonIgnore]
    public ILogger? Logger { get; init; }

    /// <summary>
    /// Whether addresses, subjects and the server's words with addresses in them may stand in spans and in what <see cref="Logger"/> is told.
    /// Default false.
    /// </summary>
    public bool IncludePersonalDataInTelemetry { get; init; }

    internal bool UsesImplicitTls => ImplicitTls ?? Port == 465;

    internal bool HasToken => AccessTokenOAuth2 is not null || AccessTokenProvider is not null;

    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Host = ").Append(Host?.Contains('@', StringComparison.Ordinal) == true ? "***" : Host).Append(", Port = ").Append(Port)
            .Append(", ImplicitTls = ").Append(UsesImplicitTls)
            .Append(", User = ").Append(User ?? "(none)")
            .Append(", Password = ").Append(Hidden(Password))
            .Append(", AccessTokenOAuth2 = ").Append(Hidden(AccessTokenOAuth2))
            .Append(", AccessTokenProvider = ").Append(Hidden(AccessTokenProvider))
            .Append(", AuthenticationMode = ").Append(AuthenticationMode)
            .Append(", AcceptUnsecureConnection = ").Append(AcceptUnsecureConnection)
            .Append(", ConnectionTimeout = ").Append(ConnectionTimeout)
            .Append(", SendTimeout = ").Append(SendTimeout)
            .Append(", KeepAlive = ").Append(KeepAlive)
            .Append(", HeaderCharset = ").Append(HeaderCharset)
            .Append(", BodyCharset = ").Append(BodyCharset)
            .Append(", LogFile = ").Append(LogFile ?? "(none)")
            .Append(", MaxConnections = ").Append(MaxConnections)
            .Append(", Certificate = ").Append(Certificate?.ToString() ?? CertificateName ?? "(none)")
            .Append(", CertificatePassword = ").Append(Hidden(CertificatePassword))
            .Append(", Dkim = ").Append(Dkim?.ToString() ?? "(none)");
        return true;

        static string Hidden(object? secret) => secret is null ? "(none)" : "***";
    }
}
