using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SmtpTransport.Testing;

/// <summary>Checks who a client is: by its secret, by an assertion, or by a federated token. Safe for concurrent callers.</summary>
internal sealed class ClientAuthentication(OAuthTestServerOptions options)
{
    private const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    private readonly ConcurrentDictionary<string, bool> _usedIds = new(StringComparer.Ordinal);

    /// <summary>Returns what is wrong; null if nothing is.</summary>
    public string? FindError(WebRequest request, string audience)
    {
        var parameters = request.Parameters;
        if (parameters.GetValueOrDefault("client_id") != options.ClientId)
            return "the client is not known";
        if (options.IsPublicClient)
            return null;
        if (parameters.TryGetValue("client_secret", out var secret))
            return secret == options.ClientSecret ? null : "the secret is wrong";
        if (!parameters.TryGetValue("client_assertion", out var assertion)
            || parameters.GetValueOrDefault("client_assertion_type") != AssertionType)
            return "the client has no credential";
        return assertion == options.FederatedToken ? null
            : options.ClientCertificate is not { } certificate ? "the federated token is not known"
            : FindError(assertion, certificate, audience);
    }

    private string? FindError(string text, X509Certificate2 certificate, string audience)
    {
        if (Assertion.Parse(text) is not { } assertion)
            return "the assertion is not a JSON Web Token";
        if (assertion.Header("x5t#S256") != AccessTokens.Encode(certificate.GetCertHash(HashAlgorithmName.SHA256)))
            return "x5t#S256 does not name the certificate";
        if (assertion.Claim("iss") != options.ClientId || assertion.Claim("sub") != options.ClientId)
            return "iss and sub must be the client's id";
        if (assertion.Claim("aud") != audience)
            return $"aud must be {audience}";
        if (!assertion.IsInTime(options.Time.GetUtcNow()))
            return "the assertion is not valid at this time";
        using var rsa = certificate.GetRSAPublicKey();
        using var curve = certificate.GetECDsaPublicKey();
        if (!(rsa is not null ? assertion.IsSignedBy(rsa) : curve is not null && assertion.IsSignedBy(curve)))
            return "the signature is wrong";
        return assertion.Id is { } id && _usedIds.TryAdd(id, true) ? null : "jti is missing or was used before";
    }
}
