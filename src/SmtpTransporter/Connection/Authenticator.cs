using System.Net;
using System.Text;
using MailKit.Net.Smtp;
using MailKit.Security;

namespace SmtpTransport;

/// <summary>Authenticates: chooses one mechanism from what the server offers, and tries it once.</summary>
internal sealed class Authenticator(ServerOptions options, SecretRedactor secrets, TimeProvider time)
{
    private static readonly string[] ByPassword =
    [
        "SCRAM-SHA-512-PLUS", "SCRAM-SHA-512", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-1", "CRAM-MD5",
        "PLAIN", "LOGIN",
    ];

    private static readonly string[] ByToken = ["XOAUTH2", "OAUTHBEARER"];

    /// <param name="async">Whether to wait without a thread.</param>
    /// <param name="client">The client, which is connected.</param>
    /// <param name="recorder">Sees the client's bytes; null for a client that the caller made.</param>
    /// <param name="deadline">What cuts it off.</param>
    /// <returns>The mechanism.</returns>
    public async ValueTask<string> AuthenticateAsync(bool async, ISmtpClient client, SessionRecorder? recorder, Deadline deadline)
    {
        // Null if a stand-in client does not know what is offered.
        var offered = client.AuthenticationMechanisms;
        // If EHLO was refused after TLS and HELO was not, MailKit still has what was offered in the clear: an attacker may have written it.
        if (recorder is { Ehlo.Extensions.Count: 0 })
            offered = [];
        var name = Choose(offered);
        if (options.HasToken)
            await WithTokenAsync(async, client, recorder, name, deadline).ConfigureAwait(false);
        else
            await LogInAsync(async, client, recorder, name, options.Password, deadline).ConfigureAwait(false);
        return name;
    }

    private async ValueTask WithTokenAsync(bool async, ISmtpClient client, SessionRecorder? recorder, string name, Deadline deadline)
    {
        var token = await TokenAsync(async, refused: null, deadline).ConfigureAwait(false);
        // A token that has expired would only cost a refused authentication.
        if (token.ExpiresAt <= time.GetUtcNow() && options.AccessTokenProvider is not null)
            token = await TokenAsync(async, token, deadline).ConfigureAwait(false);
        try
        {
            await LogInAsync(async, client, recorder, name, token.Value, deadline).ConfigureAwait(false);
        }
        catch (AuthenticationFailedException) when (options.AccessTokenProvider is not null && !deadline.IsOver)
        {
            var fresh = await TokenAsync(async, token, deadline).ConfigureAwait(false);
            await LogInAsync(async, client, recorder, name, fresh.Value, deadline).ConfigureAwait(false);
        }
    }

    private async ValueTask<AccessToken> TokenAsync(bool async, AccessToken? refused, Deadline deadline)
    {
        if (options.AccessTokenProvider is not { } provider)
            return new AccessToken(options.AccessTokenOAuth2!, DateTimeOffset.MaxValue);
        try
        {
            var asked = Task.Run(() => AskAsync(provider, refused, deadline.Token).AsTask(), deadline.Token).WaitAsync(deadline.Token);
            // The one place where a synchronous send waits for asynchronous code: it is the caller's own.
            var token = async ? await asked.ConfigureAwait(false) : asked.GetAwaiter().GetResult();
            secrets.Add(token?.Value);
            return string.IsNullOrEmpty(token?.Value) ? throw new InvalidOperationException("The provider returned no token") : token;
        }
        catch (Exception exception) when (deadline is { TimedOut: true, CanceledByCaller: false, CanceledByDisposal: false })
        {
            throw new SendFailureException(
                SmtpErrorCodes.TokenUnavailable, "auth",
                provider is OAuthTokenProvider known
                    ? $"The {known} returned no token within ConnectionTimeout. Check the network, the firewall and the proxy."
                    : "The access token provider returned no token in time.",
                exception);
        }
        catch (Exception exception) when (!deadline.IsOver)
        {
            throw new SendFailureException(
                exception is AccessTokenException { IsTransient: false } ? SmtpErrorCodes.TokenRefused : SmtpErrorCodes.TokenUnavailable,
                "auth", $"The access token provider failed: {exception.Message.TrimEnd('.')}.", exception);
        }
    }

    // Other connections may have been refused with the same token: this library's providers fetch the next one once for all.
    private static ValueTask<AccessToken> AskAsync(
        IAccessTokenProvider provider, AccessToken? refused, CancellationToken cancellationToken) =>
        refused is not null && provider is OAuthTokenProvider shared
            ? shared.RenewAsync(refused.Value, cancellationToken)
            : provider.GetTokenAsync(renew: refused is not null, cancellationToken);

