using System.Text;

namespace SmtpTransport;

/// <summary>An OAuth 2 access token and when it ends. Immutable; prints no secret.</summary>
/// <param name="Value">The token as text.</param>
/// <param name="ExpiresAt">When it ends; null where that is not known. A token that has ended is asked for anew before it is used.</param>
public sealed record AccessToken(string Value, DateTimeOffset? ExpiresAt = null)
{
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Value = ***, ExpiresAt = ").Append(ExpiresAt);
        return true;
    }
}
