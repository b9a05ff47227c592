using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>The log messages of the page.</summary>
internal static partial class PageLog
{
    [LoggerMessage(7, LogLevel.Information, "The message of {Id} was downloaded by {By}")]
    public static partial void Downloaded(ILogger logger, Guid id, string by);
}
