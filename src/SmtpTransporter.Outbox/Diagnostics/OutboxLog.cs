using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>What is logged: ids, outcomes and times; no address, no subject, no content.</summary>
internal static partial class OutboxLog
{
    [LoggerMessage(1, LogLevel.Debug, "Mail {Id}: {Outcome} {Status}, now {State}")]
    public static partial void Tried(ILogger logger, Guid id, Outcome outcome, int status, OutboxState state);

    [LoggerMessage(2, LogLevel.Warning, "Mail {Id} is parked: its run ended without a word after the transmission began at {Since:O}; it may have been delivered")]
    public static partial void Parked(ILogger logger, Guid id, DateTimeOffset since);

    [LoggerMessage(3, LogLevel.Error, "Mail {Id} could not be processed; it gets a new place")]
    public static partial void RunFailed(ILogger logger, Guid id, Exception exception);

    [LoggerMessage(4, LogLevel.Warning, "The outbox's database failed; trying again")]
    public static partial void DatabaseFailed(ILogger logger, Exception exception);

    [LoggerMessage(5, LogLevel.Error, "Mail {Id}: OnUnknown failed; it stays parked")]
    public static partial void DecisionFailed(ILogger logger, Guid id, Exception exception);

    [LoggerMessage(6, LogLevel.Information, "{Count} mails that had lost their place in the engine have a new one")]
    public static partial void Replaced(ILogger logger, int count);

    [LoggerMessage(9, LogLevel.Error, "RetrySchedule failed; the default schedule is used")]
    public static partial void ScheduleFailed(ILogger logger, Exception exception);

    [LoggerMessage(10, LogLevel.Warning, "Another process sends from the outbox's file; this one waits until it ends")]
    public static partial void WaitsForSender(ILogger logger, Exception exception);

    [LoggerMessage(11, LogLevel.Warning, "What was under way did not end in time; it is taken up after the next start, or by another machine")]
    public static partial void LeftBehind(ILogger logger, Exception exception);

    [LoggerMessage(12, LogLevel.Debug, "Places that do nothing any more could not be removed")]
    public static partial void NotRemoved(ILogger logger, Exception exception);

    [LoggerMessage(7, LogLevel.Information, "The outbox sends")]
    public static partial void Started(ILogger logger);

    [LoggerMessage(8, LogLevel.Information, "{Count} mails were removed after their time")]
    public static partial void Removed(ILogger logger, int count);
}
