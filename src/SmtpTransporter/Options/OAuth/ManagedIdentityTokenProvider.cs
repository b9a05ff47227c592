using System.Net;

namespace SmtpTransport;

/// <summary>Gets tokens for the managed identity of a machine or an app in Azure: without any secret.</summary>
/// <remarks>
/// In App Service, Functions and Container Apps it asks the endpoint that the environment variables <c>IDENTITY_ENDPOINT</c> and
/// <c>IDENTITY_HEADER</c> name; elsewhere that of the virtual machine (169.254.169.254).
/// </remarks>
public sealed class ManagedIdentityTokenProvider : OAuthTokenProvider
{
    private const string EndpointVariable = "IDENTITY_ENDPOINT";
    private const string HeaderVariable = "IDENTITY_HEADER";

    private static readonly Uri MachineEndpoint = new("http://169.254.169.254/metadata/identity/oauth2/token");

    // The address of a machine's endpoint is local to it: no proxy can reach it.
    // Elsewhere nothing answers there.
    private static readonly HttpClient DirectHttp = new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(2),
    })
    {
        Timeout = OAuthClient.Limit,
    };

    private readonly (string Resource, string? ClientId) _request;

    /// <summary>Creates a provider. It sends nothing until a token is needed.</summary>
    /// <param name="resource">The resource of the token, such as <c>https://outlook.office365.com</c>.</param>
    /// <param name="clientId">The client id of a user-assigned identity; null for the identity of the system.</param>
    /// <param name="http">The client for the requests, which is not disposed here; null for a shared one without a proxy.</param>
    /// <param name="time">The clock; null for that of the system.</param>
    /// <exception cref="ArgumentNullException"><paramref name="resource"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="resource"/> is empty.</exception>
    public ManagedIdentityTokenProvider(string resource, string? clientId = null, HttpClient? http = null, TimeProvider? time = null)
        : base(http ?? DirectHttp, time)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(resource);
        _request = (resource, clientId);
    }

    private protected override object Identity => _request;

    private protected override Uri Endpoint => Find().Endpoint;

    /// <summary>Creates a provider for Microsoft 365. <see cref="ServerOptions.User"/> is the mailbox.</summary>
    /// <param name="clientId">The client id of a user-assigned identity; null for the identity of the system.</param>
    /// <param name="http">
    /// The client for the requests, which is not disposed here and should not follow redirections; null for a shared one.
    /// </param>
    /// <returns>The provider.</returns>
    /// <remarks>The identity needs the same permissions as an application: <c>SMTP.SendAsApp</c> and access to the mailbox.</remarks>
    public static ManagedIdentityTokenProvider ForMicrosoft365(string? clientId = null, HttpClient? http = null) =>
        new(MicrosoftEndpoints.Resource, clientId, http);

    private protected override async Task<TokenResponse> RequestAsync(CancellationToken cancellationToken)
    {
        var (endpoint, header) = Find();
        var version = header is null ? "2018-02-01" : "2019-08-01";
        var query = $"api-version={version}&resource={Uri.EscapeDataString(_request.Resource)}";
        if (_request.ClientId is not null)
            query += $"&client_id={Uri.EscapeDataString(_request.ClientId)}";
        using var request = new HttpRequestMessage(HttpMethod.Get, new UriBuilder(endpoint) { Query = query }.Uri);
        if (header is null)
            request.Headers.Add("Metadata", "true");
        else
            request.Headers.Add("X-IDENTITY-HEADER", header);
        try
        {
            // Azure answers 404 and 410 while it updates the endpoint.
            var answer = await Client.SendAsync(
                request, header is null ? [] : [header], cancellationToken, HttpStatusCode.NotFound, HttpStatusCode.Gone)
                .ConfigureAwait(false);
            return TokenResponse.Read(answer, Time.GetUtcNow());
        }
        catch (AccessTokenException exception)
        {
            throw new AccessTokenException(
                $"{exception.Message} A managed identity exists only on a machine or app in Azure that has one"
                + $"{(_request.ClientId is null ? "" : " with this client id")}.",
                exception.IsTransient, exception.InnerException)
            {
                Error = exception.Error,
                RetryAt = exception.RetryAt,
            };
        }
    }

    private static (Uri Endpoint, string? Header) Find() =>
        Uri.TryCreate(Environment.GetEnvironmentVariable(EndpointVariable), UriKind.Absolute, out var endpoint)
            && Environment.GetEnvironmentVariable(HeaderVariable) is { Length: > 0 } header
            ? (endpoint, header)
            : (MachineEndpoint, null);
}
