using System.Globalization;
using System.Net;
using Spectre.Console;

namespace SmtpTransport.Tool;

/// <summary>Creates the options of the server from a URL, the environment and, for the password, a prompt.</summary>
internal static class Server
{
    public const string UrlVariable = "SMTP_URL";
    public const string PasswordVariable = "SMTP_PASSWORD";
    public const string TokenVariable = "SMTP_TOKEN";

    // 24 days: the timers of .NET take no more.
    private const int MaxSeconds = 24 * 24 * 60 * 60;

    /// <exception cref="UsageException">No server is given, or its options are not valid.</exception>
    public static ServerOptions GetOptions(string? url, ToolContext context, bool mayAsk)
    {
        ThrowIfPassword(url);
        var text = url ?? context.GetVariable(UrlVariable)
            ?? throw new UsageException($"No server. Give it as smtp://user@host:port, or set {UrlVariable}.");
        if (!text.Contains("://", StringComparison.Ordinal))
            text = $"smtp://{text}";
        var (user, rest) = TakeUser(text);
        try
        {
            var options = AcceptLoopback(ServerOptions.Parse(rest), text);
            return user is null ? options : AddCredentials(options, user, GetPassword(text), context, mayAsk);
        }
        catch (ArgumentException exception)
        {
            throw new UsageException(exception.Message, exception);
        }
    }

    /// <exception cref="UsageException">There is a password in the URL.</exception>
    public static void ThrowIfPassword(string? url)
    {
        if (url is not null && GetPassword(url) is not null)
        {
            throw new UsageException(
                "A password in an argument can be read by other users of this machine. "
                + $"Set {PasswordVariable} instead, or omit the password to be asked for it.");
        }
    }

    /// <summary>A connection within this machine needs no TLS, unless the URL says otherwise.</summary>
    public static ServerOptions AcceptLoopback(ServerOptions options, string url) =>
        IsLoopback(options.Host) && !url.Contains("acceptUnsecureConnection", StringComparison.OrdinalIgnoreCase)
            ? options with { AcceptUnsecureConnection = true }
            : options;

    /// <summary>Adds the user with a token or a password: that of the URL, of the environment, of a login, or of a person.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public static ServerOptions AddCredentials(
        ServerOptions options, string user, string? password, ToolContext context, bool mayAsk)
    {
        if (context.GetVariable(TokenVariable) is { Length: > 0 } token)
            return options with { User = user, AccessTokenOAuth2 = token };
        // A password that is given is meant to be used.
        password ??= context.GetVariable(PasswordVariable);
        if (password is null && StoredLogin.Find(user, options.Host, context) is { } login)
            return options with { User = user, AccessTokenProvider = login };
        if (password is null && mayAsk && context.Screen.Profile.Capabilities.Interactive)
            password = AskForPassword(user, options.Host, context);
        return password is not null
            ? options with { User = user, Password = password }
            : throw new UsageException($"No password for {user}. Set {PasswordVariable} (or {TokenVariable} for an OAuth 2 token).");
    }

    /// <summary>The options for a dry run, which needs no password, and no server either if the email has a sender.</summary>
    /// <exception cref="UsageException">The URL is not valid.</exception>
    public static ServerOptions GetOptionsForDryRun(string? url, ToolContext context)
    {
        if ((url ?? context.GetVariable(UrlVariable)) is not { } text)
            return new ServerOptions();
        var (user, rest) = TakeUser(text.Contains("://", StringComparison.Ordinal) ? text : $"smtp://{text}");
        try
        {
            return ServerOptions.Parse(rest) with { User = user };
        }
        catch (ArgumentException exception)
        {
            throw new UsageException(exception.Message, exception);
        }
    }

    /// <summary>Applies <c>--timeout</c> and <c>--trust</c>.</summary>
    /// <param name="options">The options.</param>
    /// <param name="timeout">The seconds that a connection, and an email, may take; null for those of the options.</param>
    /// <param name="trust">The path of a certificate to trust; null for none.</param>
    /// <exception cref="UsageException">A value cannot be used.</exception>
    public static ServerOptions Apply(ServerOptions options, string? timeout, string? trust)
    {
        if (timeout is not null)
        {
            if (!double.TryParse(timeout, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
                || seconds is < 0.001 or > MaxSeconds)
            {
                throw new UsageException($"--timeout is \"{timeout}\"; it must be a number of seconds, such as 30, up to {MaxSeconds}.");
            }
            var limit = TimeSpan.FromSeconds(seconds);
            options = options with { SendTimeout = limit, ConnectionTimeout = limit };
        }
        if (trust is null)
            return options;
        TextFiles.ThrowIfMissing(trust);
        return OptionParsers.CertificateFile(trust, out var certificates) is { } allowed
            ? throw new UsageException($"--trust is \"{trust}\"; it must be {allowed}.")
            : options with { TrustedCertificates = [.. options.TrustedCertificates, .. certificates] };
    }

    public static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        // A Unix socket is on this machine.
        || UnixSocketAddress.PathOf(host) is not null
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
