namespace SmtpTransport.Outbox;

/// <summary>What the gauges measure.</summary>
/// <param name="Counts">The numbers of emails.</param>
/// <param name="Late">How long the first email has been due that is not paused.</param>
/// <param name="Pauses">How many pauses there are.</param>
/// <param name="Paused">How many emails wait that are paused.</param>
/// <param name="IsMoved">Whether the sending is paused because the database is a copy, or a restored backup.</param>
internal sealed record OutboxReading(OutboxCounts Counts, TimeSpan Late, int Pauses, long Paused, bool IsMoved);
