namespace SmtpTransport;

/// <summary>Gets tokens for an application itself (RFC 6749, section 4.4), which proves its identity by a secret, a certificate or a
/// federated token.</summary>
/// <remarks>A service uses it to send through Microsoft 365.</remarks>
public sealed class ClientCredentialsTokenProvider : OAuthTokenProvider
{
    private readonly (Uri Endpoint, string ClientId, ClientCredential Credential, string? Scope) _request;

    /// <summary>Creates a provider. It sends nothing until a token is needed.</summary>
    /// <param name="tokenEndpoint">The token endpoint of the authorization server: an https URL, or http on this machine.</param>
    /// <param name="clientId">The application's id.</param>
    /// <param name="credential">
    /// The application's secret as text, its certificate, or what <see cref="ClientCredential"/> creates. It is never printed.
    /// </param>
    /// <param name="scope">The scope of the token; null if the server needs none.</param>
    /// <param name="http">
    /// The client for the requests, which is not disposed here; null for one that all providers share. It should not follow redirections:
    /// they would carry a secret to another server. A request takes 30 s at most.
    /// </param>
    /// <param name="time">The clock; null for that of the system.</param>
    /// <exception cref="ArgumentNullException">The endpoint, the id or the credential is null.</exception>
    /// <exception cref="ArgumentException">The endpoint is not https, or the id is empty.</exception>
    public ClientCredentialsTokenProvider(
        Uri tokenEndpoint, string clientId, ClientCredential credential, string? scope = null, HttpClient? http = null,
        TimeProvider? time = null)
        : base(http, time)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(clientId);
        ArgumentNullException.ThrowIfNull(credential);
        _request = (OAuthClient.Check(tokenEndpoint, nameof(tokenEndpoint)), clientId, credential, scope);
    }

    private protected override object Identity => _request;

    private protected override Uri Endpoint => _request.Endpoint;

    /// <summary>Creates a provider for Microsoft 365. <see cref="ServerOptions.User"/> is the mailbox.</summary>
    /// <param name="tenant">The directory's id or domain.</param>
    /// <param name="clientId">The application's id.</param>
    /// <param name="credential">
    /// The application's secret as text, its certificate, or what <see cref="ClientCredential"/> creates. It is never printed.
    /// </param>
    /// <param name="http">
    /// The client for the requests, which is not disposed here and should not follow redirections; null for a shared one.
    /// </param>
    /// <returns>The provider.</returns>
    /// <remarks>
    /// The application needs the permission <c>SMTP.SendAsApp</c> with an administrator's consent, and its service principal needs access
    /// to the mailbox in Exchange (<c>Add-MailboxPermission</c>).
    /// </remarks>
    /// <exception cref="ArgumentNullException">The tenant, the id or the credential is null.</exception>
    /// <exception cref="ArgumentException">The tenant or the id is empty.</exception>
    public static ClientCredentialsTokenProvider ForMicrosoft365(
        string tenant, string clientId, ClientCredential credential, HttpClient? http = null) =>
        new(MicrosoftEndpoints.Token(tenant), clientId, credential, MicrosoftEndpoints.ApplicationScope, http);

    private protected override async Task<TokenResponse> RequestAsync(CancellationToken cancellationToken)
    {
        var (endpoint, clientId, credential, scope) = _request;
        var form = new List<KeyValuePair<string, string>> { new("grant_type", "client_credentials"), new("client_id", clientId) };
        form.AddRange(await credential.CreateParametersAsync(clientId, endpoint, Time.GetUtcNow(), cancellationToken)
            .ConfigureAwait(false));
        if (scope is not null)
            form.Add(new("scope", scope));
        return await Client.GetTokenAsync(endpoint, form, cancellationToken).ConfigureAwait(false);
    }
}
