using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>The log messages of the webhooks: no addresses, no secrets, and nothing of a request that was not verified.</summary>
internal static partial class WebhookLog
{
    [LoggerMessage(3, LogLevel.Warning, "A webhook request to {Service} was refused with {Status}: {Reason}")]
    public static partial void Refused(ILogger logger, string service, int status, string reason);

    [LoggerMessage(4, LogLevel.Error, "Events of {Service} could not be recorded; the service was told to send them again")]
    public static partial void Failed(ILogger logger, string service, Exception exception);

    [LoggerMessage(5, LogLevel.Information, "The subscription of the topic {Topic} of Amazon SNS was confirmed")]
    public static partial void Subscribed(ILogger logger, string topic);

    [LoggerMessage(6, LogLevel.Warning, "The subscription of the topic {Topic} of Amazon SNS has ended: no further events come")]
    public static partial void Unsubscribed(ILogger logger, string topic);
}
