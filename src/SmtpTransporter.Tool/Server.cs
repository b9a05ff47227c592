using System.Net;
using Spectre.Console;

namespace SmtpTransport.Tool;

/// <summary>Creates the options of the server from a URL, the environment and, for the password, a prompt.</summary>
internal static class Server
{
    public const string UrlVariable = "SMTP_URL";
    public const string PasswordVariable = "SMTP_PASSWORD";
    public const string TokenVariable = "SMTP_TOKEN";

    /// <exception cref="UsageException">No server is given, or its options are not valid.</exception>
    public static ServerOptions GetOptions(string? url, ToolContext context, bool mayAsk)
    {
        if (url is not null && GetPassword(url) is not null)
        {
            throw new UsageException(
                "A password in an argument can be read by other users of this machine. "
                + $"Set {PasswordVariable} instead, or omit the password to be asked for it.");
        }
        var text = url ?? context.GetVariable(UrlVariable)
            ?? throw new UsageException($"No server. Give it as smtp://user@host:port, or set {UrlVariable}.");
        if (!text.Contains("://", StringComparison.Ordinal))
            text = $"smtp://{text}";
        var (user, rest) = TakeUser(text);
        try
        {
            var options = ServerOptions.Parse(rest);
            // A connection within this machine needs no TLS, unless the URL says otherwise.
            if (IsLoopback(options.Host) && !text.Contains("acceptUnsecureConnection", StringComparison.OrdinalIgnoreCase))
                options = options with { AcceptUnsecureConnection = true };
            if (user is null)
                return options;
            if (context.GetVariable(TokenVariable) is { Length: > 0 } token)
                return options with { User = user, AccessTokenOAuth2 = token };
            if (GetStoredLogin(url, text, user, options.Host, context) is { } login)
                return options with { User = user, AccessTokenProvider = login };
            var password = (url is null ? GetPassword(text) : null) ?? context.GetVariable(PasswordVariable);
            if (password is null && mayAsk && context.Screen.Profile.Capabilities.Interactive)
                password = AskForPassword(user, options.Host, context);
            return password is not null
                ? options with { User = user, Password = password }
                : throw new UsageException($"No password for {user}. Set {PasswordVariable} (or {TokenVariable} for an OAuth 2 token).");
        }
        catch (ArgumentException exception)
        {
            throw new UsageException(exception.Message, exception);
        }
    }

    // A password that is given is meant to be used.
    private static UserTokenProvider? GetStoredLogin(string? url, string text, string user, string host, ToolContext context) =>
        context.GetVariable(PasswordVariable) is null && (url is not null || GetPassword(text) is null)
            ? StoredLogin.Find(user, host, context)
            : null;

    public static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        // A Unix socket is on this machine.
        || host.StartsWith("unix:", StringComparison.Ordinal)
        || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    private static string? GetPassword(string url) =>
        GetUserInfo(url) is { } info && info.IndexOf(':', StringComparison.Ordinal) is var colon and >= 0
            ? Uri.UnescapeDataString(info[(colon + 1)..])
            : null;

    /// <summary>Removes the user from the URL: the parser of the options accepts a user only together with a password.</summary>
    private static (string? User, string Url) TakeUser(string url)
    {
        if (GetUserInfo(url) is not { } info)
            return (null, url);
        var start = url.IndexOf("://", StringComparison.Ordinal) + 3;
        return (Uri.UnescapeDataString(info.Split(':')[0]), url[..start] + url[(start + info.Length + 1)..]);
    }

    private static string? GetUserInfo(string url)
    {
        var start = url.IndexOf("://", StringComparison.Ordinal) is var at and >= 0 ? at + 3 : 0;
        var end = url.IndexOfAny(['/', '?', '#'], start) is var stop and >= 0 ? stop : url.Length;
        var sign = url.LastIndexOf('@', end - 1, end - start);
        return sign < 0 ? null : url[start..sign];
    }

    private static string AskForPassword(string user, string host, ToolContext context) =>
        context.Screen.Prompt(new TextPrompt<string>($"Password of [bold]{Markup.Escape(user)}[/] on {Markup.Escape(host)}:").Secret());
}
