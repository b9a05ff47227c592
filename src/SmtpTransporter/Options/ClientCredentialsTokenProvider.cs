namespace SmtpTransport;

/// <summary>Gets tokens for an application itself, with its id and secret (RFC 6749, section 4.4).</summary>
/// <remarks>
/// A service uses it to send through Microsoft 365. It keeps a token and renews it two minutes before it expires; it sends one request at
/// a time. Safe for concurrent callers. Two providers are equal if they ask the same endpoint with the same credentials.
/// </remarks>
public sealed class ClientCredentialsTokenProvider : IAccessTokenProvider, IDisposable
{
    private readonly TokenEndpoint _endpoint;
    private readonly (string ClientId, string ClientSecret, string? Scope) _request;

    /// <summary>Creates a provider. It sends nothing until a token is needed.</summary>
    /// <param name="tokenEndpoint">The token endpoint of the authorization server: an https URL, or http on this machine.</param>
    /// <param name="clientId">The application's id.</param>
    /// <param name="clientSecret">The application's secret. It is never printed.</param>
    /// <param name="scope">The scope of the token; null if the server needs none.</param>
    /// <param name="http">
    /// The client for the requests, which is not disposed here; null for one that all providers share, with a time limit of 30 s.
    /// </param>
    /// <param name="time">The clock; null for that of the system.</param>
    /// <exception cref="ArgumentNullException">The endpoint, the id or the secret is null.</exception>
    /// <exception cref="ArgumentException">The endpoint is not https, or the id or the secret is empty.</exception>
    public ClientCredentialsTokenProvider(
        Uri tokenEndpoint, string clientId, string clientSecret, string? scope = null, HttpClient? http = null, TimeProvider? time = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(clientId);
        ArgumentException.ThrowIfNullOrWhiteSpace(clientSecret);
        _request = (clientId, clientSecret, scope);
        _endpoint = new TokenEndpoint(tokenEndpoint, http, time, Parameters);
    }

    /// <summary>Creates a provider for Microsoft 365. <see cref="ServerOptions.User"/> is the mailbox.</summary>
    /// <param name="tenant">The directory's id or domain.</param>
    /// <param name="clientId">The application's id.</param>
    /// <param name="clientSecret">The application's secret. It is never printed.</param>
    /// <param name="http">The client for the requests, which is not disposed here; null for a shared one.</param>
    /// <returns>The provider.</returns>
    /// <remarks>
    /// The application needs the permission <c>SMTP.SendAsApp</c> with an administrator's consent, and its service principal needs access
    /// to the mailbox in Exchange (<c>Add-MailboxPermission</c>).
    /// </remarks>
    /// <exception cref="ArgumentNullException">The tenant, the id or the secret is null.</exception>
    /// <exception cref="ArgumentException">The tenant, the id or the secret is empty.</exception>
    public static ClientCredentialsTokenProvider ForMicrosoft365(
        string tenant, string clientId, string clientSecret, HttpClient? http = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(tenant);
        return new(
            new Uri($"https://login.microsoftonline.com/{Uri.EscapeDataString(tenant)}/oauth2/v2.0/token"),
            clientId, clientSecret, "https://outlook.office365.com/.default", http);
    }

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

    /// <summary>Whether the other provider asks the same endpoint with the same credentials.</summary>
    /// <param name="obj">The other provider.</param>
    /// <returns>True if endpoint, id, secret, scope, HTTP client and clock are the same.</returns>
    public override bool Equals(object? obj) =>
        obj is ClientCredentialsTokenProvider other && _request == other._request && _endpoint.IsSameAs(other._endpoint);

    /// <inheritdoc/>
    public override int GetHashCode() => _request.ClientId.GetHashCode(StringComparison.Ordinal);

    /// <summary>The type and the endpoint, without secrets.</summary>
    /// <returns>Text for people.</returns>
    public override string ToString() => $"{nameof(ClientCredentialsTokenProvider)} {_endpoint}";

    private IEnumerable<KeyValuePair<string, string>> Parameters()
    {
        yield return new("grant_type", "client_credentials");
        yield return new("client_id", _request.ClientId);
        yield return new("client_secret", _request.ClientSecret);
        if (_request.Scope is not null)
            yield return new("scope", _request.Scope);
    }
}
