namespace SmtpTransport.Feedback;

/// <summary>Reads the options of a mailbox from a URL (RFC 5092, with the keys of this library).</summary>
internal static class FeedbackMailboxUrl
{
    private const string Form = "imaps://[user[:password]@]host[:port][/folder][?key=value], or imap://… for STARTTLS";

    // What a URL of SMTP means without a port.
    private const int DefaultPort = 587, DefaultTlsPort = 465;

    public static FeedbackMailboxOptions Read(string url)
    {
        var isTls = url.StartsWith("imaps://", StringComparison.OrdinalIgnoreCase);
        if (!isTls && !url.StartsWith("imap://", StringComparison.OrdinalIgnoreCase))
            throw Invalid("it does not begin with imaps:// or imap://");
        // The core knows what is wrong with the part in front of the path, and shows nothing of it.
        var (scheme, rest) = isTls ? ("smtps", url["imaps://".Length..]) : ("smtp", url["imap://".Length..]);
        if (UrlFault.Find($"{scheme}://{rest}") is { } fault)
            throw Invalid(fault);
        var (front, query) = ServerOptionsUrl.Split(rest, '?');
        var (authority, folder) = ServerOptionsUrl.Split(front, '/');
        var (user, password, host) = TakeUser(authority);
        var options = new FeedbackMailboxOptions { Server = new ServerOptions() };
        var others = new List<string>();
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var pair in (query ?? "").Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, value) = ServerOptionsUrl.Split(pair, '=');
            if (Set(options, key, Uri.UnescapeDataString(value ?? "")) is not { } changed)
                others.Add(pair);
            else if (seen.Add(key))
                options = changed;
            else
                throw Invalid($"the key \"{key}\" is given twice");
        }
        var server = ServerOptions.Parse($"{scheme}://{host}{(others.Count == 0 ? "" : "?")}{string.Join('&', others)}");
        return options with
        {
            Server = server with
            {
                Port = server.Port switch { DefaultTlsPort => 993, DefaultPort => 143, var port => port },
                User = user,
                Password = password,
            },
            Folder = string.IsNullOrEmpty(folder) ? options.Folder : Uri.UnescapeDataString(folder),
        };
    }

    /// <summary>Null if the key is not one of a mailbox.</summary>
    private static FeedbackMailboxOptions? Set(FeedbackMailboxOptions options, string key, string value) => key.ToUpperInvariant() switch
    {
        "MOVETO" => options with { MoveTo = value },
        "READFLAG" => options with { ReadFlag = value },
        "POLLINTERVAL" => options with { PollInterval = Time(key, value) },
        "IDLERENEWAL" => options with { IdleRenewal = Time(key, value) },
        _ => null,
    };

    // The value is not shown: it may be a secret in the wrong place.
    private static TimeSpan Time(string key, string value) =>
        OptionParsers.Time(value, out var time) is { } allowed ? throw Invalid($"{key} must be {allowed}") : time;

    private static (string? User, string? Password, string Host) TakeUser(string authority)
    {
        if (authority.LastIndexOf('@') is not (>= 0 and var at))
            return (null, null, authority);
        var (user, password) = ServerOptionsUrl.Split(authority[..at], ':');
        return (Uri.UnescapeDataString(user), password is null ? null : Uri.UnescapeDataString(password), authority[(at + 1)..]);
    }

    private static ArgumentException Invalid(string reason) =>
        new($"The URL of the mailbox cannot be used: {reason}. It must have the form {Form}.");
}
