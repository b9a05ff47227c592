using Microsoft.Identity.Client;
using SmtpTransport;

namespace OAuthSample;

/// <summary>Gets tokens with MSAL, which keeps and renews them.</summary>
internal sealed class MsalTokens(IConfidentialClientApplication app) : IAccessTokenProvider
{
    private static readonly string[] Scopes = ["https://outlook.office365.com/.default"];

    public async ValueTask<AccessToken> GetTokenAsync(bool renew, CancellationToken cancellationToken)
    {
        var result = await app.AcquireTokenForClient(Scopes).WithForceRefresh(renew).ExecuteAsync(cancellationToken);
        return new AccessToken(result.AccessToken, result.ExpiresOn);
    }
}
