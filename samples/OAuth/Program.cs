// Authenticates with OAuth 2: OAuth microsoft | microsoft-msal | gmail | gmail-service. The credentials are environment variables,
// because other users of a machine can read arguments.
using Google.Apis.Auth.OAuth2;
using Microsoft.Identity.Client;
using OAuthSample;
using SmtpTransport;

static string Need(string name) =>
    Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException($"Set the environment variable {name}.");

try
{
    var options = args.FirstOrDefault() switch
    {
        // Without another package: the application's id and secret, and Microsoft's token endpoint.
        "microsoft" => new ServerOptions
        {
            Host = "smtp.office365.com",
            User = Need("MAIL_FROM"),
            AccessTokenProvider = ClientCredentialsTokenProvider.ForMicrosoft365(
                Need("TENANT_ID"), Need("CLIENT_ID"), Need("CLIENT_SECRET")),
        },
        // With MSAL, which supports certificates, managed identities and caches.
        "microsoft-msal" => new ServerOptions
        {
            Host = "smtp.office365.com",
            User = Need("MAIL_FROM"),
            AccessTokenProvider = new MsalTokens(
                ConfidentialClientApplicationBuilder.Create(Need("CLIENT_ID"))
                    .WithTenantId(Need("TENANT_ID")).WithClientSecret(Need("CLIENT_SECRET")).Build()),
        },
        // A user who has consented once to the scope https://mail.google.com/.
        "gmail" => new ServerOptions
        {
            Host = "smtp.gmail.com",
            User = Need("MAIL_FROM"),
            AccessTokenProvider = RefreshTokenProvider.ForGmail(Need("CLIENT_ID"), Need("CLIENT_SECRET"), Need("REFRESH_TOKEN")),
        },
        // A Workspace whose administrator allows a service account to act for its users.
        "gmail-service" => new ServerOptions
        {
            Host = "smtp.gmail.com",
            User = Need("MAIL_FROM"),
            AccessTokenProvider = new GoogleTokens(
                (ServiceAccountCredential)CredentialFactory.FromFile<ServiceAccountCredential>(Need("GOOGLE_KEY_FILE"))
                    .ToGoogleCredential().UnderlyingCredential,
                Need("MAIL_FROM")),
        },
        _ => throw new InvalidOperationException("The argument must be microsoft, microsoft-msal, gmail or gmail-service."),
    };

    await using var transporter = new SmtpTransporter(options);
    var status = await transporter.CheckConnectionAsync();
    Console.WriteLine(
        status.Success
            ? $"Authenticated with {status.AuthenticationMechanism}."
            : $"{status.Status} {status.StatusText}\n{status.Explanation?.Remedy}");
    return status.Success ? 0 : 1;
}
catch (InvalidOperationException exception)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return 64;
}