    private async ValueTask LogInAsync(
        bool async, ISmtpClient client, SessionRecorder? recorder, string name, string? secret, Deadline deadline)
    {
        var mechanism = SaslMechanism.Create(name, Encoding.UTF8, new NetworkCredential(options.User, secret))
            ?? throw new SendFailureException(SmtpErrorCodes.MechanismNotAvailable, "auth", $"MailKit does not know the mechanism {name}.");
        recorder?.Tracker.EnterStep(DialogueStep.Authenticate);
        recorder?.BeginAuthentication();
        try
        {
            if (async)
                await client.AuthenticateAsync(mechanism, deadline.Token).ConfigureAwait(false);
            else
                client.Authenticate(mechanism, deadline.Token);
        }
        catch (AuthenticationException refused)
        {
            throw recorder is null
                ? new AuthenticationFailedException(refused.Message, MailKitReply.From(refused), refused.InnerException)
                : Refused(refused, mechanism, recorder);
        }
        // MailKit's mechanisms do not check the lengths and positions in a challenge.
        catch (Exception exception) when (!deadline.IsOver && exception is
            FormatException or ArgumentException or NotSupportedException or IndexOutOfRangeException or OverflowException)
        {
            throw new SendFailureException(
                SmtpErrorCodes.ProtocolError, "auth",
                $"The authentication with {mechanism.MechanismName} cannot go on: a challenge of the server, the user or the "
                + "password is not valid for it.",
                exception);
        }
        finally
        {
            recorder?.EndAuthentication();
        }
        // MailKit takes the server's word; SCRAM is there so that the server proves that it knows the password too (RFC 5802, section 5).
        if (mechanism is SaslMechanismScramBase { IsAuthenticated: false } && recorder is not null)
        {
            throw new SendFailureException(
                SmtpErrorCodes.ProtocolError, "auth",
                "The server accepted the authentication and did not prove with its signature that it knows the password (SCRAM, RFC "
                + "5802).");
        }
        recorder?.Tracker.EnterStep(DialogueStep.Ready);
    }

    private static AuthenticationFailedException Refused(AuthenticationException refused, SaslMechanism mechanism, SessionRecorder recorder)
    {
        // The one refusal from which MailKit leaves out the code.
        var lacksCode = recorder.Tracker.LastServerLine == $"534 {refused.Message}";
        var message = lacksCode ? $"534: {refused.Message}" : refused.Message;
        var reply = lacksCode ? new Reply(534, refused.Message) : MailKitReply.From(refused);
        var reason = OAuthReason(mechanism, recorder.Guard.LastChallenge);
        return new AuthenticationFailedException(
            message, reply, reason is null ? refused : new AuthenticationFailedException(reason, null, refused));
    }

    /// <summary>An OAuth server gives the reason as JSON in a challenge before it refuses (RFC 7628, section 3.2.2).</summary>
    private static string? OAuthReason(SaslMechanism mechanism, string? challenge)
    {
        if (mechanism is not (SaslMechanismOAuth2 or SaslMechanismOAuthBearer) || challenge is not { Length: > 0 })
            return null;
        var bytes = new byte[challenge.Length];
        return Convert.TryFromBase64String(challenge, bytes, out var length) && length > 0
            ? ServerText.Clean(Encoding.UTF8.GetString(bytes, 0, length))
            : null;
    }

    private string Choose(HashSet<string>? offered)
    {
        string[] wanted = options.AuthenticationMode switch
        {
            AuthenticationMode.Auto => options.HasToken ? ByToken : ByPassword,
            AuthenticationMode.OAuth2 => ByToken,
            AuthenticationMode.CramMd5 => ["CRAM-MD5"],
            AuthenticationMode.Login => ["LOGIN"],
            AuthenticationMode.Plain => ["PLAIN"],
            AuthenticationMode.ScramSha1 => ["SCRAM-SHA-1-PLUS", "SCRAM-SHA-1"],
            AuthenticationMode.ScramSha256 => ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"],
            AuthenticationMode.ScramSha512 => ["SCRAM-SHA-512-PLUS", "SCRAM-SHA-512"],
            AuthenticationMode.OAuthBearer => ["OAUTHBEARER"],
            _ => ["NTLM"],
        };
        if (offered is null)
            return options.AuthenticationMode == AuthenticationMode.Auto && !options.HasToken ? "PLAIN" : wanted[^1];
        return Array.Find(wanted, name => offered.Contains(name, StringComparer.OrdinalIgnoreCase))
            ?? throw new SendFailureException(
                SmtpErrorCodes.MechanismNotAvailable,
                "auth",
                $"The server does not offer {string.Join(" or ", wanted.Where(n => !n.EndsWith("-PLUS", StringComparison.Ordinal)))}; "
                + "it offers "
                + $"{(offered.Count == 0 ? "no authentication at all" : string.Join(", ", offered.Order(StringComparer.Ordinal)))}.");
    }
}
