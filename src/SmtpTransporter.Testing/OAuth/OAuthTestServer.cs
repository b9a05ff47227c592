using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;

namespace SmtpTransport.Testing;

/// <summary>
/// An authorization server in the test's own process, which issues the tokens that an <see cref="SmtpTestServer"/> accepts.
/// </summary>
/// <remarks>
/// <para>It listens on 127.0.0.1 and a free port, over http. It knows one client and one user.</para>
/// <para>It implements RFC 6749 (client credentials, authorization code, refresh token), RFC 7636 (PKCE, S256), RFC 8628 (device code),
/// RFC 7523 (assertions of the client, and those of a service account), RFC 8414 (metadata), and the endpoints of Azure for managed
/// identities.</para>
/// <para>Safe for concurrent callers.</para>
/// </remarks>
/// <example><code>
/// await using var identity = OAuthTestServer.Start(new() { ClientSecret = "secret" });
/// await using var server = SmtpTestServer.Start(new() { AccessTokenValidator = identity.IsValid });
/// var options = server.ToServerOptions() with
/// {
///     User = "user@example.com",
///     AccessTokenProvider = new ClientCredentialsTokenProvider(identity.TokenEndpoint, "client", "secret"),
/// };
/// </code></example>
public sealed class OAuthTestServer : IDisposable, IAsyncDisposable
{
    private readonly WebListener _listener;
    private readonly AccessTokens _tokens;
    private readonly TokenGrants _grants;
    private readonly OAuthTestServerOptions _options;
    private readonly ConcurrentQueue<OAuthTestReply> _script = new();
    private readonly ConcurrentQueue<OAuthTestRequest> _requests = new();
    private readonly Signal _received = new();
    private volatile bool _stopped;

    private OAuthTestServer(OAuthTestServerOptions options)
    {
        _options = options;
        _tokens = new AccessTokens(options);
        _grants = new TokenGrants(options, _tokens);
        _listener = new WebListener(AnswerAsync);
        Url = new Uri($"http://127.0.0.1:{_listener.Port}/");
        TokenEndpoint = new Uri(Url, "token");
        ManagedIdentityEndpoint = new Uri(Url, "msi/token");
        AuthorizationServer = new AuthorizationServer
        {
            TokenEndpoint = TokenEndpoint,
            AuthorizationEndpoint = new Uri(Url, "authorize"),
            DeviceAuthorizationEndpoint = new Uri(Url, "devicecode"),
            Scope = "mail offline_access",
        };
    }

    /// <summary>The address of the server.</summary>
    public Uri Url { get; }

    /// <summary>The token endpoint.</summary>
    public Uri TokenEndpoint { get; }

    /// <summary>The endpoint for managed identities, as App Service names it in <c>IDENTITY_ENDPOINT</c>.</summary>
    public Uri ManagedIdentityEndpoint { get; }

    /// <summary>All endpoints for people, with a scope.</summary>
    public AuthorizationServer AuthorizationServer { get; }

    /// <summary>The key of the tokens, which are JSON Web Tokens with HS256. A copy at each call.</summary>
    public IReadOnlyList<byte> SigningKey => [.. _tokens.Key];

    /// <summary>Whether users refuse to consent from now on. Default: false.</summary>
    public bool DenyConsent
    {
        get => _grants.DenyConsent;
        set => _grants.DenyConsent = value;
    }

    /// <summary>The requests so far, in the order of arrival.</summary>
    public IReadOnlyList<OAuthTestRequest> Requests => [.. _requests];

    /// <summary>The number of access tokens that were issued.</summary>
    public int IssuedTokens => _tokens.Count;

    /// <summary>Starts a server, which listens when this method returns.</summary>
    /// <param name="options">The options; null (default) for a public client and a user.</param>
    /// <returns>The server; dispose it at the end of the test.</returns>
    public static OAuthTestServer Start(OAuthTestServerOptions? options = null) => new(options ?? new OAuthTestServerOptions());

    /// <summary>Whether a token was issued here, and has neither expired nor been revoked.</summary>
    /// <param name="accessToken">The token.</param>
    /// <returns>True if a server should accept it.</returns>
    public bool IsValid(string accessToken) => _tokens.IsValid(accessToken);

    /// <summary>Ends all access tokens that were issued so far, as if they had expired early.</summary>
    public void RevokeAccessTokens() => _tokens.Revoke();

    /// <summary>Creates a refresh token, as if the user had consented.</summary>
    /// <returns>The token.</returns>
    public string CreateRefreshToken() => _grants.CreateRefreshToken();

