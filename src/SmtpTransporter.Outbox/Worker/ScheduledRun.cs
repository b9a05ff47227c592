namespace SmtpTransport.Outbox;

/// <summary>A run of an email, to be scheduled in the engine.</summary>
/// <param name="Id">The email.</param>
/// <param name="Generation">The generation of the email; a run of an earlier generation does nothing.</param>
/// <param name="Priority">Which run goes first.</param>
/// <param name="DueAt">When the email was due.</param>
internal readonly record struct ScheduledRun(Guid Id, int Generation, OutboxPriority Priority, DateTimeOffset DueAt);
