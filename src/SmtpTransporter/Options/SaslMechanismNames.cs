namespace SmtpTransport;

/// <summary>The mechanisms that this library has (SASL, RFC 4422), by what they need.</summary>
internal static class SaslMechanismNames
{
    // RFC 4422, section 3.1.
    private const int MaxLength = 20;

    /// <summary>Kerberos, which also works without a password: with a ticket.</summary>
    public const string Gssapi = "GSSAPI";

    /// <summary>Those of <see cref="AuthenticationMode.Auto"/> with a password, the most secure one first.</summary>
    public static readonly string[] AutoByPassword =
    [
        "SCRAM-SHA-512-PLUS", "SCRAM-SHA-512", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-1", "CRAM-MD5",
        "PLAIN", "LOGIN",
    ];

    public static readonly string[] ByToken = ["XOAUTH2", "OAUTHBEARER"];

    private static readonly string[] ByPassword = [.. AutoByPassword, "DIGEST-MD5", "NTLM", Gssapi];

    public static IEnumerable<string> All => [.. ByPassword, .. ByToken];

    public static bool IsName(string? name) =>
        name is { Length: > 0 and <= MaxLength } && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    public static bool IsKnown(string name) => All.Contains(name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether the mechanism uses what the options have: a password, a token or a ticket.</summary>
    public static bool IsUsable(string name, ServerOptions options) =>
        (options.HasToken ? ByToken : options.Password is not null ? ByPassword : [Gssapi])
        .Contains(name, StringComparer.OrdinalIgnoreCase);
}
