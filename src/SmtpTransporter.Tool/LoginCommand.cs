using System.Text.Json.Nodes;
using Spectre.Console;

namespace SmtpTransport.Tool;

/// <summary>Lets a person sign in, stores the refresh token, and proves it by an authentication and NOOP on the mail server.</summary>
internal static class LoginCommand
{
    public const string SecretVariable = "SMTP_CLIENT_SECRET";

    private static readonly HttpClient SharedHttp = new() { Timeout = TimeSpan.FromSeconds(30) };

    /// <exception cref="UsageException">The provider is not known, or its addresses cannot be found.</exception>
    public static async Task<int> RunAsync(LoginArguments arguments, ToolContext context, CancellationToken cancellationToken)
    {
        var options = Server.Apply(GetOptions(arguments), arguments.Timeout, arguments.Trust);
        var server = await FindServerAsync(arguments, context, cancellationToken);
        var login = new StoredLogin(server.TokenEndpoint, arguments.ClientId, context.GetVariable(SecretVariable), server.Scope);
        using var provider = CreateProvider(login, server, arguments, options.Host, context);
        try
        {
            await SignInAsync(provider, arguments.UseDeviceCode, context, cancellationToken);
        }
        catch (AccessTokenException exception)
        {
            context.Screen.MarkupLineInterpolated($"[red]The sign-in failed:[/] {exception.Message}");
            return exception.IsTransient ? ExitCodes.TryAgain : ExitCodes.Failed;
        }
        await login.SaveAsync(arguments.User, options.Host, context, cancellationToken);
        var code = await CheckCommand.RunAsync(options with { AccessTokenProvider = provider }, false, context, cancellationToken);
        if (code == ExitCodes.Success)
            await ShowSettingsAsync(login, arguments, options, context);
        return code;
    }

    private static async Task SignInAsync(
        UserTokenProvider provider, bool useDeviceCode, ToolContext context, CancellationToken cancellationToken)
    {
        if (useDeviceCode)
        {
            await provider.SignInWithDeviceCodeAsync(
                prompt => context.Screen.MarkupLineInterpolated($"{prompt.ToString()}"), cancellationToken);
            return;
        }
        await provider.SignInWithBrowserAsync(
            page =>
            {
                context.Screen.MarkupLine("Sign in, in the browser. If it does not open, open this page:");
                // Not by the console, which would break the address at the end of a line.
                context.Screen.Profile.Out.Writer.WriteLine(page.AbsoluteUri);
                context.OpenBrowser(page);
            },
            cancellationToken);
    }

    private static UserTokenProvider CreateProvider(
        StoredLogin login, AuthorizationServer server, LoginArguments arguments, string host, ToolContext context)
    {
        try
        {
            return login.CreateProvider(server, arguments.User, host, context);
        }
        catch (ArgumentException exception)
        {
            throw new UsageException(exception.Message, exception);
        }
    }

    private static ServerOptions GetOptions(LoginArguments arguments)
    {
        var url = arguments.Server ?? arguments.Provider.ToLowerInvariant() switch
        {
            "microsoft" => "smtp://smtp.office365.com",
            "google" => "smtp://smtp.gmail.com",
            _ => throw new UsageException("No mail server. Give it as --server smtp://host:port."),
        };
        try
        {
            var options = ServerOptions.Parse(url.Contains("://", StringComparison.Ordinal) ? url : $"smtp://{url}");
            if (options.Password is not null)
            {
                throw new UsageException(
                    "A password does not belong in --server: everyone on this machine can read it, and login needs none.");
            }
            return options with
            {
                User = arguments.User,
                AcceptUnsecureConnection = options.AcceptUnsecureConnection || Server.IsLoopback(options.Host),
            };
        }
        catch (ArgumentException exception)
        {
            throw new UsageException(exception.Message, exception);
        }
    }

    private static async Task<AuthorizationServer> FindServerAsync(
        LoginArguments arguments, ToolContext context, CancellationToken cancellationToken)
    {
        switch (arguments.Provider.ToLowerInvariant())
        {
            case "microsoft" when string.IsNullOrWhiteSpace(arguments.Tenant):
                throw new UsageException("--tenant is empty. Give the id or the domain of the directory, or leave it out.");
            case "microsoft":
                return WithScope(MicrosoftEndpoints.ForUsers(arguments.Tenant));
            case "google":
                return WithScope(GoogleEndpoints.ForUsers);
            default:
                if (!Uri.TryCreate(arguments.Provider, UriKind.Absolute, out var issuer)
                    || !(issuer.Scheme == Uri.UriSchemeHttps || (issuer.Scheme == Uri.UriSchemeHttp && issuer.IsLoopback)))
                {
                    throw new UsageException(
                        $"{arguments.Provider} is not known. Use microsoft, google, or the https URL of an authorization server.");
                }
                return await ServerMetadata.FindAsync(issuer, arguments.Scope, context.Http ?? SharedHttp, cancellationToken);
        }

        AuthorizationServer WithScope(AuthorizationServer server) => server with { Scope = arguments.Scope ?? server.Scope };
    }

    private static async Task ShowSettingsAsync(
        StoredLogin login, LoginArguments arguments, ServerOptions options, ToolContext context)
    {
        var oauth = new JsonObject { ["TokenEndpoint"] = login.TokenEndpoint.AbsoluteUri, ["ClientId"] = login.ClientId };
        if (login.ClientSecret is not null)
            oauth["ClientSecret"] = "…";
        if (login.Scope is not null)
            oauth["Scope"] = login.Scope;
        oauth["TokenFile"] = StoredLogin.TokenFile(arguments.User, options.Host, context);
        var smtp = new JsonObject { ["Host"] = options.Host, ["Port"] = options.Port };
        if (options.ImplicitTls is { } implicitTls)
            smtp["ImplicitTls"] = implicitTls;
        (smtp["User"], smtp["OAuth"]) = (options.User, oauth);
        var settings = new JsonObject { ["Smtp"] = smtp };
        context.Screen.MarkupLine("The login is stored: [bold]check[/] and [bold]send[/] use it. The settings for an application:");
        await context.Output.WriteLineAsync(settings.ToJsonString(Json.Format));
    }
}
