namespace SmtpTransport.Outbox;

/// <summary>Whether there was room in all quotas of an email.</summary>
/// <param name="Charges">What was taken; none if one of them had no room.</param>
/// <param name="TakenAt">The time of the database, in milliseconds since 1970.</param>
/// <param name="FullQuota">The one that has room last; null if all had room.</param>
/// <param name="Wait">When it has room, from now.</param>
internal sealed record QuotaAnswer(
    IReadOnlyList<QuotaCharge> Charges, long TakenAt, SendQuota? FullQuota = null, TimeSpan Wait = default);
