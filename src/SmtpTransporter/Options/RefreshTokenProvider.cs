using System.Text.Json;

namespace SmtpTransport;

/// <summary>
/// Tokens for a user who has consented once, by the refresh token from that (RFC 6749, section 6): what one uses to send through Gmail or a user's
/// own mailbox. Safe for concurrent callers.
/// </summary>
public sealed class RefreshTokenProvider : OAuthTokenProvider
{
    private readonly string _clientId;
    private readonly string? _clientSecret;
    private readonly string? _scope;
    private volatile string _refreshToken;

    /// <summary>Makes a provider. Sends nothing yet.</summary>
    /// <param name="tokenEndpoint">The authorisation server's token endpoint; https.</param>
    /// <param name="clientId">The application's id.</param>
    /// <param name="clientSecret">The application's secret; null for a public client. Never printed.</param>
    /// <param name="refreshToken">The refresh token. Never printed. Where the server gives a new one, that is used from then on.</param>
    /// <param name="scope">What the token is for; null: what was consented to.</param>
    /// <param name="http">The client to ask with; not disposed here. Null: one that all providers share, with a time limit of 30 s.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <exception cref="ArgumentException">The endpoint is not https, or the id or the token is empty.</exception>
    public RefreshTokenProvider(
        Uri tokenEndpoint, string clientId, string? clientSecret, string refreshToken, string? scope = null, HttpClient? http = null, TimeProvider? time = null)
        : base(tokenEndpoint, http, time)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(clientId);
        ArgumentException.ThrowIfNullOrWhiteSpace(refreshToken);
        (_clientId, _clientSecret, _refreshToken, _scope) = (clientId, clientSecret, refreshToken, scope);
    }

    /// <summary>
    /// Told of each new refresh token that the server gives (RFC 6749, section 6): store it, or the next start of the application has an old one.
    /// Called from the thread that fetched it. Default none.
    /// </summary>
    public Action<string>? RefreshTokenChanged { get; init; }

    /// <summary>For Gmail: consent was given for the scope <c>https://mail.google.com/</c>. <see cref="ServerOptions.User"/> is the address.</summary>
    /// <param name="clientId">The application's id.</param>
    /// <param name="clientSecret">The application's secret.</param>
    /// <param name="refreshToken">The refresh token.</param>
    /// <param name="http">The client to ask with; null for a shared one.</param>
    public static RefreshTokenProvider ForGmail(string clientId, string clientSecret, string refreshToken, HttpClient? http = null) =>
        new(new Uri("https://oauth2.googleapis.com/token"), clientId, clientSecret, refreshToken, null, http);

    private protected override IEnumerable<KeyValuePair<string, string>> Parameters()
    {
        yield return new("grant_type", "refresh_token");
        yield return new("client_id", _clientId);
        if (_clientSecret is not null)
            yield return new("client_secret", _clientSecret);
        yield return new("refresh_token", _refreshToken);
        if (_scope is not null)
            yield return new("scope", _scope);
    }

    private protected override void Learn(JsonElement answer)
    {
        if (Text(answer, "refresh_token") is not { Length: > 0 } next || next == _refreshToken)
            return;
        _refreshToken = next;
        RefreshTokenChanged?.Invoke(next);
    }
}
