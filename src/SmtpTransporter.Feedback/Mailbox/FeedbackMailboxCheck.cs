namespace SmtpTransport.Feedback;

/// <summary>Checks the options of a mailbox as a whole.</summary>
internal static class FeedbackMailboxCheck
{
    public const string Seen = @"\Seen";

    private const int SmtpPort = 587, ImapsPort = 993;

    private static readonly TimeSpan MinInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxPoll = TimeSpan.FromDays(1);
    private static readonly TimeSpan MaxIdle = TimeSpan.FromMinutes(28);

    /// <summary>The options with the port and the beginning of TLS that they mean.</summary>
    /// <exception cref="ArgumentException">
    /// An option is not valid; the message names it, what was given (never a secret) and what is allowed.
    /// </exception>
    public static FeedbackMailboxOptions Complete(FeedbackMailboxOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ServerOptionsCheck.ThrowIfWrong(options.Server);
        ThrowIfNotSupported(options.Server);
        if (!options.Server.Authenticates)
            throw Wrong(nameof(ServerOptions.User), null, "the user of the mailbox");
        ThrowIf(!IsName(options.Folder), nameof(options.Folder), options.Folder, "the name of a folder, without control characters");
        ThrowIf(
            options.MoveTo is { } target && (!IsName(target) || IsSame(target, options.Folder)),
            nameof(options.MoveTo), options.MoveTo, "the name of another folder, or null");
        ThrowIf(
            !IsFlag(options.ReadFlag), nameof(options.ReadFlag), options.ReadFlag,
            $"{Seen}, or a keyword of ASCII letters, digits and the marks $ - _ .");
        ThrowIf(
            options.PollInterval < MinInterval || options.PollInterval > MaxPoll,
            nameof(options.PollInterval), options.PollInterval, "1 second to 24 hours");
        ThrowIf(
            options.IdleRenewal < MinInterval || options.IdleRenewal > MaxIdle,
            nameof(options.IdleRenewal), options.IdleRenewal, "1 second to 28 minutes");
        var port = options.Server.Port == SmtpPort ? ImapsPort : options.Server.Port;
        return options with
        {
            Server = options.Server with { Port = port, ImplicitTls = options.Server.ImplicitTls ?? port == ImapsPort },
        };
    }

    private static void ThrowIfNotSupported(ServerOptions server)
    {
        var name = server.ConnectCallback is not null ? nameof(server.ConnectCallback)
            : server.Proxy is not null ? nameof(server.Proxy)
            : server.LocalAddress is not null ? nameof(server.LocalAddress)
            : server.PickupFolder is not null ? nameof(server.PickupFolder)
            : UnixSocketAddress.PathOf(server.Host) is not null ? $"{nameof(server.Host)} with a Unix socket"
            : server.Protocol == MailProtocol.Lmtp ? $"{nameof(server.Protocol)} = {nameof(MailProtocol.Lmtp)}"
            : server.AuthenticationMode == AuthenticationMode.Gssapi
                || server.AuthenticationMechanisms.Contains(SaslMechanismNames.Gssapi, StringComparer.OrdinalIgnoreCase)
                ? SaslMechanismNames.Gssapi
            : null;
        if (name is not null)
            throw new ArgumentException($"{name} is not supported for a mailbox. Leave it out.", name);
    }

    /// <summary>Whether two names mean one folder, as far as that is known without the server: INBOX has no case (RFC 9051, 5.1).</summary>
    public static bool IsSame(string name, string other) => name == other || (IsInbox(name) && IsInbox(other));

    public static bool IsInbox(string name) => name.Equals("INBOX", StringComparison.OrdinalIgnoreCase);

    private static bool IsName(string? name) => !string.IsNullOrWhiteSpace(name) && !name.Any(char.IsControl);

    private static bool IsFlag(string? flag) => flag is not null
        && (flag.Equals(Seen, StringComparison.OrdinalIgnoreCase)
            || (flag is { Length: > 0 and <= 100 } && flag.All(c => char.IsAsciiLetterOrDigit(c) || c is '$' or '-' or '_' or '.')));

    private static void ThrowIf(bool isWrong, string name, object? given, string allowed)
    {
        if (isWrong)
            throw Wrong(name, given, allowed);
    }

    private static ArgumentException Wrong(string name, object? given, string allowed) =>
        OptionError.NotAllowed(name, OptionText.Quote(given), allowed).ToException();
}
