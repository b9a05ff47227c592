namespace SmtpTransport;

/// <summary>Reads options from a URL, by the URL keys of the <see cref="OptionTable"/>.</summary>
internal static class ServerOptionsUrl
{
    private const string Form =
        "smtp://[user:password@]host[:port][?key=value], smtps://… or lmtp://…; in the place of the host, unix:/path; or "
        + "smtp+service://…@region";

    private const string ServicePrefix = "smtp+";

    // The host of a service without regions, or of its first region.
    private const string DefaultRegion = "default";

    /// <summary>Returns the error of the URL; null if the options are valid. No secret is in the error.</summary>
    public static OptionError? Read(string url, out ServerOptions options)
    {
        options = new ServerOptions();
        if (ToUri(url) is not { } uri || !(uri.Scheme is "smtp" or "smtps" or "lmtp" || IsService(uri)))
            return Invalid($"{UrlFault.Find(url) ?? "it is not a URL of a server"}; it must have the form {Form}");
        if (HostOf(uri) is not { Length: > 0 } host)
            return Invalid("it has no valid host");
        var socket = SocketOf(url, uri);
        if ((socket is null && uri.AbsolutePath.Trim('/').Length > 0) || uri.Fragment.Length > 0)
            return Invalid("it must have no path and no fragment; percent-encode \"/\", \"?\" and \"#\" in a password");

        var hasPort = !uri.IsDefaultPort && uri.Port >= 0;
        if (uri.Scheme == "lmtp" && !hasPort && socket is null)
            return Invalid("the scheme lmtp needs a port, usually 24");

        var implicitTls = uri.Scheme == "smtps";
        var (user, password) = CredentialsOf(uri.UserInfo);
        if (IsService(uri))
        {
            if (ReadService(uri, host, out options) is { } error)
                return error;
            // ":password" leaves the user to the service.
            user = user is "" ? options.User : user;
        }
        else
        {
            options = options with
            {
                Host = socket ?? host,
                Port = hasPort ? uri.Port : implicitTls ? 465 : 587,
                Protocol = uri.Scheme == "lmtp" ? MailProtocol.Lmtp : MailProtocol.Smtp,
                ImplicitTls = implicitTls ? true : null,
            };
        }
        options = options with { User = user, Password = password };
        return ReadQuery(uri.Query, implicitTls, ref options) ?? OptionTable.FindError(options);
    }

    private static bool IsService(Uri uri) => uri.Scheme.StartsWith(ServicePrefix, StringComparison.Ordinal);

    private static OptionError? ReadService(Uri uri, string host, out ServerOptions options)
    {
        var error = SmtpService.Read(uri.Scheme[ServicePrefix.Length..], host == DefaultRegion ? null : host, out options);
        if (uri.Port >= 0)
            options = options with { Port = uri.Port };
        return error is null ? null
            : Invalid(MayHaveSecret(uri.Query) ? "its service or its region is unknown" : error.Message.TrimEnd('.'));
    }

    private static OptionError? ReadQuery(string query, bool implicitTls, ref ServerOptions options)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var mayHaveSecret = MayHaveSecret(query);
        foreach (var pair in query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (head, tail) = Split(pair, '=');
            var key = Decode(head);
            var shown = mayHaveSecret ? OptionText.Hidden : key;
            if (!OptionTable.TryFindUrlKey(key, out var option))
                return Invalid($"it has the unknown key \"{shown}\"{(mayHaveSecret ? "" : NearNames.Ask(key, OptionTable.UrlKeyNames))}");
            if (implicitTls && option.Name == nameof(ServerOptions.ImplicitTls))
                return Invalid($"the key \"{shown}\" is allowed only with the scheme smtp");
            if (!seen.Add(key) && !option.IsList)
                return Invalid($"the key \"{shown}\" is given twice");
            (options, var allowed) = option.Read(options, Decode(tail ?? ""));
            // The value is not shown: it may be a secret in the wrong place.
            if (allowed is not null)
                return Invalid($"{option.UrlKey} must be {allowed}");
        }
        return null;
    }

    // An "@" there belongs to the host, after a password with "?": what follows the "?" may be a part of the password.
    private static bool MayHaveSecret(string query) => Decode(query).Contains('@', StringComparison.Ordinal);

    public static (string Head, string? Tail) Split(string text, char separator) =>
        text.IndexOf(separator, StringComparison.Ordinal) is var at and >= 0 ? (text[..at], text[(at + 1)..]) : (text, null);

    private static Uri? ToUri(string url)
    {
        try
        {
            return Uri.TryCreate(url, UriKind.Absolute, out var uri) ? uri : null;
        }
        catch (IndexOutOfRangeException)
        {
            // Uri.TryCreate does throw, for two slashes before a mark of the text's direction.
            return null;
        }
    }

    private static string? HostOf(Uri uri)
    {
        if (uri.HostNameType is UriHostNameType.Unknown or UriHostNameType.Basic)
            return null;
        try
        {
            return uri.HostNameType == UriHostNameType.IPv6 ? uri.Host.Trim('[', ']') : uri.IdnHost;
        }
        catch (UriFormatException)
        {
            return null;
        }
    }

    // "smtp://user:password@unix:/run/smtp.sock": a host with an empty port and a path.
    private static string? SocketOf(string url, Uri uri)
    {
        if (uri.Host != "unix" || uri.AbsolutePath.Length < 2)
            return null;
        var authority = url.Split('/', 4)[2];
        return authority.EndsWith("unix:", StringComparison.OrdinalIgnoreCase)
            ? UnixSocketAddress.Prefix + Decode(uri.AbsolutePath) : null;
    }

    private static (string? User, string? Password) CredentialsOf(string userInfo)
    {
        if (userInfo.Length == 0)
            return (null, null);
        var (user, password) = Split(userInfo, ':');
        return (Decode(user), password is null ? null : Decode(password));
    }

    private static string Decode(string text) => Uri.UnescapeDataString(text);

    private static OptionError Invalid(string reason) =>
        new(null, $"The URL cannot be used: {reason}{(reason.EndsWith('?') ? "" : ".")}");
}
