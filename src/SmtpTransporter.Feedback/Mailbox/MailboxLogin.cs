using System.Net;
using System.Text;
using MailKit.Net.Imap;
using MailKit.Security;

namespace SmtpTransport.Feedback;

/// <summary>Logs in: chooses one mechanism from what the server offers, as for sending, and tries it once.</summary>
internal sealed class MailboxLogin(ServerOptions server, SecretRedactor secrets, TimeProvider time)
{
    public async Task LogInAsync(ImapClient client, CancellationToken cancellationToken)
    {
        // The server may know who is there, such as by a client certificate (PREAUTH, RFC 9051, section 7.1.4).
        if (client.IsAuthenticated)
            return;
        TlsPolicy.ThrowIfClear(server, client.IsSecure);
        if (UsesLoginCommand(client))
        {
            client.AuthenticationMechanisms.Clear();
            var credentials = new NetworkCredential(server.User, server.Password);
            await client.AuthenticateAsync(Encoding.UTF8, credentials, cancellationToken).ConfigureAwait(false);
            return;
        }
        var own = CallerMechanism.Create(server);
        var name = MechanismChoice.Choose(server, client.AuthenticationMechanisms, own?.MechanismName);
        if (own is not null && name == own.MechanismName)
            await AuthenticateAsync(client, own, cancellationToken).ConfigureAwait(false);
        else if (server.HasToken)
            await WithTokenAsync(client, name, cancellationToken).ConfigureAwait(false);
        else
            await AuthenticateAsync(client, Create(name, server.Password), cancellationToken).ConfigureAwait(false);
    }

    // A server without a common mechanism of SASL may have the command LOGIN (RFC 9051, section 6.2.3), which has no name in AUTH=.
    private bool UsesLoginCommand(ImapClient client) =>
        server is { Password: not null, SaslMechanismFactory: null, AuthenticationMechanisms.Count: 0 }
        && !client.Capabilities.HasFlag(ImapCapabilities.LoginDisabled)
        && server.AuthenticationMode switch
        {
            AuthenticationMode.Auto => !SaslMechanismNames.AutoByPassword.Any(client.AuthenticationMechanisms.Contains),
            AuthenticationMode.Login => !client.AuthenticationMechanisms.Contains("LOGIN"),
            _ => false,
        };

    private SaslMechanism Create(string name, string? secret) =>
        SaslMechanism.Create(name, Encoding.UTF8, new NetworkCredential(server.User, secret))
            ?? throw new SendFailureException(
                SmtpErrorCodes.MechanismNotAvailable, "auth", $"MailKit does not know the mechanism {name:own}.");

    private async Task WithTokenAsync(ImapClient client, string name, CancellationToken cancellationToken)
    {
        var token = await GetTokenAsync(refused: null, cancellationToken).ConfigureAwait(false);
        // A token that has expired would only cost a refused login.
        if (token.ExpiresAt <= time.GetUtcNow() && server.AccessTokenProvider is not null)
            token = await GetTokenAsync(token, cancellationToken).ConfigureAwait(false);
        try
        {
            await AuthenticateAsync(client, Create(name, token.Value), cancellationToken).ConfigureAwait(false);
        }
        catch (AuthenticationException) when (server.AccessTokenProvider is not null && client.IsConnected)
        {
            var fresh = await GetTokenAsync(token, cancellationToken).ConfigureAwait(false);
            await AuthenticateAsync(client, Create(name, fresh.Value), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<AccessToken> GetTokenAsync(AccessToken? refused, CancellationToken cancellationToken)
    {
        if (server.AccessTokenProvider is not { } provider)
            return new AccessToken(server.AccessTokenOAuth2!, DateTimeOffset.MaxValue);
        try
        {
            // A provider of the caller may block.
            var token = await Task.Run(() => AskAsync(provider, refused, cancellationToken).AsTask(), cancellationToken)
                .WaitAsync(cancellationToken).ConfigureAwait(false);
            secrets.AddToken(token?.Value);
            return string.IsNullOrEmpty(token?.Value) ? throw new InvalidOperationException("The provider returned no token") : token;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SendFailureException(
                exception is AccessTokenException { IsTransient: false } ? SmtpErrorCodes.TokenRefused : SmtpErrorCodes.TokenUnavailable,
                "auth", $"The access token provider failed: {exception.Message.TrimEnd('.')}.", exception);
        }
    }

    // Others may have been refused with the same token: this library's providers fetch the next one once for all.
    private static ValueTask<AccessToken> AskAsync(
        IAccessTokenProvider provider, AccessToken? refused, CancellationToken cancellationToken) =>
        refused is not null && provider is OAuthTokenProvider shared
            ? shared.RenewAsync(refused.Value, cancellationToken)
            : provider.GetTokenAsync(renew: refused is not null, cancellationToken);

    private static async Task AuthenticateAsync(ImapClient client, SaslMechanism mechanism, CancellationToken cancellationToken)
    {
        await client.AuthenticateAsync(mechanism, cancellationToken).ConfigureAwait(false);
        // MailKit takes the server's word; this one is there so that the server proves that it knows the password, too (RFC 5802).
        if (mechanism is SaslMechanismScramBase { IsAuthenticated: false })
        {
            throw new SendFailureException(
                SmtpErrorCodes.ProtocolError, "auth",
                $"The server accepted the login and did not prove that it knows the password ({mechanism.MechanismName:own}).");
        }
    }
}
