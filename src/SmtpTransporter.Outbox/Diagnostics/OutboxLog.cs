using Microsoft.Extensions.Logging;
using SmtpTransport.Feedback;

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

    [LoggerMessage(3, LogLevel.Error, "Processing of {Id} failed before it was transmitted")]
    public static partial void RunFailed(ILogger logger, Guid id, Exception exception);

    [LoggerMessage(4, LogLevel.Warning, "The database of the outbox cannot be used; retrying until it can")]
    public static partial void DatabaseFailed(ILogger logger, Exception exception);

    [LoggerMessage(5, LogLevel.Error, "OnUnknown failed for {Id}; it stays parked")]
    public static partial void DecisionFailed(ILogger logger, Guid id, Exception exception);

    [LoggerMessage(
        6, LogLevel.Warning,
        "Worker {Worker} has ended: {Freed} of its emails wait again or were set aside, {Parked} may have been delivered and are parked")]
    public static partial void TakenOver(ILogger logger, string worker, int freed, int parked);

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
    public static partial void Abandoned(ILogger logger);

    [LoggerMessage(12, LogLevel.Information, "The database of the outbox can be used again after {Seconds:F1} s and {Failures} failures")]
    public static partial void DatabaseRecovered(ILogger logger, double seconds, int failures);

    [LoggerMessage(13, LogLevel.Error, "The database refused the result of {Id}; its texts are left out")]
    public static partial void ResultRefused(ILogger logger, Guid id, Exception exception);

    [LoggerMessage(14, LogLevel.Error, "The result of {Id} could not be recorded: {Outcome} {Status}; another worker will park it")]
    public static partial void NotRecorded(ILogger logger, Guid id, Outcome outcome, int status, Exception exception);

    [LoggerMessage(
        15, LogLevel.Warning,
        "The result of {Id} came too late: {Outcome} {Status}. Meanwhile it was decided about, or another worker has it")]
    public static partial void SettledLate(ILogger logger, Guid id, Outcome outcome, int status);

    [LoggerMessage(16, LogLevel.Warning, "This worker was taken for dead: it goes on under a new token, without what it had claimed")]
    public static partial void Lost(ILogger logger);

    [LoggerMessage(17, LogLevel.Error, "Set {Id} aside: its worker ended {Count} times while it was sending this email")]
    public static partial void SetAside(ILogger logger, Guid id, int count);

    [LoggerMessage(18, LogLevel.Error, "The loop \"{Name}\" failed; it starts again")]
    public static partial void LoopFailed(ILogger logger, string name, Exception exception);

    [LoggerMessage(
        19, LogLevel.Warning,
        "Notifications of the database do not arrive, perhaps because a pooler gives each transaction another session; "
        + "the outbox polls every {Seconds} s instead")]
    public static partial void NotListening(ILogger logger, double seconds);

    [LoggerMessage(20, LogLevel.Error, "The rate limiter failed; it is asked again")]
    public static partial void RateFailed(ILogger logger, Exception exception);

    [LoggerMessage(
        23, LogLevel.Warning,
        "The database's clock has gone back: {Count} emails that were to be sent at once are due now; retries and later ones keep "
        + "their time")]
    public static partial void ClockWentBack(ILogger logger, int count);

    [LoggerMessage(21, LogLevel.Warning, "Gave back {Count} emails of a claim whose answer was lost")]
    public static partial void Reclaimed(ILogger logger, int count);

    [LoggerMessage(22, LogLevel.Error, "The emails of the worker {Token}, which has ended, could not be taken over; it is tried again")]
    public static partial void TakeoverFailed(ILogger logger, string token, Exception exception);

    [LoggerMessage(25, LogLevel.Information, "{Count} emails were {Action} by {By}: {Reason}")]
    public static partial void DecidedMany(ILogger logger, string action, int count, string by, string reason);

    [LoggerMessage(
        26, LogLevel.Information, "The content of {Count} emails to an address was erased by {By}, {Remaining} are left: {Reason}")]
    public static partial void Erased(ILogger logger, int count, int remaining, string by, string reason);

    [LoggerMessage(
        24, LogLevel.Warning,
        "Another session of the database holds the row of {Id}; this email waits until that session ends its transaction, others do not")]
    public static partial void RowLocked(ILogger logger, Guid id);

    [LoggerMessage(28, LogLevel.Information, "Sending was paused: {Pause}")]
    public static partial void Paused(ILogger logger, OutboxPause pause);

    [LoggerMessage(29, LogLevel.Information, "Sending was resumed: {Pause}")]
    public static partial void Resumed(ILogger logger, OutboxPause pause);

    [LoggerMessage(30, LogLevel.Warning, "{Id} expired at {ExpiresAt:O} before another attempt could begin; its history says why")]
    public static partial void Expired(ILogger logger, Guid id, DateTimeOffset expiresAt);

    [LoggerMessage(
        27, LogLevel.Error,
        "The database of the outbox is a copy, or older than what was sent from it: a backup was restored, or the file or the table was "
        + "moved or copied. The sending is paused, so that nothing is sent twice; cancel what was sent, and resume it")]
    public static partial void Moved(ILogger logger);

    [LoggerMessage(31, LogLevel.Information, "Removed the messages of {Count} finished emails; their entries remain")]
    public static partial void MessagesRemoved(ILogger logger, int count);

    [LoggerMessage(32, LogLevel.Information, "Encrypted {Count} emails again, with the current key")]
    public static partial void Reencrypted(ILogger logger, int count);

    [LoggerMessage(34, LogLevel.Information, "{Count} entries were added to the suppression list by {By}: {Entry}")]
    public static partial void Suppressed(ILogger logger, int count, Suppression entry, string by);

    [LoggerMessage(35, LogLevel.Information, "An entry of the suppression list for the stream \"{Stream}\" was removed by {By}")]
    public static partial void Unsuppressed(ILogger logger, string stream, string by);

    [LoggerMessage(37, LogLevel.Error, "Nothing is sent: the suppression list cannot be compared with the recipients")]
    public static partial void ListLost(ILogger logger, Exception exception);

    [LoggerMessage(38, LogLevel.Information, "The suppression list can be used again")]
    public static partial void ListReadable(ILogger logger);

    [LoggerMessage(36, LogLevel.Information, "Held back {Count} emails to addresses on the suppression list")]
    public static partial void HeldBack(ILogger logger, int count);

    [LoggerMessage(
        33, LogLevel.Warning,
        "Emails cannot be decrypted: {Revoked} are encrypted with a key that was revoked, {Unreadable} with one that this application does "
        + "not have, or are damaged")]
    public static partial void KeysMissing(ILogger logger, int revoked, int unreadable);

    [LoggerMessage(50, LogLevel.Debug, "What came back of {Id} was recorded: {Kind}, {New} of {Count} recipients are new")]
    public static partial void FeedbackRecorded(ILogger logger, Guid id, FeedbackKind kind, int @new, int count);

    [LoggerMessage(
        51, LogLevel.Information,
        "What came back is about no email of this outbox, or about one that was removed or erased: {Kind}")]
    public static partial void FeedbackUnmatched(ILogger logger, FeedbackKind kind);

    [LoggerMessage(52, LogLevel.Error, "OnFeedback failed for {Id}; what came back is recorded")]
    public static partial void FeedbackCallbackFailed(ILogger logger, Guid id, Exception exception);

    [LoggerMessage(
        53, LogLevel.Warning, "The message {Message} of a feedback source was passed over; it is read again if it is still there")]
    public static partial void FeedbackPassedOver(ILogger logger, string message, Exception exception);

    [LoggerMessage(54, LogLevel.Error, "A feedback source cannot be read, or what it has cannot be recorded; it is tried again")]
    public static partial void FeedbackSourceFailed(ILogger logger, Exception exception);

    [LoggerMessage(
        55, LogLevel.Warning,
        "Recipients of {Id} are on the suppression list after what came back, but a worker has not acknowledged that within a minute")]
    public static partial void FeedbackUnacknowledged(ILogger logger, Guid id, Exception exception);

    [LoggerMessage(
        56, LogLevel.Information, "The quota {Quota} is used up: emails wait for it, at first for {Seconds:F0} seconds")]
    public static partial void QuotaFull(ILogger logger, string quota, double seconds);

    [LoggerMessage(57, LogLevel.Information, "The quota {Quota} has room again")]
    public static partial void QuotaFree(ILogger logger, string quota);

    [LoggerMessage(58, LogLevel.Warning, "What {Id} used of its quotas could not be recorded; it counts from its beginning")]
    public static partial void QuotaNotSettled(ILogger logger, Guid id, Exception exception);
}
