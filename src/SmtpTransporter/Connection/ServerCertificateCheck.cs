using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SmtpTransport;

/// <summary>Decides about a server's certificate, and remembers what was seen and why it was refused. One for each connection.</summary>
internal sealed class ServerCertificateCheck(ServerOptions options, TimeProvider? time = null)
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    public string? Subject { get; private set; }

    public DateTimeOffset? Expires { get; private set; }

    /// <summary>Why the certificate was refused; null if it was not.</summary>
    public CertificateProblem? Problem { get; private set; }

    /// <inheritdoc cref="Problem"/>
    public string? Refusal => Problem?.Text.ToString();

    /// <summary>True if the last certificate was verified, and not only accepted.</summary>
    public bool IsVerified { get; private set; }

    public bool Accepts(object? sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        Problem = null;
        IsVerified = false;
        if (certificate is null)
        {
            Problem = new($"the server showed no certificate", "own.certificate-none");
            return false;
        }
        using var shown = new X509Certificate2(certificate);
        Subject = shown.Subject;
        Expires = new DateTimeOffset(shown.NotAfter);
        if (!options.DangerouslyAcceptAnyServerCertificate)
        {
            CertificateProblem?[] faults = [NameProblem(shown), .. ChainProblems(errors, shown, chain), KeyProblem(shown)];
            Problem = CertificateProblem.Of([.. faults.OfType<CertificateProblem>()]);
        }
        if (Problem is null && options.PinnedFingerprints.Count > 0)
        {
            var fingerprint = shown.GetCertHashString(HashAlgorithmName.SHA256);
            if (!options.PinnedFingerprints.Any(pin => CertificateFingerprint.Normalize(pin) == fingerprint))
                Problem = new($"its fingerprint {fingerprint:own} is not a pinned one", "own.certificate-pin");
        }
        IsVerified = Problem is null && !options.DangerouslyAcceptAnyServerCertificate;
        return Problem is null;
    }

    // Not by the platform's check: it takes the common name if there is no subjectAltName, and "*.com" if there is one, which RFC 9525,
    // sections 6.3 and 6.5, do not; and an entry that is not a name can make it fail.
    private CertificateProblem? NameProblem(X509Certificate2 shown)
    {
        var names = CertificateHostNames.Read(shown);
        var host = options.ServerName;
        return names.IsEmpty ? Wrong($"it names no host (subjectAltName), only {shown.Subject}")
            : Uri.CheckHostName(host) == UriHostNameType.Unknown ? Wrong($"\"{host:own}\" is not a valid host name")
            : !names.Contains(host, wildcards: true) ? Wrong($"it is not for the host \"{host:own}\" but for {names.ToString()}")
            : IsTooWide(host) && !names.Contains(host, wildcards: false) ? Wrong($"it is for {names.ToString()}, which is too wide")
            : null;

        static CertificateProblem Wrong(ErrorText text) => new(text, "own.certificate-name");
    }

    // A wildcard that matches a name of two labels is for a whole top-level domain.
    private static bool IsTooWide(string host) => host.TrimEnd('.').Count(c => c == '.') < 2;

    /// <summary>A key that can be broken proves nothing (NIST SP 800-57: 112 bits of security).</summary>
    private static CertificateProblem? KeyProblem(X509Certificate2 shown)
    {
        using var rsa = shown.GetRSAPublicKey();
        using var ecdsa = rsa is null ? shown.GetECDsaPublicKey() : null;
        return rsa is { KeySize: < 2048 } ? new($"its RSA key has only {rsa.KeySize} bits", "own.certificate-key")
            : ecdsa is { KeySize: < 224 } ? new($"its key has only {ecdsa.KeySize} bits", "own.certificate-key")
            : null;
    }

    private List<CertificateProblem> ChainProblems(SslPolicyErrors errors, X509Certificate2 shown, X509Chain? chain)
    {
        if (!errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
            return [];
        if (options.TrustedCertificates.Count == 0)
            return CertificateChain.Problems(shown, chain, _time.GetUtcNow());

        // Built anew on the caller's own anchors: the dates, the uses and the signatures are checked as before.
        using var own = new X509Chain();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.AddRange(options.TrustedCertificates.ToArray());
        own.ChainPolicy.RevocationMode = options.CheckCertificateRevocation ? X509RevocationMode.Online : X509RevocationMode.NoCheck;
        own.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1"));
        own.ChainPolicy.DisableCertificateDownloads = true;
        foreach (var element in chain?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
            own.ChainPolicy.ExtraStore.Add(element.Certificate);
        if (own.Build(shown))
            return [];
        var problems = CertificateChain.Problems(shown, own, _time.GetUtcNow());
        return Advice(own) is { } advice ? [.. problems, advice] : problems;
    }

    /// <summary>Says what would help if the chain does not end at an anchor: only an authority that signs itself is one.</summary>
    private CertificateProblem? Advice(X509Chain chain)
    {
        if (!chain.ChainStatus.Any(s => s.Status == X509ChainStatusFlags.PartialChain) || chain.ChainElements.Count == 0)
            return null;
        var last = chain.ChainElements[^1].Certificate;
        return options.TrustedCertificates.Any(c => c.RawDataMemory.Span.SequenceEqual(last.RawDataMemory.Span))
            ? new(
                $"TrustedCertificates has the certificate of {last.Subject}, but needs that of an authority that signs itself",
                "own.certificate")
            : null;
    }
}
