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
}
