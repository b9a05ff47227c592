namespace SmtpTransport.Outbox;

/// <summary>What was used of a quota at about the same time.</summary>
/// <param name="EndsAt">A time after all of that, in milliseconds since 1970.</param>
/// <param name="Used">How much.</param>
internal readonly record struct QuotaBucket(long EndsAt, long Used);
