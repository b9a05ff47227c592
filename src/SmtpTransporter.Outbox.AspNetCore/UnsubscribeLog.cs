using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>The log messages of the links by which recipients unsubscribe: no addresses.</summary>
internal static partial class UnsubscribeLog
{
    [LoggerMessage(
        1, LogLevel.Warning, "An unsubscription is stored, but a worker has not acknowledged it: one email may still be sent")]
    public static partial void Unacknowledged(ILogger logger, Exception exception);

    [LoggerMessage(2, LogLevel.Error, "An unsubscription could not be stored; the client was told to try it again")]
    public static partial void Failed(ILogger logger, Exception exception);
}
