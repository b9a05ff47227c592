namespace SmtpTransport;

/// <summary>Gets tokens for a user who has consented once, with the refresh token from that consent (RFC 6749, section 6).</summary>
/// <remarks>
/// It is used to send through Gmail or from a user's own mailbox. It keeps a token and renews it two minutes before it expires; it sends
/// one request at a time. Safe for concurrent callers. Two providers are equal if they were created with the same endpoint and
/// credentials.
/// </remarks>
public sealed class RefreshTokenProvider : IAccessTokenProvider, IDisposable
{
    private readonly TokenEndpoint _endpoint;
    private readonly (string ClientId, string? ClientSecret, string RefreshToken, string? Scope) _request;
    private volatile string _refreshToken;

    /// <summary>Creates a provider. It sends nothing until a token is needed.</summary>
    /// <param name="tokenEndpoint">The token endpoint of the authorization server: an https URL, or http on this machine.</param>
    /// <param name="clientId">The application's id.</param>
    /// <param name="clientSecret">The application's secret; null for a public client. It is never printed.</param>
    /// <param name="refreshToken">
    /// The refresh token. It is never printed. If the server issues a new one, that is used from then on.
    /// </param>
    /// <param name="scope">The scope of the token; null for the scope of the consent.</param>
    /// <param name="http">
    /// The client for the requests, which is not disposed here; null for one that all providers share, with a time limit of 30 s.
    /// </param>
    /// <param name="time">The clock; null for that of the system.</param>
    /// <exception cref="ArgumentNullException">The endpoint, the id or the refresh token is null.</exception>
    /// <exception cref="ArgumentException">The endpoint is not https, or the id or the refresh token is empty.</exception>
    public RefreshTokenProvider(
        Uri tokenEndpoint, string clientId, string? clientSecret, string refreshToken, string? scope = null, HttpClient? http = null,
        TimeProvider? time = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(clientId);
        ArgumentException.ThrowIfNullOrWhiteSpace(refreshToken);
        _request = (clientId, clientSecret, refreshToken, scope);
        _refreshToken = refreshToken;
        _endpoint = new TokenEndpoint(tokenEndpoint, http, time, Parameters, Replace);
    }

    /// <summary>Receives each new refresh token that the server issues (RFC 6749, section 6). Default null.</summary>
    /// <remarks>
    /// Store it: the old one may be invalid when the application starts again. The callback runs on the thread that fetched the token; an
    /// exception of it fails that request.
    /// </remarks>
    public Action<string>? RefreshTokenChanged { get; init; }

    /// <summary>Creates a provider for Gmail. <see cref="ServerOptions.User"/> is the address.</summary>
    /// <param name="clientId">The application's id.</param>
    /// <param name="clientSecret">The application's secret. It is never printed.</param>
    /// <param name="refreshToken">The refresh token. It is never printed.</param>
    /// <param name="http">The client for the requests, which is not disposed here; null for a shared one.</param>
    /// <returns>The provider.</returns>
    /// <remarks>The user must have consented to the scope <c>https://mail.google.com/</c>.</remarks>
    /// <exception cref="ArgumentNullException">The id or the refresh token is null.</exception>
    /// <exception cref="ArgumentException">The id or the refresh token is empty.</exception>
    public static RefreshTokenProvider ForGmail(string clientId, string clientSecret, string refreshToken, HttpClient? http = null) =>
        new(new Uri("https://oauth2.googleapis.com/token"), clientId, clientSecret, refreshToken, null, http);

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">
    /// The endpoint refused the request, or its response has no token. The message contains no secret.
    /// </exception>
    /// <exception cref="HttpRequestException">The endpoint cannot be reached.</exception>
    /// <exception cref="OperationCanceledException">The request was canceled.</exception>
    public ValueTask<AccessToken> GetTokenAsync(bool renew, CancellationToken cancellationToken) =>
        _endpoint.GetTokenAsync(renew, cancellationToken);

    /// <summary>Releases the provider's resources, but not the HTTP client.</summary>
    public void Dispose() => _endpoint.Dispose();

    /// <summary>Whether the other provider was created with the same endpoint and credentials.</summary>
    /// <param name="obj">The other provider.</param>
    /// <returns>True if endpoint, id, secret, first refresh token, scope, callback, HTTP client and clock are the same.</returns>
    public override bool Equals(object? obj) =>
        obj is RefreshTokenProvider other && _request == other._request && RefreshTokenChanged == other.RefreshTokenChanged
        && _endpoint.IsSameAs(other._endpoint);

    /// <inheritdoc/>
    public override int GetHashCode() => _request.ClientId.GetHashCode(StringComparison.Ordinal);

    /// <summary>The type and the endpoint, without secrets.</summary>
    /// <returns>Text for people.</returns>
    public override string ToString() => $"{nameof(RefreshTokenProvider)} {_endpoint}";

    private IEnumerable<KeyValuePair<string, string>> Parameters()
    {
        yield return new("grant_type", "refresh_token");
        yield return new("client_id", _request.ClientId);
        if (_request.ClientSecret is not null)
            yield return new("client_secret", _request.ClientSecret);
        yield return new("refresh_token", _refreshToken);
        if (_request.Scope is not null)
            yield return new("scope", _request.Scope);
    }

    private void Replace(string refreshToken)
    {
        if (refreshToken == _refreshToken)
            return;
        _refreshToken = refreshToken;
        RefreshTokenChanged?.Invoke(refreshToken);
    }
}
