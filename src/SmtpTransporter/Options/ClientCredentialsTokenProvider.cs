namespace SmtpTransport;

/// <summary>
/// Tokens for an application itself, by its id and secret (RFC 6749, section 4.4): what a service uses to send through Microsoft 365. Safe for
/// concurrent callers.
/// </summary>
public sealed class ClientCredentialsTokenProvider : OAuthTokenProvider
{
    private readonly string _clientId;
    private readonly string _clientSecret;
    private readonly string? _scope;

    /// <summary>Makes a provider. Sends nothing yet.</summary>
    /// <param name="tokenEndpoint">The authorisation server's token endpoint; https.</param>
    /// <param name="clientId">The application's id.</param>
    /// <param name="clientSecret">The application's secret. Never printed.</param>
    /// <param name="scope">What the token is for; null where the server needs none.</param>
    /// <param name="http">The client to ask with; not disposed here. Null: one that all providers share, with a time limit of 30 s.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <exception cref="ArgumentException">The endpoint is not https, or the id or the secret is empty.</exception>
    public ClientCredentialsTokenProvider(
        Uri tokenEndpoint, string clientId, string clientSecret, string? scope = null, HttpClient? http = null, TimeProvider? time = null)
        : base(tokenEndpoint, http, time)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(clientId);
        ArgumentException.ThrowIfNullOrWhiteSpace(clientSecret);
        (_clientId, _clientSecret, _scope) = (clientId, clientSecret, scope);
    }

    /// <summary>
    /// For Microsoft 365: the application has the permission <c>SMTP.SendAsApp</c> with an administrator's consent, and its service principal was
    /// given the mailbox in Exchange (<c>Add-MailboxPermission</c>). <see cref="ServerOptions.User"/> is the mailbox.
    /// </summary>
    /// <param name="tenant">The directory's id or domain.</param>
    /// <param name="clientId">The application's id.</param>
    /// <param name="clientSecret">The application's secret.</param>
    /// <param name="http">The client to ask with; null for a shared one.</param>
    public static ClientCredentialsTokenProvider ForMicrosoft365(string tenant, string clientId, string clientSecret, HttpClient? http = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(tenant);
        return new(
            new Uri($"https://login.microsoftonline.com/{Uri.EscapeDataString(tenant)}/oauth2/v2.0/token"),
            clientId, clientSecret, "https://outlook.office365.com/.default", http);
    }

    private protected override IEnumerable<KeyValuePair<string, string>> Parameters()
    {
        yield return new("grant_type", "client_credentials");
        yield return new("client_id", _clientId);
        yield return new("client_secret", _clientSecret);
        if (_scope is not null)
            yield return new("scope", _scope);
    }
}
