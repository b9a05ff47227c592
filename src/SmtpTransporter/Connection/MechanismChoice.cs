namespace SmtpTransport;

/// <summary>Chooses the mechanism of an authentication: the first of those that the options want which the server offers.</summary>
internal static class MechanismChoice
{
    /// <param name="options">What is wanted.</param>
    /// <param name="offered">What the server offers; null if a stand-in client does not know.</param>
    /// <param name="own">The name of the caller's own mechanism; null if there is none.</param>
    /// <exception cref="SendFailureException">The server offers none of them.</exception>
    public static string Choose(ServerOptions options, HashSet<string>? offered, string? own)
    {
        var wanted = Wanted(options, own);
        if (offered is null)
            return ReferenceEquals(wanted, SaslMechanismNames.AutoByPassword) ? "PLAIN" : wanted[^1];
        return Array.Find(wanted, name => offered.Contains(name, StringComparer.OrdinalIgnoreCase)) ?? throw NotOffered(
            options, own,
            wanted.Where(n => options.AuthenticationMechanisms.Count > 0 || !n.EndsWith("-PLUS", StringComparison.Ordinal)), offered);
    }

    private static string[] Wanted(ServerOptions options, string? own)
    {
        if (options.AuthenticationMechanisms.Count > 0)
        {
            string[] named = [.. options.AuthenticationMechanisms.Select(n => n.ToUpperInvariant())
                .Where(n => n == own || SaslMechanismNames.IsUsable(n, options))];
            return named.Length > 0 ? named : throw new SendFailureException(
                SmtpErrorCodes.MechanismNotAvailable, "auth",
                $"AuthenticationMechanisms names no mechanism for which there is a password or a token, and not that of "
                + $"SaslMechanismFactory, which is {own:own}.")
            {
                Explanation = "own.mechanisms-named",
            };
        }
        return own is not null ? [own] : options.AuthenticationMode switch
        {
            AuthenticationMode.Auto => options.HasToken ? SaslMechanismNames.ByToken : SaslMechanismNames.AutoByPassword,
            AuthenticationMode.OAuth2 => SaslMechanismNames.ByToken,
            AuthenticationMode.CramMd5 => ["CRAM-MD5"],
            AuthenticationMode.Login => ["LOGIN"],
            AuthenticationMode.Plain => ["PLAIN"],
            AuthenticationMode.ScramSha1 => ["SCRAM-SHA-1-PLUS", "SCRAM-SHA-1"],
            AuthenticationMode.ScramSha256 => ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"],
            AuthenticationMode.ScramSha512 => ["SCRAM-SHA-512-PLUS", "SCRAM-SHA-512"],
            AuthenticationMode.OAuthBearer => ["OAUTHBEARER"],
            AuthenticationMode.Gssapi => [SaslMechanismNames.Gssapi],
            _ => ["NTLM"],
        };
    }

    private static SendFailureException NotOffered(
        ServerOptions options, string? own, IEnumerable<string> wanted, HashSet<string> offered) => offered.Count == 0
        ? new(
            SmtpErrorCodes.MechanismNotAvailable, "auth",
            $"The server does not offer {string.Join(" or ", wanted):own}; it offers no authentication at all.")
        {
            Explanation = "own.no-login",
        }
        : new(
            SmtpErrorCodes.MechanismNotAvailable, "auth",
            $"The server does not offer {string.Join(" or ", wanted):own}; it offers "
            + $"{string.Join(", ", offered.Order(StringComparer.Ordinal))}.")
        {
            Explanation = options.AuthenticationMechanisms.Count > 0 ? "own.mechanisms-named"
                : own is not null ? "own.mechanism-of-factory"
                : options.AuthenticationMode == AuthenticationMode.Auto ? "own.no-common-mechanism"
                : null,
        };
}
