using System.Text;

namespace SmtpTransport;

/// <summary>The successful response of a token endpoint (RFC 6749, section 5.1). Immutable.</summary>
internal sealed record TokenResponse(AccessToken Token, string? RefreshToken)
{
    /// <exception cref="AccessTokenException">The response has no token.</exception>
    public static TokenResponse Read(OAuthResponse response, DateTimeOffset now)
    {
        if (response.Text("access_token") is not { Length: > 0 } value)
        {
            throw new AccessTokenException(
                $"{response.Endpoint} answered without an access_token. Check that the URL is that of the token endpoint.",
                isTransient: false);
        }
        DateTimeOffset? end = LifetimeOf(response, now) is { } lifetime ? now + lifetime : null;
        return new(new AccessToken(value, end), response.Text("refresh_token"));
    }

    // Managed identities give the end instead (expires_on); it is compared with the clock of the server, not with this machine's.
    private static TimeSpan? LifetimeOf(OAuthResponse response, DateTimeOffset now) =>
        response.Number("expires_in") is { } seconds and > 0 and < 1e9 ? TimeSpan.FromSeconds(seconds)
        : response.Number("expires_on") is { } end and > 0 and < 1e11
            && DateTimeOffset.FromUnixTimeSeconds((long)end) - (response.Date ?? now) is { } left && left > TimeSpan.Zero ? left
        : null;

    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Token = ").Append(Token);
        return true;
    }
}
