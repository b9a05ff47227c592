namespace SmtpTransport.Outbox;

/// <summary>What was used of a quota.</summary>
/// <param name="Quota">The quota.</param>
/// <param name="Used">How much of its maximum counts now.</param>
/// <param name="RoomAt">
/// When there is room for one more of its unit, for an email of normal priority; null if there is room now. By the database's clock.
/// </param>
/// <remarks>A snapshot; immutable and thread-safe.</remarks>
public sealed record OutboxQuotaUse(SendQuota Quota, long Used, DateTimeOffset? RoomAt);
