using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SmtpTransport;

/// <summary>
/// The certificate that messages are signed with (S/MIME), loaded and checked when the transporter is created. Immutable.
/// </summary>
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

    /// <summary>
    /// The certificates that are sent with the signature: its own, and those up to the root, which the recipient must trust already.
    /// </summary>
    public X509Certificate2Collection Chain { get; }

    /// <summary>The email addresses that the certificate names.</summary>
    public IReadOnlyCollection<string> Addresses { get; }

    /// <summary>Loads the certificate; null if the options ask for no signature.</summary>
    /// <exception cref="ArgumentException">
    /// The certificate cannot be loaded, or cannot sign email; the message names the option.
    /// </exception>
    public static SigningCertificate? Load(ServerOptions options, TimeProvider time)
    {
        if (options.Certificate is not null && options.CertificateName is not null)
            throw Wrong(nameof(options.CertificateName), "set together with Certificate", "one of the two");
        if (options.Certificate is null && options.CertificateName is null)
        {
            return options.CertificatePassword is null
                ? null
                : throw Wrong(nameof(options.CertificatePassword), "set without a certificate", "a password if Certificate is set");
        }
        var loaded = options.Certificate is { } source
            ? FromSource(source, options.CertificatePassword)
            : FromStore(options.CertificateName!);
        var property = options.Certificate is null ? nameof(options.CertificateName) : nameof(options.Certificate);
        var certificate = loaded.FirstOrDefault(c => c.HasPrivateKey)
            ?? throw Wrong(
                property,
                loaded.Count == 0 ? $"\"{options.CertificateName}\", which is not in the store" : "without a private key",
                "a certificate with its private key");
        var now = time.GetUtcNow().UtcDateTime;
        if (now < certificate.NotBefore.ToUniversalTime() || now > certificate.NotAfter.ToUniversalTime())
        {
            throw Wrong(
                property,
                $"valid from {certificate.NotBefore:yyyy-MM-dd} to {certificate.NotAfter:yyyy-MM-dd} only",
                "a certificate that is valid now");
        }
        if (!CanSignEmail(certificate))
            throw Wrong(property, "for other uses", "a certificate that may sign email (digitalSignature, emailProtection)");
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
            throw Wrong(
                nameof(ServerOptions.Certificate),
                $"{source}, which cannot be read: {exception.Message.TrimEnd('.')}",
                "a PKCS #12 file and its CertificatePassword",
                exception);
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
                // The machine has no such store.
                continue;
            }
            var named = store.Certificates.Where(c => IsNamed(c, name))
                .OrderByDescending(c => c.HasPrivateKey)
                .ThenByDescending(c => c.NotAfter)
                .ToArray();
            if (named.Length > 0)
                return [.. named];
        }
        return [];
    }

    private static bool IsNamed(X509Certificate2 certificate, string name) =>
        certificate.FriendlyName.Equals(name, StringComparison.OrdinalIgnoreCase)
        || certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false).Equals(name, StringComparison.OrdinalIgnoreCase)
        || CertificateAddresses.Contains(CertificateAddresses.Read(certificate), name);

    private static bool CanSignEmail(X509Certificate2 certificate)
    {
        var usage = certificate.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault();
        var uses = certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault();
        return (usage is null || (usage.KeyUsages & (X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.NonRepudiation)) != 0)
            && (uses is null || uses.EnhancedKeyUsages.Cast<Oid>().Any(o => o.Value is EmailProtection or AnyUse));
    }

    private static X509Certificate2Collection ChainOf(X509Certificate2 certificate, X509Certificate2Collection loaded)
    {
        // From the file and the system; nothing is downloaded.
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.AllFlags;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ExtraStore.AddRange(loaded);
        chain.Build(certificate);
        var others = chain.ChainElements.Select(e => e.Certificate)
            .Where(c => c.Subject != c.Issuer && c.Thumbprint != certificate.Thumbprint);
        return [certificate, .. others];
    }

    private static ArgumentException Wrong(string property, string given, string allowed, Exception? inner = null) =>
        new($"{property} is {given}; allowed: {allowed}.", property, inner);
}
