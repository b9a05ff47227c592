using System.Net;
using Spectre.Console;

namespace SmtpTransport.Tool;

/// <summary>Makes the options of the server from a URL, the environment and, for the password, a prompt.</summary>
internal static class Server
{
    public const string UrlVariable = "SMTP_URL";
    public const string PasswordVariable = "SMTP_PASSWORD";
    public const string TokenVariable = "SMTP_TOKEN";

    /// <exception cref="UsageException">There is no server, or what is given cannot be used.</exception>
    public static ServerOptions Options(string? url, ToolContext around, bool mayAsk)
    {
        if (url is not null && HasPassword(url))
            throw new UsageException($"A password in an argument is read by everyone on this machine: put it into {PasswordVariable}, or leave it out to be asked.");
        var text = url ?? around.Variable(UrlVariable) ?? throw new UsageException($"No server: give it as smtp://user@host:port, or set {UrlVariable}.");
        if (!text.Contains("://", StringComparison.Ordinal))
            text = $"smtp://{text}";
        var (user, rest) = TakeUser(text);
        try
        {
            var options = ServerOptions.Parse(rest);
            // What never leaves this machine needs no TLS; an explicit word counts over that.
            if (IsLoopback(options.Host) && !text.Contains("acceptUnsecureConnection", StringComparison.OrdinalIgnoreCase))
                options = options with { AcceptUnsecureConnection = true };
            if (user is null)
                return options;
            if (around.Variable(TokenVariable) is { Length: > 0 } token)
                return options with { User = user, AccessTokenOAuth2 = token };
            var password = (url is null ? PasswordOf(text) : null) ?? around.Variable(PasswordVariable) ?? (mayAsk && around.Screen.Profile.Capabilities.Interactive ? Ask(user, options.Host, around) : null);
            return password is not null
                ? options with { User = user, Password = password }
                : throw new UsageException($"No password for {user}: set {PasswordVariable} (or {TokenVariable} for an OAuth 2 token).");
        }
        catch (ArgumentException exception)
        {
            throw new UsageException(exception.Message, exception);
        }
    }

    public static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    private static bool HasPassword(string url) => PasswordOf(url) is not null;

    private static string? PasswordOf(string url) =>
        UserInfo(url) is { } info && info.IndexOf(':', StringComparison.Ordinal) is var colon and >= 0 ? Uri.UnescapeDataString(info[(colon + 1)..]) : null;

    /// <summary>The user, and the URL without it: a user alone is not what a URL of options has.</summary>
    private static (string? User, string Url) TakeUser(string url)
    {
        if (UserInfo(url) is not { } info)
            return (null, url);
        var start = url.IndexOf("://", StringComparison.Ordinal) + 3;
        return (Uri.UnescapeDataString(info.Split(':')[0]), url[..start] + url[(start + info.Length + 1)..]);
    }

    private static string? UserInfo(string url)
    {
        var start = url.IndexOf("://", StringComparison.Ordinal) is var at and >= 0 ? at + 3 : 0;
        var end = url.IndexOfAny(['/', '?', '#'], start) is var stop and >= 0 ? stop : url.Length;
        var sign = url.LastIndexOf('@', end - 1, end - start);
        return sign < 0 ? null : url[start..sign];
    }

    private static string Ask(string user, string host, ToolContext around) =>
        around.Screen.Prompt(new TextPrompt<string>($"Password of [bold]{Markup.Escape(user)}[/] at {Markup.Escape(host)}:").Secret());
}
