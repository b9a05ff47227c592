namespace SmtpTransport.Outbox;

/// <summary>What an email takes, or has taken, from a quota.</summary>
/// <param name="Quota">The quota.</param>
/// <param name="Amount">How much; more than zero.</param>
/// <param name="EndsAt">The end of the bucket from which it was taken.</param>
internal readonly record struct QuotaCharge(SendQuota Quota, long Amount, long EndsAt = 0);
