namespace SmtpTransport;

/// <summary>Checks options as a whole, by the checks of the <see cref="OptionTable"/>.</summary>
internal static class ServerOptionsCheck
{
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// An option is not valid; the message names it, what was given (never a secret) and what is allowed.
    /// </exception>
    public static void ThrowIfWrong(ServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (OptionTable.FindError(options) is { } error)
            throw error.ToException();
    }

    /// <exception cref="ArgumentException">
    /// An option is for the default client only: another one connects by itself, and speaks SMTP.
    /// </exception>
    public static void ThrowIfOfDefaultClient(ServerOptions options)
    {
        var name = options.ConnectCallback is not null ? nameof(ServerOptions.ConnectCallback)
            : options.Proxy is not null ? nameof(ServerOptions.Proxy)
            : options.LocalAddress is not null ? nameof(ServerOptions.LocalAddress)
            : UnixSocketAddress.PathOf(options.Host) is not null ? $"{nameof(ServerOptions.Host)} with a Unix socket"
            : options.Protocol == MailProtocol.Lmtp ? $"{nameof(ServerOptions.Protocol)} = {nameof(MailProtocol.Lmtp)}"
            : null;
        if (name is not null)
            throw new ArgumentException($"{name} is for the default client; a client factory connects its clients by itself.", name);
    }
}
