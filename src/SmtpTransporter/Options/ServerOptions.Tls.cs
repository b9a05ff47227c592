using System.Security.Cryptography.X509Certificates;

namespace SmtpTransport;

public sealed partial record ServerOptions
{
    /// <summary>Whether TLS begins with the first byte. Default null: true on port 465, otherwise false.</summary>
    /// <remarks>False means an upgrade with STARTTLS (RFC 3207).</remarks>
    public bool? ImplicitTls { get; init; }

    /// <summary>Whether clear text is allowed if TLS is not possible. Default false.</summary>
    /// <remarks>
    /// False: a server without TLS is an error, and neither credentials nor an envelope are sent. True: a server that offers STARTTLS is
    /// still upgraded, and a failed handshake is still an error.
    /// </remarks>
    public bool AcceptUnsecureConnection { get; init; }

    /// <summary>The certificates that identify the client to the server (mutual TLS). Default none.</summary>
    /// <remarks>Each must have its private key. The transporter does not dispose them.</remarks>
    public IReadOnlyList<X509Certificate2> ClientCertificates { get; init; } = [];

    /// <summary>Certificates to trust in addition to those of the system. Default none.</summary>
    /// <remarks>
    /// Such as a company's own authority, or a server's self-signed certificate. The chain must end at one of them that signs itself: an
    /// intermediate authority, or a server's certificate that an authority has issued, is not enough. The name and the dates of the
    /// server's certificate are checked in any case. In settings, each value is a file in PEM, which may have several certificates, or in
    /// DER. The transporter does not dispose them.
    /// </remarks>
    public IReadOnlyList<X509Certificate2> TrustedCertificates { get; init; } = [];

    /// <summary>
    /// SHA-256 fingerprints of the only server certificates to accept. Default none: every valid certificate is accepted.
    /// </summary>
    /// <remarks>
    /// Each has 64 hexadecimal digits, with or without colons. The certificate must be valid and have one of these fingerprints.
    /// </remarks>
    public IReadOnlyList<string> PinnedFingerprints { get; init; } = [];

    /// <summary>Whether the revocation of the server's certificate is checked online. Default false.</summary>
    /// <remarks>True: every send fails while the authority's revocation service cannot be reached.</remarks>
    public bool CheckCertificateRevocation { get; init; }

    /// <summary>Whether every server certificate is accepted. Default false.</summary>
    /// <remarks>
    /// Dangerous: with true, anyone between client and server can read and change messages and take the password. It is for test
    /// environments only; <see cref="TrustedCertificates"/> is the safe way to accept a self-signed certificate.
    /// <see cref="PinnedFingerprints"/> are still checked.
    /// </remarks>
    public bool DangerouslyAcceptAnyServerCertificate { get; init; }

    internal bool UsesImplicitTls => ImplicitTls ?? Port == 465;

    internal static IEnumerable<OptionDescriptor> TlsOptions =>
    [
        new ValueOption<bool?>(nameof(ImplicitTls), o => o.ImplicitTls, (o, v) => o with { ImplicitTls = v })
        {
            UrlKey = "implicitTls",
            Parse = OptionParsers.NullableFlag,
        },
        new ValueOption<bool>(
            nameof(AcceptUnsecureConnection), o => o.AcceptUnsecureConnection, (o, v) => o with { AcceptUnsecureConnection = v })
        {
            UrlKey = "acceptUnsecureConnection",
            Parse = OptionParsers.Flag,
        },
        new ListOption<X509Certificate2>(
            nameof(ClientCertificates), o => o.ClientCertificates, (o, v) => o with { ClientCertificates = v })
        {
            CheckItem = v => v is { HasPrivateKey: true } ? null : "certificates with their private keys",
            PrintItem = v => v.Subject,
            Comparer = SameCertificate,
        },
        new ListOption<X509Certificate2>(
            nameof(TrustedCertificates), o => o.TrustedCertificates, (o, v) => o with { TrustedCertificates = v })
        {
            ParseItems = OptionParsers.CertificateFile,
            CheckItem = v => v is not null ? null : "certificates",
            PrintItem = v => v.Subject,
            Comparer = SameCertificate,
        },
        new ListOption<string>(nameof(PinnedFingerprints), o => o.PinnedFingerprints, (o, v) => o with { PinnedFingerprints = v })
        {
            UrlKey = "pinnedFingerprint",
            ParseItems = OptionParsers.Item,
            CheckItem = v => CertificateFingerprint.Normalize(v) is not null ? null : "64 hexadecimal digits, with or without colons",
        },
        new ValueOption<bool>(
            nameof(CheckCertificateRevocation), o => o.CheckCertificateRevocation, (o, v) => o with { CheckCertificateRevocation = v })
        {
            UrlKey = "checkCertificateRevocation",
            Parse = OptionParsers.Flag,
        },
        new ValueOption<bool>(
            nameof(DangerouslyAcceptAnyServerCertificate), o => o.DangerouslyAcceptAnyServerCertificate,
            (o, v) => o with { DangerouslyAcceptAnyServerCertificate = v })
        {
            Parse = OptionParsers.Flag,
        },
    ];

    // Settings read the same file again at each change: another object with the same bytes.
    private static EqualityComparer<X509Certificate2> SameCertificate =>
        EqualityComparer<X509Certificate2>.Create((a, b) =>
            a is null ? b is null : b is not null && a.RawDataMemory.Span.SequenceEqual(b.RawDataMemory.Span));
}
