using Microsoft.Extensions.Logging;

namespace SmtpTransport.Aspire.Hosting;

/// <summary>What the dashboard shows as the log of a mailbox.</summary>
internal static partial class MailboxLog
{
    [LoggerMessage(1, LogLevel.Information, "The SMTP server listens on {Server}, and the mailbox is at {Page}.")]
    public static partial void Started(ILogger logger, string server, string page);

    [LoggerMessage(2, LogLevel.Information, "An email of {Size} bytes arrived; number of recipients: {Recipients}.")]
    public static partial void Received(ILogger logger, int size, int recipients);

    [LoggerMessage(3, LogLevel.Error, "The mailbox could not start: {Reason}")]
    public static partial void NotStarted(ILogger logger, string reason);
}
