namespace SmtpTransport;

/// <summary>Gets tokens for a user who has consented once, with the refresh token from that consent (RFC 6749, section 6).</summary>
/// <remarks>
/// The application keeps the refresh token. <see cref="UserTokenProvider"/> also lets a user consent, and stores the token itself.
/// </remarks>
public sealed class RefreshTokenProvider : OAuthTokenProvider
{
    private readonly (Uri Endpoint, string ClientId, string? ClientSecret, string RefreshToken, string? Scope) _request;
    private volatile string _refreshToken;
    private volatile bool _isUnreported;

    /// <summary>Creates a provider. It sends nothing until a token is needed.</summary>
    /// <param name="tokenEndpoint">The token endpoint of the authorization server: an https URL, or http on this machine.</param>
    /// <param name="clientId">The application's id.</param>
    /// <param name="clientSecret">The application's secret; null for a public client. It is never printed.</param>
    /// <param name="refreshToken">
    /// The refresh token. It is never printed. If the server issues a new one, that is used from then on.
    /// </param>
    /// <param name="scope">The scope of the token; null for the scope of the consent.</param>
    /// <param name="http">
    /// The client for the requests, which is not disposed here; null for one that all providers share. It should not follow redirections:
    /// they would carry a secret to another server. A request takes 30 s at most.
    /// </param>
    /// <param name="time">The clock; null for that of the system.</param>
    /// <exception cref="ArgumentNullException">The endpoint, the id or the refresh token is null.</exception>
    /// <exception cref="ArgumentException">The endpoint is not https, or the id or the refresh token is empty.</exception>
    public RefreshTokenProvider(
        Uri tokenEndpoint, string clientId, string? clientSecret, string refreshToken, string? scope = null, HttpClient? http = null,
        TimeProvider? time = null)
        : base(http, time)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(clientId);
        ArgumentException.ThrowIfNullOrWhiteSpace(refreshToken);
        _request = (OAuthClient.Check(tokenEndpoint, nameof(tokenEndpoint)), clientId, clientSecret, refreshToken, scope);
        _refreshToken = refreshToken;
    }

    /// <summary>Receives each new refresh token that the server issues (RFC 6749, section 6). Default null.</summary>
    /// <remarks>
    /// Store it: the old one may be invalid when the application starts again. The callback runs on the thread that fetched the token; an
    /// exception of it fails that request, and the next request calls it again first.
    /// </remarks>
    public Action<string>? RefreshTokenChanged { get; init; }

    private protected override object Identity => (_request, RefreshTokenChanged);

    private protected override Uri Endpoint => _request.Endpoint;

    /// <summary>Creates a provider for Gmail. <see cref="ServerOptions.User"/> is the address.</summary>
    /// <param name="clientId">The application's id.</param>
    /// <param name="clientSecret">The application's secret. It is never printed.</param>
    /// <param name="refreshToken">The refresh token. It is never printed.</param>
    /// <param name="http">
    /// The client for the requests, which is not disposed here and should not follow redirections; null for a shared one.
    /// </param>
    /// <returns>The provider.</returns>
    /// <remarks>The user must have consented to the scope <c>https://mail.google.com/</c>.</remarks>
    /// <exception cref="ArgumentNullException">The id or the refresh token is null.</exception>
    /// <exception cref="ArgumentException">The id or the refresh token is empty.</exception>
    public static RefreshTokenProvider ForGmail(string clientId, string clientSecret, string refreshToken, HttpClient? http = null) =>
        new(GoogleEndpoints.Token, clientId, clientSecret, refreshToken, null, http);

    private protected override async Task<TokenResponse> RequestAsync(CancellationToken cancellationToken)
    {
        Report();
        var form = new List<KeyValuePair<string, string>> { new("grant_type", "refresh_token"), new("client_id", _request.ClientId) };
        if (_request.ClientSecret is not null)
            form.Add(new("client_secret", _request.ClientSecret));
        form.Add(new("refresh_token", _refreshToken));
        if (_request.Scope is not null)
            form.Add(new("scope", _request.Scope));
        var response = await Client.GetTokenAsync(Endpoint, form, cancellationToken).ConfigureAwait(false);
        if (response.RefreshToken is { Length: > 0 } refreshToken && refreshToken != _refreshToken)
        {
            (_refreshToken, _isUnreported) = (refreshToken, true);
            Report();
        }
        return response;
    }

    private void Report()
    {
        if (!_isUnreported)
            return;
        RefreshTokenChanged?.Invoke(_refreshToken);
        _isUnreported = false;
    }
}
