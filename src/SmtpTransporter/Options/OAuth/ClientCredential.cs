using System.Security.Cryptography.X509Certificates;

namespace SmtpTransport;

/// <summary>How an application proves to an authorization server which one it is: a secret, a certificate or a federated token.</summary>
/// <remarks>
/// Converts implicitly from a secret as text and from an <see cref="X509Certificate2"/>. Immutable; <see cref="object.ToString"/> prints no
/// secret. Two instances are equal if they were created from the same text, certificate, path or callback.
/// </remarks>
public abstract class ClientCredential
{
    private protected ClientCredential()
    {
    }

    /// <summary>Uses a secret (RFC 6749, section 2.3.1).</summary>
    /// <param name="secret">The secret. It is never printed.</param>
    /// <returns>The credential.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="secret"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="secret"/> is blank.</exception>
    public static ClientCredential FromSecret(string secret)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(secret);
        return new SecretCredential(secret);
    }

    /// <summary>Uses a certificate with its private key (private_key_jwt: RFC 7523, section 2.2).</summary>
    /// <param name="certificate">
    /// The certificate: a PKCS #12 file, which is read anew for each token, its bytes, or a certificate that is loaded and is not disposed
    /// here.
    /// </param>
    /// <param name="password">The password of the file or the bytes; null for none. It is never printed.</param>
    /// <returns>The credential.</returns>
    /// <remarks>
    /// RSA keys sign with PS256, and elliptic curves with ES256, ES384 or ES512. Microsoft Entra accepts RSA only. The certificate is named
    /// by <c>x5t#S256</c> (RFC 7515, section 4.1.8).
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="certificate"/> is null.</exception>
    public static ClientCredential FromCertificate(CertificateSource certificate, string? password = null)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return new CertificateCredential(certificate, password);
    }

    /// <summary>Uses a token of another issuer in a file, which is read anew each time (RFC 7523, section 2.2).</summary>
    /// <param name="path">The path of the file, such as the one that Kubernetes mounts.</param>
    /// <returns>The credential.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="path"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="path"/> is blank.</exception>
    public static ClientCredential FromFederatedTokenFile(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        return new FederatedFileCredential(path);
    }

    /// <summary>Uses a token of another issuer, which is asked for each time (RFC 7523, section 2.2).</summary>
    /// <param name="getToken">Returns the token. An exception of it becomes the error of the send.</param>
    /// <returns>The credential.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="getToken"/> is null.</exception>
    public static ClientCredential FromFederatedToken(Func<CancellationToken, ValueTask<string>> getToken)
    {
        ArgumentNullException.ThrowIfNull(getToken);
        return new FederatedTokenCredential(getToken);
    }

    /// <inheritdoc cref="FromSecret"/>
    public static implicit operator ClientCredential(string secret) => FromSecret(secret);

    /// <summary>Uses a certificate with its private key.</summary>
    /// <param name="certificate">The certificate, which is not disposed here.</param>
    public static implicit operator ClientCredential(X509Certificate2 certificate) => FromCertificate(certificate);

    /// <summary>Returns the parameters of a request that prove the identity.</summary>
    /// <param name="clientId">The application's id.</param>
    /// <param name="audience">The token endpoint.</param>
    /// <param name="now">The current time.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="AccessTokenException">The credential cannot be read.</exception>
    internal abstract ValueTask<IEnumerable<KeyValuePair<string, string>>> CreateParametersAsync(
        string clientId, Uri audience, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>The parameters of an assertion (RFC 7521, section 4.2).</summary>
    private protected static IEnumerable<KeyValuePair<string, string>> Assertion(string token) =>
    [
        new("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        new("client_assertion", token),
    ];
}
