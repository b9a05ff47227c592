using Microsoft.Extensions.Logging;

namespace SmtpTransport;

/// <summary>
/// The messages for <see cref="ServerOptions.Logger"/>; docs/telemetry.md lists them. No password, and no address or subject unless the
/// options say so. No value is null, and no word depends on a number.
/// </summary>
internal static partial class LogMessages
{
    private const string None = "none";

    public static void Sent(ServerOptions options, SendResult result)
    {
        if (options.Logger is not { } logger)
            return;
        var server = result.Endpoint ?? new EndpointName(options.Host, options.Port);
        if (!result.Success)
        {
            Failed(
                logger, IdOf(result), server.Host, server.Port, result.Outcome, SmtpMetrics.ErrorType(result, canceled: false) ?? None,
                result.FailedStep?.ToString() ?? None, (long)result.Elapsed.TotalMilliseconds, PersonalData.Line(result, options));
        }
        else if (logger.IsEnabled(LogLevel.Debug))
        {
            Accepted(
                logger, IdOf(result), server.Host, server.Port, result.Recipients.Count, (long)result.Elapsed.TotalMilliseconds,
                result.QueueId ?? None);
        }
        foreach (var warning in result.Warnings)
            Warned(logger, warning.ErrCode, PersonalData.Mask(warning, options));
    }

    [LoggerMessage(
        1, LogLevel.Debug,
        "Email {MessageId} over {Host}:{Port}: Accepted (recipients: {RecipientCount}) after {ElapsedMilliseconds} ms, queue "
        + "id {QueueId}")]
    private static partial void Accepted(
        ILogger logger, string messageId, string host, int port, int recipientCount, long elapsedMilliseconds, string queueId);

    [LoggerMessage(
        2, LogLevel.Warning,
        "Email {MessageId} over {Host}:{Port}: {Outcome} (error {ErrorCode}, step {FailedStep}) after {ElapsedMilliseconds} "
        + "ms: {Reason}")]
    private static partial void Failed(
        ILogger logger, string messageId, string host, int port, Outcome outcome, string errorCode, string failedStep,
        long elapsedMilliseconds, string reason);

    [LoggerMessage(3, LogLevel.Warning, "Warning {ErrCode}: {Message}")]
    private static partial void Warned(ILogger logger, int errCode, string message);

    [LoggerMessage(4, LogLevel.Debug, "Connected to {Host}:{Port}, {Tls}, {Mechanism}")]
    public static partial void Connected(ILogger logger, string host, int port, string tls, string mechanism);

    [LoggerMessage(5, LogLevel.Debug, "The server closed {What} connection before it had the message, which is sent over a new one")]
    public static partial void NewConnection(ILogger logger, string what);

    [LoggerMessage(6, LogLevel.Warning, "{Host}:{Port} failed; the message is sent to the next server")]
    public static partial void FailedOver(ILogger logger, string host, int port);

    [LoggerMessage(
        7, LogLevel.Information,
        "Emails over {Host}:{Port} in {Seconds} s: {Accepted} accepted, {PartiallyAccepted} accepted in part, {Refused} refused, "
        + "{Deferred} deferred, {NotSent} not sent, {Unknown} unknown")]
    public static partial void Summary(
        ILogger logger, string host, int port, long seconds, long accepted, long partiallyAccepted, long refused, long deferred,
        long notSent, long unknown);

    private static string IdOf(SendResult result) => result.MessageId.Length > 0 ? result.MessageId : $"({None})";
}
