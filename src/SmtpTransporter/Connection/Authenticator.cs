using System.Net;
using System.Text;
using MailKit.Net.Smtp;
using MailKit.Security;

namespace SmtpTransport;

/// <summary>Logs in: chooses one mechanism from what the server offers, and tries it once.</summary>
internal sealed class Authenticator(ServerOptions options, SecretRedactor secrets, TimeProvider time)
{
    private static readonly string[] ByPassword =
    [
        "SCRAM-SHA-512-PLUS", "SCRAM-SHA-512", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN",
    ];

    private static readonly string[] ByToken = ["XOAUTH2", "OAUTHBEARER"];

    public async ValueTask<string> AuthenticateAsync(bool async, ISmtpClient client, Deadline deadline)
    {
        // Null where a stand-in client does not know what is offered.
        var offered = client.AuthenticationMechanisms;
        // Where EHLO was refused after TLS and HELO was not, MailKit still has what was offered in the clear: an attacker may have written it.
        if (client is MailKitClient { Recorder.Extensions.Count: 0 })
            offered = [];
        var name = Choose(offered);
        if (options.HasToken)
            await WithTokenAsync(async, client, name, deadline).ConfigureAwait(false);
        else
            await LogInAsync(async, client, Mechanism(name, new NetworkCredential(options.User, options.Password)), deadline).ConfigureAwait(false);
        return name;
    }

    private async ValueTask WithTokenAsync(bool async, ISmtpClient client, string name, Deadline deadline)
    {
        var token = await TokenAsync(async, renew: false, deadline).ConfigureAwait(false);
        // A token that has expired would only cost a refused login.
        if (token.ExpiresAt <= time.GetUtcNow() && options.AccessTokenProvider is not null)
            token = await TokenAsync(async, renew: true, deadline).ConfigureAwait(false);
        try
        {
            await LogInAsync(async, client, Mechanism(name, new NetworkCredential(options.User, token.Value)), deadline).ConfigureAwait(false);
        }
        catch (AuthenticationException) when (options.AccessTokenProvider is not null && !deadline.IsOver)
        {
            var fresh = await TokenAsync(async, renew: true, deadline).ConfigureAwait(false);
            await LogInAsync(async, client, Mechanism(name, new NetworkCredential(options.User, fresh.Value)), deadline).ConfigureAwait(false);
        }
    }

    private async ValueTask<AccessToken> TokenAsync(bool async, bool renew, Deadline deadline)
    {
        if (options.AccessTokenProvider is not { } provider)
            return new AccessToken(options.AccessTokenOAuth2!, DateTimeOffset.MaxValue);
        try
        {
            var asked = Task.Run(() => provider.GetTokenAsync(renew, deadline.Token).AsTask(), deadline.Token).WaitAsync(deadline.Token);
            // The one place where a synchronous send waits for asynchronous code: it is the caller's own.
            var token = async ? await asked.ConfigureAwait(false) : asked.GetAwaiter().GetResult();
            secrets.Add(token?.Value);
            return string.IsNullOrEmpty(token?.Value) ? throw new InvalidOperationException("it gave none") : token;
        }
        catch (Exception exception) when (deadline is { TimedOut: true, CanceledByCaller: false, CancelledByDisposal: false })
        {
            throw new SendFailureException(SmtpErrorCodes.TokenUnavailable, "auth", "The access token provider gave no token in time.", exception);
        }
        catch (Exception exception) when (!deadline.IsOver)
        {
            throw new SendFailureException(SmtpErrorCodes.TokenUnavailable, "auth", $"The access token provider failed: {exception.Message}.", exception);
        }
    }

    private static async ValueTask LogInAsync(bool async, ISmtpClient client, SaslMechanism mechanism, Deadline deadline)
    {
        var recorder = (client as MailKitClient)?.Recorder;
        recorder?.EnterStep(DialogueStep.Authenticate);
        recorder?.BeginLogin();
        try
        {
            if (async)
                await client.AuthenticateAsync(mechanism, deadline.Token).ConfigureAwait(false);
            else
                client.Authenticate(mechanism, deadline.Token);
        }
        catch (AuthenticationException refused) when (recorder is not null && !deadline.IsOver)
        {
            // The one refusal from which MailKit leaves out the code.
            var message = recorder.LastServerLine == $"534 {refused.Message}" ? $"534: {refused.Message}" : refused.Message;
            throw new AuthenticationException(message, OAuthReason(mechanism, recorder) is { } reason ? new AuthenticationException(reason, refused) : refused);
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or NotSupportedException && !deadline.IsOver)
        {
            throw new SendFailureException(
                SmtpErrorCodes.ProtocolError, "auth",
                $"The login with {mechanism.MechanismName} cannot go on: a challenge of the server, the user or the password is not what it takes.", exception);
        }
        finally
        {
            recorder?.EndLogin();
        }
        // MailKit takes the server's word; SCRAM is there so that the server proves that it knows the password too (RFC 5802, section 5).
        if (mechanism is SaslMechanismScramBase { IsAuthenticated: false } && client is MailKitClient)
            throw new SendFailureException(SmtpErrorCodes.ProtocolError, "auth", "The server accepted the login and did not prove with its signature that it knows the password (SCRAM, RFC 5802).");
        recorder?.EnterStep(DialogueStep.Ready);
    }

    /// <summary>OAuth tells why, as JSON in a challenge before it refuses (RFC 7628, section 3.2.2).</summary>
    private static string? OAuthReason(SaslMechanism mechanism, SessionRecorder recorder)
    {
        if (mechanism is not (SaslMechanismOAuth2 or SaslMechanismOAuthBearer) || recorder.LastChallenge is not { Length: > 0 } challenge)
            return null;
        var bytes = new byte[challenge.Length];
        return Convert.TryFromBase64String(challenge, bytes, out var length) && length > 0 ? new Reply(334, Encoding.UTF8.GetString(bytes, 0, length)).Text : null;
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
                $"The server does not offer {string.Join(" or ", wanted.Where(n => !n.EndsWith("-PLUS", StringComparison.Ordinal)))}; it offers "
                + $"{(offered.Count == 0 ? "no login at all" : string.Join(", ", offered.Order(StringComparer.Ordinal)))}.");
    }

    private static SaslMechanism Mechanism(string name, NetworkCredential credentials) =>
        SaslMechanism.Create(name, Encoding.UTF8, credentials)
        ?? throw new SendFailureException(SmtpErrorCodes.MechanismNotAvailable, "auth", $"The mechanism {name} is not known.");
}
