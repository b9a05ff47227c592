using System.Globalization;

namespace SmtpTransport;

public sealed partial record ServerOptions
{
    /// <summary>
    /// Reads options from a URL: <c>smtp://host</c> (port 587, STARTTLS), <c>smtps://host</c> (port 465, TLS from the first byte on any
    /// port), with <c>user:password@</c> percent-encoded, and further options as the query, such as
    /// <c>smtps://me:pa%40ss@smtp.example.com:465?keepAlive=false&amp;sendTimeout=60</c>.
    /// Keys, in any case of letters: <c>acceptUnsecureConnection</c>, <c>attachmentNameEncoding</c>, <c>authenticationMode</c>,
    /// <c>bodyCharset</c>,
    /// <c>checkCertificateRevocation</c>, <c>chunking</c>, <c>connectionTimeout</c>, <c>idleTimeout</c> and <c>sendTimeout</c> (seconds),
    /// <c>headerCharset</c>, <c>implicitTls</c> (<c>smtp</c> only), <c>keepAlive</c>, <c>localDomain</c>, <c>logFile</c>, <c>maxConnections</c>,
    /// <c>maxMessagesPerConnection</c>, <c>pinnedFingerprint</c> (may be repeated), <c>pipelining</c>.
    /// </summary>
    /// <exception cref="ArgumentException">The URL or one of its parts is wrong, a key is unknown or given twice. No secret is in the message.</exception>
    public static ServerOptions Parse(string url)
    {
        ArgumentNullException.ThrowIfNull(url);
        // The Uri class is kept out of the user part, and its own exceptions (which quote the text) out of the caller's sight.
        if (UriOf(url) is not { Scheme: "smtp" or "smtps" } uri)
            throw Wrong("it must have the form smtp://[user:password@]host[:port][?key=value] or smtps://…");
        if (uri.HostNameType is UriHostNameType.Unknown or UriHostNameType.Basic || uri.Host.Length == 0)
            throw Wrong("it has no host");
        if (uri.AbsolutePath.Trim('/').Length > 0 || uri.Fragment.Length > 0)
            throw Wrong("it must have no path and no fragment; percent-encode \"/\", \"?\" and \"#\" in a password");

        var implicitTls = uri.Scheme == "smtps";
        var (user, password) = Login(uri.UserInfo);
        var options = new ServerOptions
        {
            Host = HostOf(uri),
            Port = uri.IsDefaultPort || uri.Port < 0 ? (implicitTls ? 465 : 587) : uri.Port,
            ImplicitTls = implicitTls ? true : null,
            User = user,
            Password = password,
        };
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        // An "@" there is that of the host, behind a password with "?": no part of it is a key that may be named.
        var hides = Decode(uri.Query).Contains('@', StringComparison.Ordinal);
        foreach (var pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, value) = Split(pair, '=');
            key = Decode(key);
            if (!seen.Add(key) && !key.Equals("pinnedFingerprint", StringComparison.OrdinalIgnoreCase))
                throw Wrong($"the key \"{(hides ? "***" : key)}\" is given twice");
            options = options.With(key, hides ? "***" : key, Decode(value ?? ""), implicitTls, Wrong);
        }
        ServerOptionsCheck.ThrowIfWrong(options);
        return options;
    }

    private ServerOptions With(string key, string shown, string value, bool smtps, Func<string, ArgumentException> wrong)
    {
#pragma warning disable CA1308 // The keys are written in lower case below; nothing is made secure by it.
        return key.ToLowerInvariant() switch
#pragma warning restore CA1308
        {
            "acceptunsecureconnection" => this with { AcceptUnsecureConnection = Flag() },
            "authenticationmode" => this with
            {
                AuthenticationMode = Enum.TryParse<AuthenticationMode>(value, ignoreCase: true, out var mode) && Enum.IsDefined(mode) && char.IsAsciiLetter(value[0])
                    ? mode
                    : throw wrong($"{key} must be one of {string.Join(", ", Enum.GetNames<AuthenticationMode>())}"),
            },
            "attachmentnameencoding" => this with
            {
                AttachmentNameEncoding = Enum.TryParse<AttachmentNameEncoding>(value, ignoreCase: true, out var names) && char.IsAsciiLetter(value[0])
                    ? names
                    : throw wrong($"{key} must be one of {string.Join(", ", Enum.GetNames<AttachmentNameEncoding>())}"),
            },
            "bodycharset" => this with { BodyCharset = Mode() },
            "checkcertificaterevocation" => this with { CheckCertificateRevocation = Flag() },
            "connectiontimeout" => this with { ConnectionTimeout = Seconds() },
            "sendtimeout" => this with { SendTimeout = Seconds() },
            "headercharset" => this with { HeaderCharset = Mode() },
            "implicittls" when !smtps => this with { ImplicitTls = Flag() },
            "keepalive" => this with { KeepAlive = Flag() },
            "localdomain" => this with { LocalDomain = value },
            "logfile" => this with { LogFile = value },
            "chunking" => this with
            {
                Chunking = Enum.TryParse<ChunkingMode>(value, ignoreCase: true, out var chunking) && char.IsAsciiLetter(value[0])
                    ? chunking
                    : throw wrong($"{key} must be one of {string.Join(", ", Enum.GetNames<ChunkingMode>())}"),
            },
            "idletimeout" => this with { IdleTimeout = Seconds() },
            "maxconnections" => this with { MaxConnections = Whole() },
            "maxmessagesperconnection" => this with { MaxMessagesPerConnection = Whole() },
            "pipelining" => this with { Pipelining = Flag() },
            "pinnedfingerprint" => this with { PinnedFingerprints = [.. PinnedFingerprints, value] },
            _ => throw wrong($"it has the unknown key \"{shown}\""),
        };

        bool Flag() => bool.TryParse(value, out var flag) ? flag : throw wrong($"{key} must be true or false");

        int Whole() => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw wrong($"{key} must be a whole number");

        MailMode Mode() => MailMode.TryParse(value, out var mode) ? mode : throw wrong($"{key} is no mail mode");

        TimeSpan Seconds() =>
            value.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParseExact(value, "c", CultureInfo.InvariantCulture, out var time)
                ? time
                : TimeSpan.FromSeconds(Number(0.001, 2_073_600));

        double Number(double least, double most) =>
            double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
                ? number
                : throw wrong(string.Create(CultureInfo.InvariantCulture, $"{key} must be a number from {least} to {most}"));
    }

    private static Uri? UriOf(string url)
    {
        try
        {
            return Uri.TryCreate(url, UriKind.Absolute, out var uri) ? uri : null;
        }
        catch (IndexOutOfRangeException)
        {
            // It does throw, at two slashes before a mark of the text's direction.
            return null;
        }
    }

    private static string HostOf(Uri uri)
    {
        try
        {
            return uri.HostNameType == UriHostNameType.IPv6 ? uri.Host.Trim('[', ']') : uri.IdnHost;
        }
        catch (UriFormatException)
        {
            throw Wrong("its host is no domain");
        }
    }

    private static (string? User, string? Password) Login(string userInfo)
    {
        if (userInfo.Length == 0)
            return (null, null);
        var (user, password) = Split(userInfo, ':');
        return (Decode(user), password is null ? null : Decode(password));
    }

    private static (string Head, string? Tail) Split(string text, char separator) =>
        text.IndexOf(separator, StringComparison.Ordinal) is var at and >= 0 ? (text[..at], text[(at + 1)..]) : (text, null);

    private static string Decode(string text) => Uri.UnescapeDataString(text);

    private static ArgumentException Wrong(string why) => new($"The URL cannot be used: {why}.");
}
