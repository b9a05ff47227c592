using System.Security.Cryptography;
using System.Text;

namespace SmtpTransport;

/// <summary>A sign-in with a browser on this machine: authorization code with PKCE (RFC 6749, section 4.1; RFC 7636; RFC 8252).</summary>
internal sealed class BrowserFlow(
    OAuthClient client, AuthorizationServer server, string clientId,
    Func<string, CancellationToken, Task<List<KeyValuePair<string, string>>>> createForm)
{
    /// <exception cref="AccessTokenException">The user refused, or the server refused the request.</exception>
    public async Task<TokenResponse> RunAsync(Action<Uri> openBrowser, CancellationToken cancellationToken)
    {
        var page = server.AuthorizationEndpoint
            ?? throw new AccessTokenException("The authorization server has no page for browsers. Use a device code.", isTransient: false);
        var (state, verifier) = (Random(), Random());
        using var redirect = new RedirectListener(state);
        openBrowser(PageUrl(page, redirect.Url, state, verifier));
        var code = await redirect.WaitForCodeAsync(cancellationToken).ConfigureAwait(false);
        var form = await createForm("authorization_code", cancellationToken).ConfigureAwait(false);
        form.AddRange([new("code", code), new("redirect_uri", redirect.Url.AbsoluteUri), new("code_verifier", verifier)]);
        return await client.GetTokenAsync(server.TokenEndpoint, form, cancellationToken).ConfigureAwait(false);
    }

    private Uri PageUrl(Uri page, Uri redirect, string state, string verifier)
    {
        var challenge = JsonWebToken.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));
        var parameters = new List<(string Name, string Value)>
        {
            ("response_type", "code"), ("client_id", clientId), ("redirect_uri", redirect.AbsoluteUri), ("state", state),
            ("code_challenge", challenge), ("code_challenge_method", "S256"),
        };
        if (server.Scope is { } scope)
            parameters.Add(("scope", scope));
        var query = string.Join('&', parameters.Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value)}"));
        return new UriBuilder(page) { Query = page.Query.Length > 1 ? $"{page.Query[1..]}&{query}" : query }.Uri;
    }

    private static string Random() => JsonWebToken.Encode(RandomNumberGenerator.GetBytes(32));
}
