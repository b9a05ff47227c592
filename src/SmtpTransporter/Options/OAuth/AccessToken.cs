using System.Text;

namespace SmtpTransport;

/// <summary>An OAuth 2 access token and its expiry. Immutable; <see cref="ToString"/> prints no secret.</summary>
/// <param name="Value">The token as text.</param>
/// <param name="ExpiresAt">When the token expires; null (default) if that is not known. After that time a new token is requested.</param>
public sealed record AccessToken(string Value, DateTimeOffset? ExpiresAt = null)
{
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Value = ***, ExpiresAt = ").Append(ExpiresAt);
        return true;
    }
}
