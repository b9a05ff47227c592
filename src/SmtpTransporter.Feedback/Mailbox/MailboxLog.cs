using Microsoft.Extensions.Logging;

namespace SmtpTransport.Feedback;

/// <summary>
/// The messages for <see cref="ServerOptions.Logger"/>; docs/telemetry.md lists them. No password, and no address unless the options say
/// so.
/// </summary>
internal static partial class MailboxLog
{
    public static void Opened(FeedbackMailboxOptions options)
    {
        if (options.Server.Logger is { } logger)
            Opened(logger, options.Folder, options.Server.Host, options.Server.Port);
    }

    public static void Lost(FeedbackMailboxOptions options, Exception exception, TimeSpan pause)
    {
        if (options.Server.Logger is not { } logger)
            return;
        var reason = options.Server.IncludePersonalDataInTelemetry ? exception.Message : AddressMask.Hide(exception.Message);
        Lost(logger, options.Folder, (long)pause.TotalSeconds, reason);
    }

    [LoggerMessage(1, LogLevel.Debug, "Opened the folder {Folder} at {Host}:{Port}")]
    private static partial void Opened(ILogger logger, string folder, string host, int port);

    [LoggerMessage(2, LogLevel.Warning, "The folder {Folder} cannot be read; the next attempt follows in {Seconds} s: {Reason}")]
    private static partial void Lost(ILogger logger, string folder, long seconds, string reason);
}
