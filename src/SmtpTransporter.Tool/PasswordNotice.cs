namespace SmtpTransport.Tool;

/// <summary>What will happen to passwords at a service that switches them off.</summary>
internal static class PasswordNotice
{
    private const string Microsoft =
        "Microsoft switches passwords for SMTP off by default for existing tenants at the end of December 2026 (MC786329, as updated on "
        + "January 27, 2026); the final date is announced in the second half of 2027. Use OAuth 2: smtp-transporter login microsoft, or a "
        + "certificate or managed identity for an application.";

    private static readonly string[] MicrosoftHosts = ["smtp.office365.com", "outlook.office365.com"];

    /// <returns>Null if there is nothing to tell.</returns>
    public static string? For(ServerOptions options) =>
        options.Password is not null && MicrosoftHosts.Contains(options.Host.TrimEnd('.'), StringComparer.OrdinalIgnoreCase)
            ? Microsoft
            : null;
}
