namespace SmtpTransport;

/// <summary>The addresses and the scope of Google's authorization server.</summary>
internal static class GoogleEndpoints
{
    public const string Scope = "https://mail.google.com/";

    public static Uri Token { get; } = new("https://oauth2.googleapis.com/token");

    /// <summary>For people. Google lets no device code have the scope of mail.</summary>
    public static AuthorizationServer ForUsers { get; } = new()
    {
        TokenEndpoint = Token,
        // Without them, a second consent has no refresh token.
        AuthorizationEndpoint = new("https://accounts.google.com/o/oauth2/v2/auth?access_type=offline&prompt=consent"),
        Scope = Scope,
    };
}
