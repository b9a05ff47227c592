namespace SmtpTransport;

/// <summary>The addresses and scopes of Microsoft's authorization server.</summary>
internal static class MicrosoftEndpoints
{
    public const string Resource = "https://outlook.office365.com";

    public const string DefaultSuffix = "/.default";

    public const string ApplicationScope = Resource + DefaultSuffix;

    public const string UserScope = "https://outlook.office.com/SMTP.Send offline_access";

    /// <exception cref="ArgumentNullException">The tenant is null.</exception>
    /// <exception cref="ArgumentException">The tenant is empty.</exception>
    public static Uri Token(string tenant) => Url(tenant, "token");

    public static AuthorizationServer ForUsers(string tenant) => new()
    {
        TokenEndpoint = Token(tenant),
        AuthorizationEndpoint = Url(tenant, "authorize"),
        DeviceAuthorizationEndpoint = Url(tenant, "devicecode"),
        Scope = UserScope,
    };

    private static Uri Url(string tenant, string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(tenant);
        return new($"https://login.microsoftonline.com/{Uri.EscapeDataString(tenant)}/oauth2/v2.0/{name}");
    }
}
