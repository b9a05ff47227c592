using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SmtpTransport;

/// <summary>Decides about a server's certificate, and remembers what was seen and why it was refused. One for each connection.</summary>
internal sealed class ServerCertificateCheck(ServerOptions options)
{
    public string? Subject { get; private set; }

    public DateTimeOffset? Expires { get; private set; }

    /// <summary>Why the certificate was refused; null if it was not.</summary>
    public string? Refusal { get; private set; }

    /// <summary>True if the last certificate was verified, and not only accepted.</summary>
    public bool IsVerified { get; private set; }

    public bool Accepts(object? sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        Refusal = null;
        IsVerified = false;
        if (certificate is null)
        {
            Refusal = "the server showed no certificate";
            return false;
        }
        using var shown = new X509Certificate2(certificate);
        Subject = shown.Subject;
        Expires = new DateTimeOffset(shown.NotAfter);
        if (!options.DangerouslyAcceptAnyServerCertificate)
            Refusal = NameProblem(shown) ?? ChainProblem(errors, shown, chain) ?? KeyProblem(shown);
        if (Refusal is null && options.PinnedFingerprints.Count > 0)
        {
            var fingerprint = shown.GetCertHashString(HashAlgorithmName.SHA256);
            if (!options.PinnedFingerprints.Any(pin => CertificateFingerprint.Normalize(pin) == fingerprint))
                Refusal = $"its fingerprint {fingerprint} is not a pinned one";
        }
        IsVerified = Refusal is null && !options.DangerouslyAcceptAnyServerCertificate;
        return Refusal is null;
    }

    // Not by the platform's check: it takes the common name if there is no subjectAltName, and "*.com" if there is one, which RFC 9525,
    // sections 6.3 and 6.5, do not; and an entry that is not a name can make it fail.
    private string? NameProblem(X509Certificate2 shown)
    {
        var names = CertificateHostNames.Read(shown);
        if (names.IsEmpty)
            return $"it names no host (subjectAltName), only {shown.Subject}";
        if (Uri.CheckHostName(options.ServerName) == UriHostNameType.Unknown)
            return $"\"{options.ServerName}\" is not a valid host name";
        if (!names.Contains(options.ServerName, wildcards: true))
            return $"it is not for the host \"{options.ServerName}\" but for {names}";
        if (IsTooWide(options.ServerName) && !names.Contains(options.ServerName, wildcards: false))
            return $"it is for {names}, which is too wide";
        return null;
    }

    // A wildcard that matches a name of two labels is for a whole top-level domain.
    private static bool IsTooWide(string host) => host.TrimEnd('.').Count(c => c == '.') < 2;

    /// <summary>A key that can be broken proves nothing (NIST SP 800-57: 112 bits of security).</summary>
    private static string? KeyProblem(X509Certificate2 shown)
    {
        using var rsa = shown.GetRSAPublicKey();
        using var ecdsa = rsa is null ? shown.GetECDsaPublicKey() : null;
        return rsa is { KeySize: < 2048 } ? $"its RSA key has only {rsa.KeySize} bits"
            : ecdsa is { KeySize: < 224 } ? $"its key has only {ecdsa.KeySize} bits"
            : null;
    }

    private string? ChainProblem(SslPolicyErrors errors, X509Certificate2 shown, X509Chain? chain)
    {
        if (!errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
            return null;
        if (options.TrustedCertificates.Count == 0)
            return Words(chain?.ChainStatus ?? []);

        // Built anew on the caller's own anchors: the dates, the uses and the signatures are checked as before.
        using var own = new X509Chain();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.AddRange(options.TrustedCertificates.ToArray());
        own.ChainPolicy.RevocationMode = options.CheckCertificateRevocation ? X509RevocationMode.Online : X509RevocationMode.NoCheck;
        own.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1"));
        own.ChainPolicy.DisableCertificateDownloads = true;
        foreach (var element in chain?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
            own.ChainPolicy.ExtraStore.Add(element.Certificate);
        return own.Build(shown) ? null : Words(own.ChainStatus) + Advice(own);
    }

    /// <summary>Says what would help if the chain does not end at an anchor: only an authority that signs itself is one.</summary>
    private string Advice(X509Chain chain)
    {
        if (!chain.ChainStatus.Any(s => s.Status == X509ChainStatusFlags.PartialChain) || chain.ChainElements.Count == 0)
            return "";
        var last = chain.ChainElements[^1].Certificate;
        var given = options.TrustedCertificates.Any(c => c.RawDataMemory.Span.SequenceEqual(last.RawDataMemory.Span));
        return $". The chain ends at {last.Subject}, which {last.Issuer} has issued; TrustedCertificates "
            + $"{(given ? "has the former, but needs" : "needs")} the certificate of the latter, an authority that signs itself";
    }

    private static string Words(X509ChainStatus[] status) =>
        status.Length == 0
            ? "its chain cannot be verified"
            : string.Join(", ", status.Select(s => $"{s.Status}: {s.StatusInformation.Trim()}").Distinct());
}
