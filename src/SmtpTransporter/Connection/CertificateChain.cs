using System.Globalization;
using System.Security.Cryptography.X509Certificates;

namespace SmtpTransport;

/// <summary>Says what is wrong with a chain of certificates, each fault with its own remedy.</summary>
internal static class CertificateChain
{
    // What is left if a fault below is already named: that a part of the chain is wrong says nothing more.
    private const X509ChainStatusFlags Named = X509ChainStatusFlags.NotTimeValid | X509ChainStatusFlags.UntrustedRoot
        | X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.Revoked | X509ChainStatusFlags.RevocationStatusUnknown
        | X509ChainStatusFlags.OfflineRevocation | X509ChainStatusFlags.NoError;

    /// <param name="shown">The server's certificate.</param>
    /// <param name="chain">The chain that was built; null if none was.</param>
    /// <param name="now">The time.</param>
    /// <returns>At least one problem: the chain was refused.</returns>
    public static List<CertificateProblem> Problems(X509Certificate2 shown, X509Chain? chain, DateTimeOffset now)
    {
        var status = chain?.ChainStatus ?? [];
        var flags = status.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status);
        var problems = new List<CertificateProblem>();
        if (flags.HasFlag(X509ChainStatusFlags.Revoked))
            problems.Add(new($"it was revoked by {shown.Issuer}", "own.certificate-revoked"));
        if (flags.HasFlag(X509ChainStatusFlags.NotTimeValid))
            problems.Add(Dates(shown, chain, now));
        if (IsSelfSigned(shown) && flags.HasFlag(X509ChainStatusFlags.UntrustedRoot))
            problems.Add(new($"it is self-signed by {shown.Subject}", "own.certificate-self-signed"));
        else if (flags.HasFlag(X509ChainStatusFlags.UntrustedRoot))
        {
            problems.Add(new(
                $"this machine does not know the authority {Last(shown, chain).Subject}", "own.certificate-unknown-authority"));
        }
        else if (flags.HasFlag(X509ChainStatusFlags.PartialChain))
        {
            problems.Add(new(
                $"the certificate of {Last(shown, chain).Issuer}, which has issued {Last(shown, chain).Subject}, is missing: neither has "
                + $"the server sent it nor is it one of this machine's authorities",
                "own.certificate-incomplete"));
        }
        if (flags.HasFlag(X509ChainStatusFlags.RevocationStatusUnknown) || flags.HasFlag(X509ChainStatusFlags.OfflineRevocation))
            problems.Add(new($"whether it was revoked could not be found out", "own.certificate-revocation-unknown"));
        foreach (var other in status.Where(s => (s.Status & ~Named) != 0).DistinctBy(s => s.Status))
            problems.Add(new($"{other.Status}: {other.StatusInformation.Trim().TrimEnd('.')}", "own.certificate"));
        return problems.Count > 0 ? problems : [new($"its chain cannot be verified", "own.certificate")];
    }

    private static bool IsSelfSigned(X509Certificate2 certificate) =>
        certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);

    private static bool IsOutsideItsDates(X509Certificate2 certificate, DateTimeOffset now) =>
        now < Utc(certificate.NotBefore) || now > Utc(certificate.NotAfter);

    // The certificate that is outside its dates may be one of an authority.
    private static CertificateProblem Dates(X509Certificate2 shown, X509Chain? chain, DateTimeOffset now)
    {
        var wrong = IsOutsideItsDates(shown, now) ? shown
            : chain?.ChainElements.Select(e => e.Certificate).FirstOrDefault(c => IsOutsideItsDates(c, now)) ?? shown;
        var whose = ErrorText.Say($"it");
        if (wrong != shown)
            whose = $"the certificate of {wrong.Subject}";
        return now < Utc(wrong.NotBefore)
            ? new(
                $"{whose} is not valid before {Day(wrong.NotBefore):own}, and it is now {Day(now.UtcDateTime):own}",
                "own.certificate-not-yet-valid")
            : new($"{whose} expired on {Day(wrong.NotAfter):own}", "own.certificate-expired");
    }

    private static X509Certificate2 Last(X509Certificate2 shown, X509Chain? chain) =>
        chain is { ChainElements: [.., var last] } ? last.Certificate : shown;

    private static DateTimeOffset Utc(DateTime local) => new(local.ToUniversalTime(), TimeSpan.Zero);

    private static string Day(DateTime time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
