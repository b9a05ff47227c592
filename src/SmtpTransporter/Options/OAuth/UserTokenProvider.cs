namespace SmtpTransport;

/// <summary>Gets tokens for a user, who signs in once in a browser or with a device code; the refresh token is stored.</summary>
/// <remarks>
/// Call <see cref="SignInWithBrowserAsync"/> or <see cref="SignInWithDeviceCodeAsync"/> when the user is there. A send never waits for a
/// user: without a stored token it ends with the error <see cref="SmtpErrorCodes.TokenRefused"/>. Processes can share a store if the
/// server does not replace refresh tokens; if it does, give each process a sign-in and a store of its own, because two that renew at the
/// same time would use the same token twice.
/// </remarks>
public sealed class UserTokenProvider : OAuthTokenProvider
{
    // ERROR_SHARING_VIOLATION of Windows.
    private const int SharingViolation = unchecked((int)0x80070020);

    private readonly (AuthorizationServer Server, string ClientId, ClientCredential? Credential, ITokenStore Store) _request;

    // A token that the store has not taken, and the one that it replaces there.
    private (string? Stored, string Token)? _unsaved;

    /// <summary>Creates a provider. It sends nothing until a token is needed.</summary>
    /// <param name="server">The addresses of the authorization server.</param>
    /// <param name="clientId">The application's id.</param>
    /// <param name="store">Where the refresh token is kept.</param>
    /// <param name="credential">The application's credential; null for a public client, such as a console program.</param>
    /// <param name="http">
    /// The client for the requests, which is not disposed here; null for one that all providers share. It should not follow redirections:
    /// they would carry a secret to another server. A request takes 30 s at most.
    /// </param>
    /// <param name="time">The clock; null for that of the system.</param>
    /// <exception cref="ArgumentNullException">The server, the id or the store is null.</exception>
    /// <exception cref="ArgumentException">An address is not https, or the id is empty.</exception>
    public UserTokenProvider(
        AuthorizationServer server, string clientId, ITokenStore store, ClientCredential? credential = null, HttpClient? http = null,
        TimeProvider? time = null)
        : base(http, time)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentException.ThrowIfNullOrWhiteSpace(clientId);
        ArgumentNullException.ThrowIfNull(store);
        server.Validate();
        _request = (server, clientId, credential, store);
    }

    /// <summary>Receives the exception if a new refresh token cannot be stored. Default null.</summary>
    /// <remarks>
    /// The provider keeps the token in memory and tries to store it again at the next renewal, but the old one may be invalid when the
    /// application starts again. The callback runs on the thread that fetched the token; an exception of it fails that request.
    /// </remarks>
    public Action<Exception>? StoreFailed { get; init; }

    private protected override object Identity => (_request, StoreFailed);

    private protected override Uri Endpoint => _request.Server.TokenEndpoint;

    /// <summary>Creates a provider for Microsoft 365. <see cref="ServerOptions.User"/> is the user's address.</summary>
    /// <param name="clientId">The application's id: a public client with the delegated permission <c>SMTP.Send</c>.</param>
    /// <param name="store">Where the refresh token is kept.</param>
    /// <param name="tenant">The directory's id or domain. Default: that of the user.</param>
    /// <param name="http">
    /// The client for the requests, which is not disposed here and should not follow redirections; null for a shared one.
    /// </param>
    /// <returns>The provider.</returns>
    /// <remarks>To sign in with a browser, the application needs the redirect URI <c>http://localhost</c>.</remarks>
    /// <exception cref="ArgumentNullException">The id, the store or the tenant is null.</exception>
    /// <exception cref="ArgumentException">The id or the tenant is empty.</exception>
    public static UserTokenProvider ForMicrosoft365(
        string clientId, ITokenStore store, string tenant = "organizations", HttpClient? http = null) =>
        new(MicrosoftEndpoints.ForUsers(tenant), clientId, store, null, http);

    /// <summary>Creates a provider for Gmail. <see cref="ServerOptions.User"/> is the user's address.</summary>
    /// <param name="clientId">The application's id, of the type "Desktop app".</param>
    /// <param name="clientSecret">The application's secret, which Google gives to such applications too.</param>
    /// <param name="store">Where the refresh token is kept.</param>
    /// <param name="http">
    /// The client for the requests, which is not disposed here and should not follow redirections; null for a shared one.
    /// </param>
    /// <returns>The provider.</returns>
    /// <remarks>Only a browser can be used: Google's device codes do not allow the scope of mail.</remarks>
    /// <exception cref="ArgumentNullException">The id, the secret or the store is null.</exception>
    /// <exception cref="ArgumentException">The id or the secret is empty.</exception>
    public static UserTokenProvider ForGmail(string clientId, string clientSecret, ITokenStore store, HttpClient? http = null) =>
        new(GoogleEndpoints.ForUsers, clientId, store, ClientCredential.FromSecret(clientSecret), http);

    /// <summary>Lets the user sign in on any device, with a code (RFC 8628), and stores the refresh token.</summary>
    /// <param name="prompt">Shows the user the page and the code. It is called once, and should not wait for the user.</param>
    /// <param name="cancellationToken">Ends the wait for the user.</param>
    /// <returns>A task that ends when the user has consented.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="prompt"/> is null.</exception>
    /// <exception cref="AccessTokenException">The user refused, the code expired, or the server refused the request.</exception>
    /// <exception cref="OperationCanceledException">The wait was canceled.</exception>
    public async Task SignInWithDeviceCodeAsync(Action<DeviceCodePrompt> prompt, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        var flow = new DeviceCodeFlow(Client, Time, _request.Server, FormAsync);
        var response = await flow.RunAsync(prompt, cancellationToken).ConfigureAwait(false);
        await StoreAsync(response).ConfigureAwait(false);
    }

    /// <summary>
    /// Lets the user sign in with a browser on this machine (authorization code with PKCE: RFC 6749, section 4.1, RFC 7636, RFC 8252), and
    /// stores the refresh token.
    /// </summary>
    /// <param name="openBrowser">Opens the page for the user. It is called once, and should not wait for the user.</param>
    /// <param name="cancellationToken">Ends the wait for the user.</param>
    /// <returns>A task that ends when the user has consented.</returns>
    /// <remarks>The browser returns to <c>http://localhost</c> with a free port, where only this machine can reach it.</remarks>
    /// <exception cref="ArgumentNullException"><paramref name="openBrowser"/> is null.</exception>
    /// <exception cref="AccessTokenException">The user refused, or the server refused the request.</exception>
    /// <exception cref="OperationCanceledException">The wait was canceled.</exception>
    public async Task SignInWithBrowserAsync(Action<Uri> openBrowser, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(openBrowser);
        var flow = new BrowserFlow(Client, _request.Server, _request.ClientId, FormAsync);
        var response = await flow.RunAsync(openBrowser, cancellationToken).ConfigureAwait(false);
        await StoreAsync(response).ConfigureAwait(false);
    }

    private protected override async Task<TokenResponse> RequestAsync(CancellationToken cancellationToken)
    {
        var stored = await ReadAsync(cancellationToken).ConfigureAwait(false)
            ?? throw new AccessTokenException(
                "No user has signed in yet. Sign in once, so that a refresh token is stored.", isTransient: false);
        try
        {
            return await RefreshAsync(stored, cancellationToken).ConfigureAwait(false);
        }
        catch (AccessTokenException exception) when (exception.Error == "invalid_grant")
        {
            // Another process may have used the token and stored the next one.
            var current = await ReadAsync(cancellationToken).ConfigureAwait(false);
            if (current is null || current == stored)
                throw;
            return await RefreshAsync(current, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<TokenResponse> RefreshAsync(string refreshToken, CancellationToken cancellationToken)
    {
        var form = await FormAsync("refresh_token", cancellationToken).ConfigureAwait(false);
        form.Add(new("refresh_token", refreshToken));
        if (_request.Server.Scope is { } scope)
            form.Add(new("scope", scope));
        var response = await Client.GetTokenAsync(Endpoint, form, cancellationToken).ConfigureAwait(false);
        if (response.RefreshToken is { Length: > 0 } next && next != refreshToken)
        {
            _unsaved = (_unsaved is { } earlier ? earlier.Stored : refreshToken, next);
            await SaveAsync().ConfigureAwait(false);
        }
        return response;
    }

    private async Task StoreAsync(TokenResponse response)
    {
        if (response.RefreshToken is not { Length: > 0 } refreshToken)
        {
            throw new AccessTokenException(
                $"{Endpoint.GetLeftPart(UriPartial.Path)} issued no refresh token. Add \"offline_access\" to the scope, or what the server "
                + "demands instead.",
                isTransient: false);
        }
        await KeepAsync(async _ =>
        {
            await WriteAsync(refreshToken).ConfigureAwait(false);
            _unsaved = null;
            return response;
        }).ConfigureAwait(false);
    }

    /// <summary>The parameters that every request to the token endpoint has.</summary>
    private async Task<List<KeyValuePair<string, string>>> FormAsync(string grantType, CancellationToken cancellationToken)
    {
        var (server, clientId, credential, _) = _request;
        var form = new List<KeyValuePair<string, string>> { new("grant_type", grantType), new("client_id", clientId) };
        if (credential is not null)
        {
            form.AddRange(await credential.CreateParametersAsync(clientId, server.TokenEndpoint, Time.GetUtcNow(), cancellationToken)
                .ConfigureAwait(false));
        }
        return form;
    }

    /// <summary>The token that is stored, or the one that should be.</summary>
    private async ValueTask<string?> ReadAsync(CancellationToken cancellationToken)
    {
        string? stored;
        try
        {
            stored = await _request.Store.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AccessTokenException(
                $"The stored refresh token cannot be read: {exception.Message.TrimEnd('.')}. Check the path and its permissions.",
                isTransient: exception.HResult == SharingViolation, exception);
        }
        if (_unsaved is not { } unsaved)
            return stored;
        // Otherwise another process has stored a newer one in the meantime.
        if (stored == unsaved.Stored)
        {
            await SaveAsync().ConfigureAwait(false);
            return unsaved.Token;
        }
        _unsaved = null;
        return stored;
    }

    /// <summary>Stores the new token. If that fails, the token is kept for the next attempt: the server may accept no other one.</summary>
    private async ValueTask SaveAsync()
    {
        try
        {
            await WriteAsync(_unsaved!.Value.Token).ConfigureAwait(false);
            _unsaved = null;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            StoreFailed?.Invoke(exception);
        }
    }

    // Without a token of cancellation: the old refresh token may be invalid already.
    private async ValueTask WriteAsync(string refreshToken)
    {
        try
        {
            await _request.Store.WriteAsync(refreshToken, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AccessTokenException(
                $"The new refresh token cannot be stored: {exception.Message.TrimEnd('.')}. Check the path and its permissions, and sign "
                + "in again.",
                isTransient: false, exception);
        }
    }
}
