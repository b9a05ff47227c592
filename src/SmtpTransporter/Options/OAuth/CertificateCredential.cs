using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;

namespace SmtpTransport;

/// <summary>A certificate whose private key signs an assertion for each request (RFC 7523, section 2.2).</summary>
internal sealed class CertificateCredential(CertificateSource source, string? password) : ClientCredential
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private readonly (CertificateSource Source, string? Password) _certificate = (source, password);

    public override bool Equals(object? obj) => obj is CertificateCredential other && _certificate.Equals(other._certificate);

    public override int GetHashCode() => _certificate.Source.GetHashCode();

    public override string ToString() => $"{nameof(CertificateCredential)} {_certificate.Source}";

    internal override ValueTask<IEnumerable<KeyValuePair<string, string>>> CreateParametersAsync(
        string clientId, Uri audience, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var loaded = Load();
        try
        {
            var certificate = loaded.FirstOrDefault(c => c.HasPrivateKey)
                ?? throw new AccessTokenException(
                    $"The certificate {_certificate.Source} has no private key. Export it together with its key.", isTransient: false);
            if (certificate.NotAfter.ToUniversalTime() < now.UtcDateTime)
            {
                throw new AccessTokenException(
                    $"The certificate {_certificate.Source} expired on {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}. Replace "
                    + "it, and register the new one with the authorization server.",
                    isTransient: false);
            }
            return new(Assertion(Sign(certificate, JsonWebToken.Claims(clientId, clientId, audience, now, Lifetime))));
        }
        catch (CryptographicException exception)
        {
            throw new AccessTokenException(
                $"The certificate {_certificate.Source} cannot be used: {exception.Message.TrimEnd('.')}. Do not dispose it while the "
                + "provider is in use, and export it together with its key.",
                isTransient: false, exception);
        }
        finally
        {
            if (!_certificate.Source.IsLoaded)
            {
                foreach (var certificate in loaded)
                    certificate.Dispose();
            }
        }
    }

    private X509Certificate2Collection Load()
    {
        try
        {
            return _certificate.Source.Load(_certificate.Password);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new AccessTokenException(
                $"The certificate {_certificate.Source} cannot be read: {exception.Message.TrimEnd('.')}. Check the path and the "
                + "password.",
                isTransient: false, exception);
        }
    }

    private string Sign(X509Certificate2 certificate, JsonObject claims)
    {
        var header = new JsonObject { ["x5t#S256"] = JsonWebToken.Encode(certificate.GetCertHash(HashAlgorithmName.SHA256)) };
        using var rsa = certificate.GetRSAPrivateKey();
        if (rsa is not null)
            return JsonWebToken.Sign(rsa, pss: true, header, claims);
        using var curve = certificate.GetECDsaPrivateKey();
        if (curve is not null)
            return JsonWebToken.Sign(curve, header, claims);
        throw new AccessTokenException(
            $"The key of the certificate {_certificate.Source} is neither RSA nor an elliptic curve. Use one with such a key.",
            isTransient: false);
    }
}
