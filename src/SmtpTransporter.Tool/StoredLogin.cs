using System.Text.Json;

namespace SmtpTransport.Tool;

/// <summary>How to get tokens for a user of a mail server who has signed in. It is kept in the user's own folder. Immutable.</summary>
/// <param name="TokenEndpoint">The token endpoint.</param>
/// <param name="ClientId">The id of the application.</param>
/// <param name="ClientSecret">Its secret; null for a public client.</param>
/// <param name="Scope">The scope; null for that of the server.</param>
internal sealed record StoredLogin(Uri TokenEndpoint, string ClientId, string? ClientSecret, string? Scope)
{
    public const string FolderVariable = "SMTP_LOGINS";

    /// <summary>The file of the refresh token.</summary>
    public static string TokenFile(string user, string host, ToolContext context) => $"{PathOf(user, host, context)}.token";

    /// <summary>Returns a provider of tokens; null if the user has not signed in.</summary>
    /// <exception cref="UsageException">The file cannot be read.</exception>
    public static UserTokenProvider? Find(string user, string host, ToolContext context)
    {
        var path = PathOf(user, host, context);
        if (!File.Exists(path))
            return null;
        try
        {
            var login = JsonSerializer.Deserialize<StoredLogin>(File.ReadAllText(path), Json.Format)
                ?? throw new JsonException("The file contains null.");
            var server = new AuthorizationServer { TokenEndpoint = login.TokenEndpoint, Scope = login.Scope };
            return login.CreateProvider(server, user, host, context);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException or ArgumentException)
        {
            throw new UsageException(
                $"The login in {path} cannot be used: {exception.Message} Run \"smtp-transporter login\" again.", exception);
        }
    }

    public UserTokenProvider CreateProvider(AuthorizationServer server, string user, string host, ToolContext context) => new(
        server, ClientId, new FileTokenStore(TokenFile(user, host, context)),
        ClientSecret is null ? null : ClientCredential.FromSecret(ClientSecret), context.Http);

    /// <exception cref="UsageException">The file cannot be written.</exception>
    public async Task SaveAsync(string user, string host, ToolContext context, CancellationToken cancellationToken)
    {
        var path = PathOf(user, host, context);
        try
        {
            await OwnerFile.WriteAsync(path, JsonSerializer.SerializeToUtf8Bytes(this, Json.Format), cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The login cannot be stored: {exception.Message} Set {FolderVariable} to another folder.", exception);
        }
    }

    private static string PathOf(string user, string host, ToolContext context)
    {
        var folder = context.GetVariable(FolderVariable) ?? Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify),
            "smtp-transporter");
        return Path.GetFullPath(Path.Combine(folder, $"{Uri.EscapeDataString($"{user}@{host}".ToLowerInvariant())}.json"));
    }

    private bool PrintMembers(System.Text.StringBuilder builder)
    {
        builder.Append("TokenEndpoint = ").Append(TokenEndpoint).Append(", ClientId = ").Append(ClientId);
        return true;
    }
}
