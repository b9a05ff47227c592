using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace SmtpTransport.Testing;

/// <summary>Whom an <see cref="OAuthTestServer"/> knows, and how long its tokens are valid. Immutable.</summary>
/// <remarks><see cref="ToString"/> shows no secret.</remarks>
public sealed record OAuthTestServerOptions
{
    /// <summary>The id of the only client. Default: <c>client</c>.</summary>
    public string ClientId { get; init; } = "client";

    /// <summary>The client's secret (RFC 6749, section 2.3.1). Default: null, for none.</summary>
    /// <remarks>Without secret, certificate and federated token the client is public: people can sign in with it, and it cannot
    /// itself be authorized.</remarks>
    public string? ClientSecret { get; init; }

    /// <summary>The certificate whose key signs the client's assertions (RFC 7523). Default: null, for none.</summary>
    /// <remarks>The private key is not needed. The server does not dispose it.</remarks>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>The token of another issuer that is accepted as an assertion. Default: null, for none.</summary>
    public string? FederatedToken { get; init; }

    /// <summary>The user who consents, and for whom all tokens are issued. Default: <c>user@example.com</c>.</summary>
    public string User { get; init; } = "user@example.com";

    /// <summary>The lifetime of an access token. Default: 1 hour.</summary>
    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Whether each refresh issues a new refresh token and ends the old one. Default: false.</summary>
    public bool RotateRefreshTokens { get; init; }

    /// <summary>The value of <c>X-IDENTITY-HEADER</c> that the endpoint for managed identities demands. Default: <c>identity</c>.</summary>
    public string ManagedIdentityHeader { get; init; } = "identity";

    /// <summary>The interval in which a client may ask whether a device code was entered. Default: 5 s.</summary>
    public TimeSpan DeviceCodeInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The lifetime of a device code. Default: 15 minutes.</summary>
    public TimeSpan DeviceCodeLifetime { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>The server's clock. Default: that of the system.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    internal bool IsPublicClient => ClientSecret is null && ClientCertificate is null && FederatedToken is null;

    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append("ClientId = ").Append(ClientId).Append(", User = ").Append(User).Append(", TokenLifetime = ").Append(TokenLifetime);
        return true;
    }
}
