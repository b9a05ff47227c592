using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SmtpTransport;

/// <summary>The certificate that mails are signed with (S/MIME), loaded and checked once, where the transporter is made.</summary>
internal sealed class SigningCertificate
{
    private const string EmailProtection = "1.3.6.1.5.5.7.3.4";
    private const string AnyUse = "2.5.29.37.0";

    private SigningCertificate(X509Certificate2 certificate, X509Certificate2Collection chain)
    {
        Certificate = certificate;
        Chain = chain;
        Addresses = CertificateAddresses.Read(certificate);
    }

    public X509Certificate2 Certificate { get; }

    /// <summary>The certificates that go with the signature: its own, and those up to the root, which the receiver must have himself.</summary>
    public X509Certificate2Collection Chain { get; }

    public IReadOnlyCollection<string> Addresses { get; }

    /// <summary>Null where the options ask for no signature.</summary>
    /// <exception cref="ArgumentException">The certificate cannot be had, or cannot sign mail.</exception>
    public static SigningCertificate? Load(ServerOptions options, TimeProvider time)
    {
        if (options.Certificate is not null && options.CertificateName is not null)
            throw Wrong(nameof(options.CertificateName), "given beside Certificate", "one of the two");
        if (options.Certificate is null && options.CertificateName is null)
        {
            return options.CertificatePassword is null
                ? null
                : throw Wrong(nameof(options.CertificatePassword), "given without a certificate", "a password where Certificate is set");
        }
        var loaded = options.Certificate is { } source
            ? FromSource(source, options.CertificatePassword)
            : FromStore(options.CertificateName!);
        var property = options.Certificate is null ? nameof(options.CertificateName) : nameof(options.Certificate);
        var certificate = loaded.FirstOrDefault(c => c.HasPrivateKey)
            ?? throw Wrong(property, loaded.Count == 0 ? $"\"{options.CertificateName}\", which is not in the store" : "without a private key", "a certificate with its private key");
        var now = time.GetUtcNow().UtcDateTime;
        if (now < certificate.NotBefore.ToUniversalTime() || now > certificate.NotAfter.ToUniversalTime())
            throw Wrong(property, $"valid from {certificate.NotBefore:yyyy-MM-dd} to {certificate.NotAfter:yyyy-MM-dd} only", "a certificate that is valid now");
        if (!MaySignMail(certificate))
            throw Wrong(property, "for other uses", "a certificate that may sign mail (digitalSignature, emailProtection)");
        return new SigningCertificate(certificate, ChainOf(certificate, loaded));
    }

    private static X509Certificate2Collection FromSource(CertificateSource source, string? password)
    {
        try
        {
            return source.Load(password);
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw Wrong(nameof(ServerOptions.Certificate), $"{source}, which cannot be read: {exception.Message.TrimEnd('.')}", "a PKCS #12 and its CertificatePassword", exception);
        }
    }

    private static X509Certificate2Collection FromStore(string name)
    {
        foreach (var location in (StoreLocation[])[StoreLocation.CurrentUser, StoreLocation.LocalMachine])
        {
            using var store = new X509Store(StoreName.My, location);
            try
            {
                store.Open(OpenFlags.ReadOnly | OpenFlags.OpenExistingOnly);
            }
            catch (CryptographicException)
            {
                // There is no such store on this machine.
                continue;
            }
            var named = store.Certificates.Where(c => Names(c, name)).OrderByDescending(c => c.HasPrivateKey).ThenByDescending(c => c.NotAfter).ToArray();
            if (named.Length > 0)
                return [.. named];
        }
        return [];
    }

    private static bool Names(X509Certificate2 certificate, string name) =>
        certificate.FriendlyName.Equals(name, StringComparison.OrdinalIgnoreCase)
        || certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false).Equals(name, StringComparison.OrdinalIgnoreCase)
        || CertificateAddresses.Read(certificate).Contains(name);

    private static bool MaySignMail(X509Certificate2 certificate)
    {
        var usage = certificate.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault();
        var uses = certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault();
        return (usage is null || (usage.KeyUsages & (X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.NonRepudiation)) != 0)
            && (uses is null || uses.EnhancedKeyUsages.Cast<Oid>().Any(o => o.Value is EmailProtection or AnyUse));
    }

    private static X509Certificate2Collection ChainOf(X509Certificate2 certificate, X509Certificate2Collection loaded)
    {
        // What came with the certificate and what the system has; no authority is asked over the network.
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.AllFlags;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ExtraStore.AddRange(loaded);
        chain.Build(certificate);
        var others = chain.ChainElements.Select(e => e.Certificate).Where(c => c.Subject != c.Issuer && c.Thumbprint != certificate.Thumbprint);
        return [certificate, .. others];
    }

    private static ArgumentException Wrong(string property, string given, string allowed, Exception? inner = null) =>
        new($"{property} is {given}; allowed: {allowed}.", property, inner);
}
