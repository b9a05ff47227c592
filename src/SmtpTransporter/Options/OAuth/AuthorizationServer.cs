namespace SmtpTransport;

/// <summary>The addresses of an authorization server that people use, and what they consent to (RFC 6749, section 3). Immutable.</summary>
public sealed record AuthorizationServer
{
    /// <summary>The token endpoint. Required: an https URL, or http on this machine.</summary>
    public required Uri TokenEndpoint { get; init; }

    /// <summary>The page on which a user consents in a browser. Default null: the server has none.</summary>
    /// <remarks>It may have a query, to which the parameters of the request are added.</remarks>
    public Uri? AuthorizationEndpoint { get; init; }

    /// <summary>The endpoint for device codes (RFC 8628). Default null: the server has none.</summary>
    public Uri? DeviceAuthorizationEndpoint { get; init; }

    /// <summary>The scope to consent to, which must include a refresh token. Default null: the one of the server.</summary>
    public string? Scope { get; init; }

    /// <exception cref="ArgumentException">An address is not https.</exception>
    internal void Validate()
    {
        OAuthClient.Check(TokenEndpoint, nameof(TokenEndpoint));
        if (AuthorizationEndpoint is not null)
            OAuthClient.Check(AuthorizationEndpoint, nameof(AuthorizationEndpoint));
        if (DeviceAuthorizationEndpoint is not null)
            OAuthClient.Check(DeviceAuthorizationEndpoint, nameof(DeviceAuthorizationEndpoint));
    }
}
