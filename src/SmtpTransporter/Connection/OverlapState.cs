namespace SmtpTransport;

/// <summary>
/// What is known of sending the emails of one server overlapped: the form in which they go, and whether the server has kept step. Once it
/// has not, its emails are never overlapped again. Safe for concurrent callers.
/// </summary>
/// <param name="most">How many emails may be on their way over one connection, if the server offers CHUNKING; two if not.</param>
/// <param name="server">The server.</param>
internal sealed class OverlapState(int most, EndpointName server)
{
    private volatile FlightForm? _form;
    private volatile int _off;
    private SmtpError? _warning;

    /// <summary>The state for a server; null if its emails are not to be overlapped.</summary>
    public static OverlapState? Of(ServerOptions options) =>
        IsWanted(options) ? new OverlapState(options.Overlap, new EndpointName(options.Host, options.Port)) : null;

    /// <summary>
    /// How many emails keep one connection busy: the one whose turn it is, those that are on their way behind it, and one that waits.
    /// </summary>
    public static int MostOver(ServerOptions options) => 2 + (IsWanted(options) ? options.Overlap : 0);

    /// <summary>The form of the last connection that was opened; null as long as none was, and if emails cannot be overlapped.</summary>
    public FlightForm? Form
    {
        get => IsOff ? null : _form;
        set => _form = value is { Chunks: true } && most == 1 ? null : value;
    }

    private bool IsOff => _off != 0;

    /// <summary>How many emails may go behind the one whose turn it is. Behind DATA it is one: the next needs its own 354.</summary>
    public int MostBehind(FlightForm form) => IsOff ? 0 : form.Chunks ? most - 1 : 1;

    private static bool IsWanted(ServerOptions options) =>
        options is { Overlap: > 0, KeepAlive: true, Pipelining: true, Protocol: MailProtocol.Smtp };

    /// <summary>The server has not kept step.</summary>
    public void TurnOff()
    {
#pragma warning disable CS0420 // It is an exchange.
        if (Interlocked.Exchange(ref _off, 1) != 0)
            return;
#pragma warning restore CS0420
        _warning = new SmtpError(
            SmtpErrorCodes.OverlapGivenUp,
            $"{server} closed the connection, or did not keep step with overlapped emails ({nameof(ServerOptions.Overlap)}): from now on, "
            + "each one waits for the reply to the one before it.",
            "smtp");
    }

    /// <summary>The warning about it; reported once.</summary>
    public SmtpError? TakeWarning() => Interlocked.Exchange(ref _warning, null);
}
