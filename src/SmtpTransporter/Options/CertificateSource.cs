using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SmtpTransport;

/// <summary>
/// Where a certificate with its private key comes from: a PKCS #12 file, its bytes, or a certificate that is loaded already. Converts
/// implicitly from a path, bytes and <see cref="X509Certificate2"/>. Immutable; prints no secret.
/// </summary>
public sealed class CertificateSource
{
    private readonly Func<string, X509Certificate2Collection> _load;
    private readonly string _shown;

    private CertificateSource(Func<string, X509Certificate2Collection> load, string shown)
    {
        _load = load;
        _shown = shown;
    }

    /// <summary>A PKCS #12 file (<c>.p12</c>, <c>.pfx</c>), read where the transporter is made.</summary>
    /// <param name="path">The file.</param>
    public static CertificateSource FromFile(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        return new(password => Read(File.ReadAllBytes(path), password), path);
    }

    /// <summary>The contents of a PKCS #12 file.</summary>
    /// <param name="bytes">The contents.</param>
    public static CertificateSource FromBytes(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        return new(password => Read(bytes, password), $"{bytes.Length} bytes");
    }

    /// <summary>A certificate with its private key; not disposed by the transporter.</summary>
    /// <param name="certificate">The certificate.</param>
    public static CertificateSource FromCertificate(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return new(_ => [certificate], certificate.Subject);
    }

    /// <inheritdoc cref="FromFile"/>
    public static implicit operator CertificateSource(string path) => FromFile(path);

    /// <inheritdoc cref="FromBytes"/>
    public static implicit operator CertificateSource(byte[] bytes) => FromBytes(bytes);

    /// <inheritdoc cref="FromCertificate"/>
    public static implicit operator CertificateSource(X509Certificate2 certificate) => FromCertificate(certificate);

    /// <summary>The path, the number of bytes, or the subject.</summary>
    public override string ToString() => _shown;

    /// <exception cref="CryptographicException">This is no PKCS #12, or the password is wrong.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    internal X509Certificate2Collection Load(string? password) => _load(password ?? "");

    private static X509Certificate2Collection Read(byte[] bytes, string password)
    {
#if NET9_0_OR_GREATER
        return X509CertificateLoader.LoadPkcs12Collection(bytes, password);
#else
        var certificates = new X509Certificate2Collection();
        certificates.Import(bytes, password, X509KeyStorageFlags.DefaultKeySet);
        return certificates;
#endif
    }
}
