using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>The log messages: ids, outcomes and times; no addresses, subjects or content.</summary>
internal static partial class OutboxLog
{
    [LoggerMessage(1, LogLevel.Debug, "Attempt for {Id}: {Outcome} {Status}, the state is now {State}")]
    public static partial void Attempted(ILogger logger, Guid id, Outcome outcome, int status, OutboxState state);

    [LoggerMessage(
        2, LogLevel.Warning,
        "Parked {Id}: its worker recorded no outcome after the transmission started at {Since:O}; it may have been delivered")]
    public static partial void Parked(ILogger logger, Guid id, DateTimeOffset since);

    [LoggerMessage(3, LogLevel.Error, "Processing of {Id} failed; it will be requeued")]
    public static partial void RunFailed(ILogger logger, Guid id, Exception exception);

    [LoggerMessage(4, LogLevel.Warning, "The database of the outbox failed; retrying")]
    public static partial void DatabaseFailed(ILogger logger, Exception exception);

    [LoggerMessage(5, LogLevel.Error, "OnUnknown failed for {Id}; it stays parked")]
    public static partial void DecisionFailed(ILogger logger, Guid id, Exception exception);

    [LoggerMessage(6, LogLevel.Information, "Requeued {Count} orphaned emails")]
    public static partial void Requeued(ILogger logger, int count);

    [LoggerMessage(7, LogLevel.Information, "Outbox worker started")]
    public static partial void Started(ILogger logger);

    [LoggerMessage(8, LogLevel.Information, "Removed {Count} emails after their retention period")]
    public static partial void Removed(ILogger logger, int count);

    [LoggerMessage(9, LogLevel.Error, "RetrySchedule failed; using the default schedule")]
    public static partial void ScheduleFailed(ILogger logger, Exception exception);

    [LoggerMessage(10, LogLevel.Warning, "Another process sends from the outbox's file; waiting until it ends")]
    public static partial void WaitsForSenderLock(ILogger logger, Exception exception);

    [LoggerMessage(
        11, LogLevel.Warning, "Sends in progress did not finish in time; the next start, or another machine, will resolve them")]
    public static partial void Abandoned(ILogger logger, Exception exception);

    [LoggerMessage(12, LogLevel.Debug, "Failed to remove stale triggers")]
    public static partial void TriggersNotRemoved(ILogger logger, Exception exception);
}
