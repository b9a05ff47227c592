namespace SmtpTransport;

/// <summary>A token that is kept, and when it should be replaced. Immutable.</summary>
internal sealed record TokenLease(AccessToken Token, DateTimeOffset RenewAt)
{
    /// <summary>A token of unknown lifetime is kept until a server refuses it; a short one for half of its life.</summary>
    public static TokenLease Create(AccessToken token, DateTimeOffset now, TimeSpan margin) => new(
        token,
        token.ExpiresAt is not { } end ? DateTimeOffset.MaxValue : end - (end - now > 2 * margin ? margin : (end - now) / 2));

    public bool HasExpired(DateTimeOffset now) => Token.ExpiresAt <= now;
}
