using System.Net;
using System.Text;
using MailKit.Net.Smtp;
using MailKit.Security;

namespace SmtpTransport;

/// <summary>Authenticates: chooses one mechanism from what the server offers, and tries it once.</summary>
internal sealed class Authenticator(ServerOptions options, SecretRedactor secrets, TimeProvider time)
{
    private int _tokensAwaited;

    /// <summary>Whether the provider was asked for a token and has not answered. Safe for concurrent callers.</summary>
    public bool AwaitsToken => Volatile.Read(ref _tokensAwaited) > 0;

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
        var own = CallerMechanism.Create(options);
        var name = MechanismChoice.Choose(options, offered, own?.MechanismName);
        if (name == own?.MechanismName)
            await LogInAsync(async, client, recorder, own, deadline).ConfigureAwait(false);
        else if (options.HasToken)
            await WithTokenAsync(async, client, recorder, name, deadline).ConfigureAwait(false);
        else
            await LogInAsync(async, client, recorder, CreateByPassword(name, deadline), deadline).ConfigureAwait(false);
        return name;
    }

    /// <summary>What someone is told whose time is over while a token is awaited.</summary>
    /// <param name="within">The time in words, such as "in time".</param>
    /// <param name="cause">What ended the wait.</param>
    public SendFailureException TokenIsLate(string within, Exception cause) => new(
        SmtpErrorCodes.TokenUnavailable, "auth",
        options.AccessTokenProvider is OAuthTokenProvider known
            ? ErrorText.Say($"The {known} returned no token {within:own}. Check the network, the firewall and the proxy.")
            : ErrorText.Say($"The access token provider returned no token {within:own}."),
        cause);

    private SaslMechanism CreateByPassword(string name, Deadline deadline) =>
        name == SaslMechanismNames.Gssapi ? new GssapiMechanism(options, deadline) : Create(name, options.Password);

    private SaslMechanism Create(string name, string? secret) =>
        SaslMechanism.Create(name, Encoding.UTF8, new NetworkCredential(options.User, secret))
            ?? throw new SendFailureException(
                SmtpErrorCodes.MechanismNotAvailable, "auth", $"MailKit does not know the mechanism {name:own}.");

    private async ValueTask WithTokenAsync(bool async, ISmtpClient client, SessionRecorder? recorder, string name, Deadline deadline)
    {
        var token = await TokenAsync(async, refused: null, deadline).ConfigureAwait(false);
        // A token that has expired would only cost a refused authentication.
        if (token.ExpiresAt <= time.GetUtcNow() && options.AccessTokenProvider is not null)
            token = await TokenAsync(async, token, deadline).ConfigureAwait(false);
        try
        {
            await LogInAsync(async, client, recorder, Create(name, token.Value), deadline).ConfigureAwait(false);
        }
        catch (AuthenticationFailedException) when (options.AccessTokenProvider is not null && !deadline.IsOver)
        {
            var fresh = await TokenAsync(async, token, deadline).ConfigureAwait(false);
            await LogInAsync(async, client, recorder, Create(name, fresh.Value), deadline).ConfigureAwait(false);
        }
    }

    private async ValueTask<AccessToken> TokenAsync(bool async, AccessToken? refused, Deadline deadline)
    {
        if (options.AccessTokenProvider is not { } provider)
            return new AccessToken(options.AccessTokenOAuth2!, DateTimeOffset.MaxValue);
        Interlocked.Increment(ref _tokensAwaited);
        try
        {
            var asked = Task.Run(() => AskAsync(provider, refused, deadline.Token).AsTask(), deadline.Token).WaitAsync(deadline.Token);
            // The one place where a synchronous send waits for asynchronous code: it is the caller's own.
            var token = async ? await asked.ConfigureAwait(false) : asked.GetAwaiter().GetResult();
            secrets.AddToken(token?.Value);
            return string.IsNullOrEmpty(token?.Value) ? throw new InvalidOperationException("The provider returned no token") : token;
        }
        catch (Exception exception) when (deadline is { TimedOut: true, CanceledByCaller: false, CanceledByDisposal: false })
        {
            throw TokenIsLate("within ConnectionTimeout", exception);
        }
        catch (Exception exception) when (!deadline.IsOver)
        {
            throw new SendFailureException(
                exception is AccessTokenException { IsTransient: false } ? SmtpErrorCodes.TokenRefused : SmtpErrorCodes.TokenUnavailable,
                "auth", $"The access token provider failed: {exception.Message.TrimEnd('.')}.", exception);
        }
        finally
        {
            Interlocked.Decrement(ref _tokensAwaited);
        }
    }

    // Other connections may have been refused with the same token: this library's providers fetch the next one once for all.
    private static ValueTask<AccessToken> AskAsync(
        IAccessTokenProvider provider, AccessToken? refused, CancellationToken cancellationToken) =>
        refused is not null && provider is OAuthTokenProvider shared
            ? shared.RenewAsync(refused.Value, cancellationToken)
            : provider.GetTokenAsync(renew: refused is not null, cancellationToken);

    private static async ValueTask LogInAsync(
        bool async, ISmtpClient client, SessionRecorder? recorder, SaslMechanism mechanism, Deadline deadline)
    {
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
                {
                    WasByToken = IsByToken(mechanism),
                }
                : Refused(refused, mechanism, recorder);
        }
        // MailKit's mechanisms do not check the lengths and positions in a challenge.
        catch (Exception exception) when (!deadline.IsOver && exception is
            FormatException or ArgumentException or NotSupportedException or IndexOutOfRangeException or OverflowException)
        {
            throw new SendFailureException(
                SmtpErrorCodes.ProtocolError, "auth",
                $"The authentication with {mechanism.MechanismName:own} cannot go on: a challenge of the server, the user or the "
                + $"password is not valid for it.",
                exception);
        }
        finally
        {
            recorder?.EndAuthentication();
        }
        // MailKit takes the server's word; these are there so that the server proves that it knows the password too (RFC 5802, section 5,
        // RFC 2831, section 2.1.3, and RFC 4752, section 3.1).
        if (recorder is not null && mechanism is (SaslMechanismScramBase or SaslMechanismDigestMd5) and { IsAuthenticated: false }
            or GssapiMechanism { HasServerProof: false })
        {
            throw new SendFailureException(
                SmtpErrorCodes.ProtocolError, "auth",
                $"The server accepted the authentication and did not prove that it knows the password, or has the key of the service "
                + $"({mechanism.MechanismName:own}).");
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
            message, reply, reason is null ? refused : new AuthenticationFailedException(reason, null, refused))
        {
            WasByToken = IsByToken(mechanism),
        };
    }

    private static bool IsByToken(SaslMechanism mechanism) => mechanism is SaslMechanismOAuth2 or SaslMechanismOAuthBearer;

    /// <summary>An OAuth server gives the reason as JSON in a challenge before it refuses (RFC 7628, section 3.2.2).</summary>
    private static string? OAuthReason(SaslMechanism mechanism, string? challenge)
    {
        if (!IsByToken(mechanism) || challenge is not { Length: > 0 })
            return null;
        var bytes = new byte[challenge.Length];
        return Convert.TryFromBase64String(challenge, bytes, out var length) && length > 0
            ? ServerText.Clean(Encoding.UTF8.GetString(bytes, 0, length))
            : null;
    }
}