    /// <summary>Creates the JSON of a key for a service account that may act for the user, with this server's token endpoint.</summary>
    /// <returns>The JSON, with a new private key at each call.</returns>
    public string CreateServiceAccountKey() => _grants.CreateServiceAccountKey(TokenEndpoint);

    /// <summary>Consents, as the user, to what a device code asks for; or refuses if <see cref="DenyConsent"/> is true.</summary>
    /// <param name="userCode">The code that the client shows.</param>
    /// <exception cref="ArgumentException">There is no such code.</exception>
    public void EnterDeviceCode(string userCode) => _grants.EnterDeviceCode(userCode);

    /// <summary>Adds a reply to those for the next requests for tokens, which are used in turn.</summary>
    /// <param name="reply">The reply.</param>
    public void Enqueue(OAuthTestReply reply)
    {
        ArgumentNullException.ThrowIfNull(reply);
        _script.Enqueue(reply);
    }

    /// <summary>
    /// Creates a client that sends the requests for any host to this server, such as those to Microsoft's token endpoint.
    /// </summary>
    /// <remarks>It follows redirections to this machine, as a browser does.</remarks>
    /// <returns>A new client at each call; dispose it.</returns>
    public HttpClient CreateHttpClient() => new(new RedirectingHandler(Url));

    /// <summary>Waits until a request was received.</summary>
    /// <remarks>There is no time limit other than the token's.</remarks>
    /// <param name="index">The index of the request in <see cref="Requests"/>. Default: 0.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>A task that completes when the request was received.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is negative.</exception>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    /// <exception cref="ObjectDisposedException">The server was disposed before the request was received.</exception>
    public async Task WaitForRequestAsync(int index = 0, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        for (var received = _received.GetNextPulse(); _requests.Count <= index; received = _received.GetNextPulse())
        {
            ObjectDisposedException.ThrowIf(_stopped, this);
            await received.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Stops listening and closes all connections. A second call does nothing.</summary>
    public void Dispose()
    {
        _listener.Dispose();
        _stopped = true;
        _received.Pulse();
    }

    /// <inheritdoc cref="Dispose"/>
    /// <returns>A task that has ended.</returns>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<WebReply> AnswerAsync(WebRequest request, CancellationToken stop)
    {
        var parameters = request.Parameters;
        _requests.Enqueue(new OAuthTestRequest(request.Path, parameters));
        _received.Pulse();
        var asksForToken = request.Path.EndsWith("/token", StringComparison.Ordinal);
        var scripted = asksForToken && _script.TryDequeue(out var next) ? next : null;
        if (scripted?.Gate is { } gate)
            await gate.WaitAsync(stop).ConfigureAwait(false);
        var reply = scripted is { Body: { } body } ? new WebReply(scripted.Status, body)
            : scripted is { Error: { } error } ? WebReply.Refuse(scripted.Status, error, scripted.ErrorDescription)
            : scripted is { Status: not 200 } ? new WebReply(scripted.Status, "")
            : Route(request);
        return reply with { RetryAfter = scripted?.RetryAfter, Date = scripted?.Date ?? _options.Time.GetUtcNow() };
    }

    private WebReply Route(WebRequest request) => (request.Method, request.Path[(request.Path.LastIndexOf('/') + 1)..]) switch
    {
        ("GET", "token") => _grants.ForManagedIdentity(request),
        ("POST", "token") => _grants.ForTokenRequest(request, Audience(request)),
        ("POST", "devicecode") => _grants.StartDeviceCode(request, new Uri(Url, "device")),
        ("GET", "authorize" or "auth") => _grants.Authorize(request),
        ("GET", "oauth-authorization-server") => WebReply.Json(new JsonObject
        {
            ["issuer"] = Url.AbsoluteUri,
            ["token_endpoint"] = TokenEndpoint.AbsoluteUri,
            ["authorization_endpoint"] = AuthorizationServer.AuthorizationEndpoint!.AbsoluteUri,
            ["device_authorization_endpoint"] = AuthorizationServer.DeviceAuthorizationEndpoint!.AbsoluteUri,
        }),
        _ => new WebReply((int)HttpStatusCode.NotFound, "<html>There is nothing here.</html>"),
    };

    // What the client believes to have asked.
    private string Audience(WebRequest request) =>
        request.Headers.GetValueOrDefault(RedirectingHandler.Header) ?? TokenEndpoint.AbsoluteUri;
}
