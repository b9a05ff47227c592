using Google.Apis.Auth.OAuth2;
using SmtpTransport;

namespace OAuthSample;

/// <summary>Gets tokens with Google's library, for a service account that acts for a user.</summary>
internal sealed class GoogleTokens(ServiceAccountCredential account, string user) : IAccessTokenProvider
{
    private readonly ServiceAccountCredential _account = new(new ServiceAccountCredential.Initializer(account.Id)
    {
        User = user,
        Key = account.Key,
        Scopes = ["https://mail.google.com/"],
    });

    public async ValueTask<AccessToken> GetTokenAsync(bool renew, CancellationToken cancellationToken)
    {
        if (renew)
            await _account.RequestAccessTokenAsync(cancellationToken);
        return new AccessToken(await _account.GetAccessTokenForRequestAsync(cancellationToken: cancellationToken));
    }
}
