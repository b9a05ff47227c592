namespace SmtpTransport.Outbox;

/// <summary>How many emails ended in a minute.</summary>
/// <param name="At">The beginning of the minute (UTC).</param>
/// <param name="Sent">How many were sent.</param>
/// <param name="DeadLettered">How many became dead letters, and still are.</param>
/// <remarks>A snapshot; immutable and thread-safe.</remarks>
public sealed record OutboxThroughput(DateTimeOffset At, long Sent, long DeadLettered);
