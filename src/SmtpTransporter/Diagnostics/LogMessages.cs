using Microsoft.Extensions.Logging;

namespace SmtpTransport;

/// <summary>
/// The messages for <see cref="ServerOptions.Logger"/>. No password, and no address or subject unless the options say so.
/// </summary>
internal static partial class LogMessages
{
    public static void Sent(ServerOptions options, SendResult result)
    {
        if (options.Logger is not { } logger)
            return;
        var milliseconds = (long)result.Elapsed.TotalMilliseconds;
        if (result.Success)
            Accepted(logger, result.MessageId, result.Recipients.Count, milliseconds, result.QueueId);
        else
            Failed(
                logger, result.MessageId, result.Outcome, result.FailedStep, result.Status, PersonalData.Mask(result, options),
                milliseconds, result.Explanation?.Code);
        foreach (var warning in result.Warnings)
            Warned(logger, warning.ErrCode, options.IncludePersonalDataInTelemetry ? warning.Message : PersonalData.Hide(warning.Message));
    }

    [LoggerMessage(
        1, LogLevel.Information,
        "Email {MessageId} was accepted for {RecipientCount} recipients in {ElapsedMilliseconds} ms, queued as {QueueId}")]
    private static partial void Accepted(ILogger logger, string messageId, int recipientCount, long elapsedMilliseconds, string? queueId);

    [LoggerMessage(
        2, LogLevel.Warning,
        "Email {MessageId}: {Outcome} at {FailedStep}: {Status} {Reason} after {ElapsedMilliseconds} ms ({Explanation})")]
    private static partial void Failed(
        ILogger logger, string messageId, Outcome outcome, SendStep? failedStep, int status, string reason, long elapsedMilliseconds,
        string? explanation);

    [LoggerMessage(3, LogLevel.Warning, "Warning {ErrCode}: {Message}")]
    private static partial void Warned(ILogger logger, int errCode, string message);

    [LoggerMessage(4, LogLevel.Debug, "Connected to {Host}:{Port}, {Tls}, {Mechanism}")]
    public static partial void Connected(ILogger logger, string host, int port, string tls, string mechanism);

    [LoggerMessage(5, LogLevel.Debug, "The server closed {What} connection before it had the message, which is sent over a new one")]
    public static partial void NewConnection(ILogger logger, string what);

    [LoggerMessage(6, LogLevel.Warning, "{Host}:{Port} failed; the message is sent to the next server")]
    public static partial void FailedOver(ILogger logger, string host, int port);
}
