using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SmtpTransport;

/// <summary>A certificate with its private key: a PKCS #12 file, its bytes, or a certificate that is already loaded.</summary>
/// <remarks>
/// Converts implicitly from a path, bytes and <see cref="X509Certificate2"/>. Immutable; <see cref="ToString"/> prints no secret. Two
/// instances are equal if they have the same path, bytes or certificate.
/// </remarks>
public sealed class CertificateSource
{
    private readonly string? _path;
    private readonly byte[]? _bytes;
    private readonly X509Certificate2? _certificate;

    private CertificateSource(string? path, byte[]? bytes, X509Certificate2? certificate) =>
        (_path, _bytes, _certificate) = (path, bytes, certificate);

    /// <summary>Refers to a PKCS #12 file (<c>.p12</c>, <c>.pfx</c>).</summary>
    /// <param name="path">The path of the file, absolute or relative to the current directory.</param>
    /// <returns>The source.</returns>
    /// <remarks>The file is read when a transporter is created; that of a <see cref="ClientCredential"/> for each token.</remarks>
    /// <exception cref="ArgumentNullException"><paramref name="path"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="path"/> is blank.</exception>
    public static CertificateSource FromFile(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        return new(path, null, null);
    }

    /// <summary>Uses the contents of a PKCS #12 file.</summary>
    /// <param name="bytes">The contents. They are not copied: do not change them.</param>
    /// <returns>The source.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="bytes"/> is null.</exception>
    public static CertificateSource FromBytes(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        return new(null, bytes, null);
    }

    /// <summary>Uses a certificate that is already loaded, with its private key.</summary>
    /// <param name="certificate">The certificate. The transporter does not dispose it.</param>
    /// <returns>The source.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="certificate"/> is null.</exception>
    public static CertificateSource FromCertificate(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return new(null, null, certificate);
    }

    /// <summary>Whether it is a certificate that the caller has loaded, and disposes.</summary>
    internal bool IsLoaded => _certificate is not null;

    /// <inheritdoc cref="FromFile"/>
    public static implicit operator CertificateSource(string path) => FromFile(path);

    /// <inheritdoc cref="FromBytes"/>
    public static implicit operator CertificateSource(byte[] bytes) => FromBytes(bytes);

    /// <inheritdoc cref="FromCertificate"/>
    public static implicit operator CertificateSource(X509Certificate2 certificate) => FromCertificate(certificate);

    /// <summary>Whether the other source has the same path, bytes or certificate.</summary>
    /// <param name="obj">The other source.</param>
    /// <returns>True if they are of the same kind and equal.</returns>
    public override bool Equals(object? obj) =>
        obj is CertificateSource other && _path == other._path && (_bytes is null) == (other._bytes is null)
        && _bytes.AsSpan().SequenceEqual(other._bytes) && Equals(_certificate, other._certificate);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_path, _bytes?.Length, _certificate);

    /// <summary>The path, the number of bytes, or the subject.</summary>
    /// <returns>Text for people, without secrets.</returns>
    public override string ToString() => _path
        ?? (_certificate is null ? $"{_bytes!.Length} bytes" : _certificate.Handle == IntPtr.Zero ? "(disposed)" : _certificate.Subject);

    /// <exception cref="CryptographicException">The contents are not a valid PKCS #12, or the password is wrong.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    internal X509Certificate2Collection Load(string? password) =>
        _certificate is not null ? [_certificate] : Read(_bytes ?? File.ReadAllBytes(_path!), password ?? "");

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
